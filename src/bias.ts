import type { FloatArray } from './arrays.js';
import { type RowsOption, ROWS_OPTIONS } from './axis.js';
import { apart, separate, stage, unstage } from './blocks.js';
import { describe } from './describe.js';
import { type Engine, type Kernel, KernelPair } from './engine.js';
import { BLOCK } from './heap.js';
import type { FloatTypedArray } from './numeric.js';
import { type ColumnValues, columnValues } from './pattern.js';

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
const REPEAT = new KernelPair('vectors_repeat');

/** Bytes of a pattern at the least, so that the runs through it are not short. */
const LEAST_BYTES = 512;

/**
 * Runs kernel([dy,] x + bias, out, length) block by block: the sums of a block go to the staging area, where the kernel
 * finds them in the cache.
 */
export function biased(engine: Engine, kernel: Kernel, given: ColumnValues, x: FloatTypedArray, dy: FloatTypedArray | undefined, out: FloatTypedArray): void {
  const { heap, kernels } = engine;
  const { buffer, staging } = heap;
  const { length, BYTES_PER_ELEMENT: size } = out;
  const [source, gradient] = [separate(x, out), dy && separate(dy, out)];
  const bias = { values: apart(given.values, [out]), inner: given.inner };
  const view = heap.view(out);
  const add = ADD.of(kernels, size);
  const [sums, gradients, pattern] = [staging, staging + BLOCK, staging + 2 * BLOCK];
  const period = periodOf(bias, size);
  if (period !== undefined) {
    fill(view, pattern / size, bias, 0, period.elements);
    REPEAT.of(kernels, size)(pattern, pattern, period.times, period.elements);
  }
  const periodBytes = period ? period.elements * period.times * size : BLOCK;
  const at = (array: FloatTypedArray, place: number, start: number, count: number): number =>
    (array.buffer === buffer ? array.byteOffset + start * size : stage(view, array, place, start, count));
  for (let start = 0; start < length; start += BLOCK / size) {
    const count = Math.min(BLOCK / size, length - start);
    if (!period) fill(view, pattern / size, bias, start, count);
    add(at(source, sums, start, count), pattern, sums, count, period ? (start * size) % periodBytes : 0, periodBytes);
    const target = out.buffer === buffer ? out.byteOffset + start * size : sums;
    if (gradient) kernel(at(gradient, gradients, start, count), sums, target, count);
    else kernel(sums, target, count);
    if (target === sums) unstage(view, sums, out, start, count);
  }
}

/** After how many elements the values start anew, and how often they are repeated to make whole vectors; undefined if that is too long. */
function periodOf({ values, inner }: ColumnValues, size: number): { elements: number; times: number } | undefined {
  const elements = values.length === 1 ? 1 : values.length * inner;
  let times = 1;
  while ((elements * times * size) % 16 !== 0 || elements * times * size < LEAST_BYTES) times++;
  return elements * times * size <= BLOCK ? { elements, times } : undefined;
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
