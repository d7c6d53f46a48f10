import { type FloatArray, create, ofType } from './arrays.js';
import { type RowsOption, shapeOf } from './axis.js';
import { apart, borrowing, byRows, rowsIn, rowsOut, separate } from './blocks.js';
import { describe } from './describe.js';
import type { Heap } from './heap.js';
import type { FloatTypedArray } from './numeric.js';

/** One value for all elements of an array, or one a column. */
export interface ColumnValues {
  readonly values: FloatTypedArray;
  /** How many elements that follow one another have the same value. */
  readonly inner: number;
}

/** Where a kernel finds the values of its elements: vectors of them, to be gone through again and again. */
export interface Pattern {
  readonly pointer: number;
  /** Where in it the first element's value is, and how long it is, in bytes. */
  readonly offset: number;
  readonly period: number;
  /** Two double-precision numbers for each element of the pattern, if they were asked for: first the one, then the other. */
  readonly sums: number;
}

/** The bytes of a pattern at the least: so many sums side by side wait less for one another. */
const LEAST_BYTES = 256;
/** From here on elements of one value are gone through by themselves: a pattern of all columns would be as long as the array. */
const LONG = 512;

/** Checks a number, an array of one, or an array with one value for each column of x. */
export function columnValues(operation: string, argument: string, given: number | FloatArray, x: FloatTypedArray, xName: string, options: RowsOption | undefined): ColumnValues {
  const { columns, shape, axis } = options ?? {};
  const rows = columns !== undefined || shape !== undefined || axis !== undefined ? shapeOf(operation, xName, x.length, options) : undefined;
  if (typeof given === 'number') {
    if (!Number.isFinite(given)) throw new RangeError(`${operation}: ${argument} must be finite, got ${given}`);
    return { values: create(x, 1).fill(given), inner: 1 };
  }
  if (typeof given !== 'object') throw new TypeError(`${operation}: ${argument} must be a number, a Float32Array, a Float64Array or a WasmArray of one, got ${describe(given)}`);
  const values = ofType(operation, argument, given, x, xName);
  const { length } = values;
  if (length === 1) return { values, inner: 1 };
  if (rows ? rows.columns !== length : length === 0) {
    throw new RangeError(`${operation}: ${argument} must have 1 element or ${rows ? `${rows.columns} elements, one` : 'one'} a column of ${xName}, got ${length}`);
  }
  if (x.length % length !== 0) throw new RangeError(`${operation}: ${xName} has ${x.length} elements, which are no whole rows of ${length} columns, one for each element of ${argument}`);
  return { values, inner: rows?.inner ?? 1 };
}

/**
 * As byRows for arrays of single elements, with the values of their columns beside them: body(count, pointers, pattern), the
 * pointers in the order inputs, outputs. If `sums` is given, it is called at the end with what the body has left in them, two
 * numbers for each element of the patterns, and the values that these elements have, by their indices.
 */
export function byColumns(
  heap: Heap, { values, inner }: ColumnValues, inputs: readonly FloatTypedArray[], outputs: readonly FloatTypedArray[],
  body: (count: number, pointers: readonly number[], pattern: Pattern) => void, sums?: (first: FloatTypedArray, second: FloatTypedArray, indices: Int32Array) => void,
): void {
  const { length } = outputs[0]!;
  const size = values.BYTES_PER_ELEMENT;
  const own = apart(values, outputs);
  // Patterns one after the other, each of so many of the values, and the elements that belong to each in turn.
  const alone = inner >= LONG || values.length === 1;
  const patterns = alone ? Array.from({ length: values.length }, (_, i) => expanded(i, i + 1, 1, size)) : [expanded(0, values.length, inner, size)];
  const run = alone && values.length > 1 ? inner : length;
  const indices = patterns.length === 1 ? patterns[0]! : Int32Array.from(patterns.flatMap((each) => [...each]));
  // The values are their own pattern where that is long enough and whole vectors.
  const expansion = !alone && indices.length === values.length ? own : create(values, indices.length);
  if (expansion !== own) indices.forEach((index, i) => (expansion[i] = own[index]!));
  const apartFromOut = inputs.map((input) => outputs.reduce(separate, input));
  const period = patterns[0]!.length;
  const sumBytes = sums ? 16 * indices.length : 0;
  borrowing(heap, [expansion], [...apartFromOut, ...outputs], sumBytes, ([pattern, ...arrays], memory) => {
    const pointer = memory.input(pattern!);
    const sumsAt = sums ? memory.scratch(sumBytes) : 0;
    if (sums) heap.u8.fill(0, sumsAt, sumsAt + sumBytes);
    for (let start = 0, which = 0; start < length; start += run, which = (which + 1) % patterns.length) {
      let offset = 0;
      const operands = arrays.map((array, i) => {
        const part = run === length ? array : array.subarray(start, start + run);
        return i < inputs.length ? rowsIn(part, 1) : rowsOut(part, 1);
      });
      byRows(heap, run, operands, (count, pointers) => {
        body(count, pointers, { pointer: pointer + which * period * size, offset, period: period * size, sums: sumsAt + 16 * which * period });
        offset = (offset + count * size) % (period * size);
      });
    }
    if (!sums) return;
    // Of each pattern first all of the one, then all of the other.
    const all = heap.f64.subarray(sumsAt / 8, sumsAt / 8 + 2 * indices.length);
    const half = (which: number): Float64Array => Float64Array.from(indices, (_, i) => all[Math.floor(i / period) * 2 * period + which * period + (i % period)]!);
    sums(half(0), half(1), indices);
  });
}

/** The indices from `first` to `end`, each `inner` times, again and again until they are whole vectors and enough. */
function expanded(first: number, end: number, inner: number, size: number): Int32Array {
  const length = (end - first) * inner;
  let repeats = 1;
  while ((length * repeats * size) % 16 !== 0 || length * repeats * size < LEAST_BYTES) repeats++;
  return Int32Array.from({ length: length * repeats }, (_, i) => first + Math.floor((i % length) / inner));
}
