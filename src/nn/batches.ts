import type { FloatTypedArray, WasmArray } from '../index.js';
import { describe, typeName } from '../describe.js';
import { allow, checkedCount, checkedOptions } from '../options.js';
import { CONTEXT_OPTIONS, Context, type ContextOptions, type Floats } from './context.js';

export interface BatchesOptions extends ContextOptions {
  /** Rows of a batch; default 32. The last one has what is left. */
  readonly size?: number | undefined;
  /** Whether the rows come in another order in every epoch, which the seed decides; default true. */
  readonly shuffle?: boolean | undefined;
  /** How many examples there are; of labels, an Int32Array, there is one for each, of floats that is not known. */
  readonly rows?: number | undefined;
}

export interface Batch<T extends FloatTypedArray | Int32Array = FloatTypedArray | Int32Array> {
  readonly x: Floats;
  readonly targets: T extends Int32Array ? WasmArray<Int32Array> : Floats;
}

/** Up to so many numbers are copied one by one: a view of them takes longer to make. */
const FEW = 32;

const OPTIONS = allow(...CONTEXT_OPTIONS, 'size', 'shuffle', 'rows');
const FLOATS = ['Float32Array', 'Float64Array'];

/**
 * Examples in wasm memory, batch by batch, as many rows of targets as of features. Every iteration is one epoch; the arrays of
 * a batch are overwritten by the next one.
 *
 *     for (const { x, targets } of new Batches(features, labels, { size: 32, seed: 1 })) ...
 *     for (const { x, targets } of new Batches(features, values, { rows: 500 })) ...
 */
export class Batches<T extends FloatTypedArray | Int32Array = FloatTypedArray | Int32Array> implements Iterable<Batch<T>> {
  readonly rows: number;
  readonly #context: Context;
  readonly #size: number;
  readonly #shuffle: boolean;
  readonly #order: Int32Array;
  readonly #columns: readonly Column[];

  /** The rows of the features; the targets are an Int32Array of labels, one a row, or floats, as many for each row. */
  constructor(features: FloatTypedArray, targets: T, options: BatchesOptions = {}) {
    const name = 'Batches';
    checkedOptions(name, options, OPTIONS);
    requireElements('features', features, FLOATS);
    requireElements('targets', targets, [...FLOATS, 'Int32Array']);
    const { size = 32, shuffle = true, type = features.BYTES_PER_ELEMENT === 8 ? Float64Array : Float32Array } = options;
    this.#context = new Context({ ...options, type });
    if (options.rows === undefined && typeName(targets) !== 'Int32Array') throw new TypeError(`${name}: with targets that are floats it needs rows, the number of examples`);
    this.rows = checkedCount(name, 'rows', options.rows ?? targets.length);
    this.#size = Math.min(checkedCount(name, 'size', size), this.rows);
    if (typeof shuffle !== 'boolean') throw new TypeError(`${name}: shuffle must be a boolean, got ${describe(shuffle)}`);
    this.#shuffle = shuffle;
    this.#order = Int32Array.from({ length: this.rows }, (_, i) => i);
    this.#columns = [{ argument: 'features', source: features }, { argument: 'targets', source: targets }].map(({ argument, source }) => {
      const columns = source.length / this.rows;
      if (!Number.isInteger(columns)) throw new RangeError(`${name}: ${argument} must consist of ${this.rows} rows, got ${source.length} elements`);
      const element = typeName(source) === 'Int32Array' ? Int32Array : this.#context.type;
      return { source, columns, memory: this.#context.backend.allocate<Float32Array>(element as Float32ArrayConstructor, this.#size * columns), element };
    });
  }

  *[Symbol.iterator](): IterableIterator<Batch<T>> {
    const { backend, random } = this.#context;
    if (this.#shuffle) random.shuffle(this.#order);
    for (let start = 0; start < this.rows; start += this.#size) {
      const count = Math.min(this.#size, this.rows - start);
      const [x, targets] = this.#columns.map(({ source, columns, memory, element }) => {
        const { data } = memory;
        for (let i = 0; i < count; i++) {
          const row = this.#order[start + i]! * columns;
          if (columns > FEW) data.set(source.subarray(row, row + columns), i * columns);
          else for (let j = 0; j < columns; j++) data[i * columns + j] = source[row + j]!;
        }
        return count === this.#size ? memory : backend.wrap(element as Float32ArrayConstructor, memory.pointer, count * columns);
      });
      yield { x: x!, targets: targets! } as Batch<T>;
    }
  }

  free(): void {
    for (const { memory } of this.#columns) memory.free();
  }
}

function requireElements(argument: string, array: unknown, types: readonly string[]): void {
  if (ArrayBuffer.isView(array) && types.includes(typeName(array))) return;
  throw new TypeError(`Batches: ${argument} must be one of ${types.join(', ')}, got ${describe(array)}`);
}

interface Column {
  readonly source: FloatTypedArray | Int32Array;
  readonly columns: number;
  readonly memory: WasmArray;
  readonly element: unknown;
}
