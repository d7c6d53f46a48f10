import type { FloatArray } from './arrays.js';
import { type RowsOption, ROWS_OPTIONS } from './axis.js';
import { apart, separate, stage, unstage } from './blocks.js';
import { describe } from './describe.js';
import { type Engine, type Kernel, KernelPair } from './engine.js';
import { BLOCK, type Heap } from './heap.js';
import type { FloatTypedArray } from './numeric.js';
import { type ColumnValues, LEAST_BYTES, columnValues, wholeVectors } from './pattern.js';

/** What is added to x before the function is applied: f(x + bias), in one pass over the memory. */
export interface BiasOption extends RowsOption {
  /** One value a column, or one for all. The columns are `columns` or `shape` and `axis`; absent, as many as it has elements. */
  readonly bias?: FloatArray | undefined;
}

/** The names of a BiasOption. */
export const BIAS_OPTIONS = ['bias', ...ROWS_OPTIONS] as const;

/** Checks the bias for an array x. */
export function checkedBias(operation: string, options: BiasOption, x: FloatTypedArray): ColumnValues {
  if (typeof options.bias !== 'object') throw new TypeError(`${operation}: bias must be a Float32Array, a Float64Array or a WasmArray of one, got ${describe(options.bias)}`);
  return columnValues(operation, 'bias', options.bias, x, 'x', options);
}

/** Throws a TypeError where the options say what the columns are, but have no bias. */
export function requireColumnsOfBias(operation: string, options: BiasOption): void {
  if (options.bias !== undefined) return;
  for (const name of ROWS_OPTIONS) {
    if (options[name] !== undefined) throw new TypeError(`${operation}: ${name} goes with bias, which is missing`);
  }
}

const ADD = new KernelPair('vectors_addPattern');

/** Bytes of an array that are taken at a time: with their sums and results they fit the first-level cache. */
const PART = BLOCK / 2;

/** An array, and its address if it is in the heap. */
export interface Placed {
  readonly array: FloatTypedArray;
  readonly address: number | undefined;
}

/** An array's place; that of a copy where writing `output` would change elements of it before they are read. */
export function placed(heap: Heap, array: FloatTypedArray, output: FloatTypedArray): Placed {
  const own = separate(array, output);
  return { array: own, address: own.buffer === heap.buffer ? own.byteOffset : undefined };
}

/**
 * Runs kernel([dy,] x + bias, out, length) block by block: the sums of a block go to the staging area, where the kernel
 * finds them in the cache.
 */
export function biased(engine: Engine, kernel: Kernel, given: ColumnValues, source: Placed, gradient: Placed | undefined, target: Placed): void {
  const { heap, kernels } = engine;
  const { staging } = heap;
  const out = target.array;
  const { length, BYTES_PER_ELEMENT: size } = out;
  const view = size === 4 ? heap.f32 : heap.f64;
  const add = ADD.of(kernels, size);
  const pattern = staging + 2 * BLOCK;
  // After so many elements the values start anew; the pattern repeats them.
  const elements = given.values.length === 1 ? 1 : given.values.length * given.inner;
  const repeated = wholeVectors(elements, size, Math.min(LEAST_BYTES, length * size));
  const whole = repeated * size;
  const period = Math.min(whole, BLOCK);
  // A pattern that is filled once is filled before anything is written.
  const bias = whole <= BLOCK ? given : { values: apart(given.values, [out]), inner: given.inner };
  if (whole <= BLOCK) {
    const first = pattern / size;
    fill(view, first, bias, 0, elements);
    for (let done = elements; done < repeated; done *= 2) view.copyWithin(first + done, first, first + Math.min(done, repeated - done));
  }
  for (let start = 0; start < length; start += PART / size) {
    const count = Math.min(PART / size, length - start);
    if (whole > BLOCK) fill(view, pattern / size, bias, start, count);
    add(brought(view, source, staging, start, count), pattern, staging, count, whole > BLOCK ? 0 : (start * size) % period, period);
    const to = target.address === undefined ? staging : target.address + start * size;
    if (gradient) kernel(brought(view, gradient, staging + BLOCK, start, count), staging, to, count);
    else kernel(staging, to, count);
    if (target.address === undefined) unstage(view, staging, out, start, count);
  }
}

/** Where a part of an array is; what is not in the heap is copied to `place`. */
function brought(view: FloatTypedArray, { array, address }: Placed, place: number, start: number, count: number): number {
  return address === undefined ? stage(view, array, place, start, count) : address + start * view.BYTES_PER_ELEMENT;
}

/** The values of `count` elements of the array from `start` on. */
function fill(view: FloatTypedArray, to: number, { values, inner }: ColumnValues, start: number, count: number): void {
  const { length } = values;
  for (let i = 0, run: number; i < count; i += run) {
    const place = start + i;
    if (inner === 1) {
      const column = place % length;
      run = Math.min(length - column, count - i);
      view.set(run === length ? values : values.subarray(column, column + run), to + i);
    } else {
      run = Math.min(inner - (place % inner), count - i);
      view.fill(values[Math.floor(place / inner) % length]!, to + i, to + i + run);
    }
  }
}
