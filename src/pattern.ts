import { type FloatArray, create, ofType } from './arrays.js';
import { type RowsOption, shapeOf } from './axis.js';
import { apart, borrowing, byRows, rowsIn, rowsOut, rowsScratch, separate } from './blocks.js';
import { describe } from './describe.js';
import type { Heap } from './heap.js';
import { type FloatTypedArray, LEAST_SINGLE, MOST_SINGLE } from './numeric.js';

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

type Sums = (first: FloatTypedArray, second: FloatTypedArray, indices: Int32Array) => void;

/** Up to so many elements, their values and sums fit the staging area together with them. */
const FEW = 256;
/** The bytes of a pattern at the least: sums side by side do not wait for one another, and loops are not short. */
export const LEAST_BYTES = 1024;
/** From here on elements of one value are gone through by themselves: a pattern of all columns would be as long as the array. */
const LONG = 512;

/** Checks a number, an array of one, or an array with one value for each column of x. */
export function columnValues(operation: string, argument: string, given: number | FloatArray, x: FloatTypedArray, xName: string, options: RowsOption | undefined): ColumnValues {
  const { columns, shape, axis } = options ?? {};
  const rows = columns !== undefined || shape !== undefined || axis !== undefined ? shapeOf(operation, xName, x.length, options) : undefined;
  if (typeof given === 'number') {
    if (!Number.isFinite(given)) throw new RangeError(`${operation}: ${argument} must be finite, got ${given}`);
    const values = create(x, 1).fill(given);
    const kept = Math.abs(values[0]!);
    if (x.BYTES_PER_ELEMENT === 4 && given !== 0 && !(kept >= LEAST_SINGLE && kept <= MOST_SINGLE)) {
      throw new RangeError(`${operation}: ${argument} must be a normal number of float32 with float32 arrays, got ${given}`);
    }
    return { values, inner: 1 };
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
  heap: Heap, given: ColumnValues, inputs: readonly FloatTypedArray[], outputs: readonly FloatTypedArray[],
  body: (count: number, pointers: readonly number[], pattern: Pattern) => void, sums?: Sums,
): void {
  const own = { values: apart(given.values, outputs), inner: given.inner };
  const sources = inputs.map((input) => outputs.reduce(separate, input));
  if (outputs[0]!.length <= FEW) few(heap, own, sources, outputs, body, sums);
  else many(heap, own, sources, outputs, body, sums);
}

/** All at once through the staging area: the pattern is an operand like the others, the sums are its scratch memory. */
function few(
  heap: Heap, { values, inner }: ColumnValues, inputs: readonly FloatTypedArray[], outputs: readonly FloatTypedArray[],
  body: (count: number, pointers: readonly number[], pattern: Pattern) => void, sums: Sums | undefined,
): void {
  const { length } = outputs[0]!;
  const indices = indicesOf(values.length, inner, length);
  const pattern = selected(values, indices);
  const period = Math.ceil(pattern.byteLength / 16) * 16;
  const operands = [...inputs.map((input) => rowsIn(input, 1)), ...outputs.map((output) => rowsOut(output, 1)), rowsIn(pattern, 1)];
  // Room for two numbers of double precision in each lane.
  if (sums) operands.push(rowsScratch(heap.f64, 8));
  byRows(heap, length, operands, (count, pointers) => {
    const [pointer, sumsAt] = pointers.slice(inputs.length + outputs.length) as [number, number?];
    const half = period / values.BYTES_PER_ELEMENT;
    if (sumsAt !== undefined) heap.f64.fill(0, sumsAt / 8, sumsAt / 8 + 2 * half);
    body(count, pointers, { pointer, offset: 0, period, sums: sumsAt ?? 0 });
    if (sumsAt !== undefined) sums!(heap.f64.slice(sumsAt / 8, sumsAt / 8 + length), heap.f64.slice(sumsAt / 8 + half, sumsAt / 8 + half + length), indices);
  });
  if (length === 0) sums?.(pattern, pattern, indices);
}

/** The patterns in borrowed memory, gone through as often as it takes. */
function many(
  heap: Heap, { values, inner }: ColumnValues, inputs: readonly FloatTypedArray[], outputs: readonly FloatTypedArray[],
  body: (count: number, pointers: readonly number[], pattern: Pattern) => void, sums: Sums | undefined,
): void {
  const { length } = outputs[0]!;
  const size = values.BYTES_PER_ELEMENT;
  const columns = values.length;
  // One pattern for all columns, or where a column goes on for long one for each, and its elements in turn.
  const alone = columns > 1 && inner >= LONG;
  const patterns = alone ? columns : 1;
  const period = wholeVectors(alone ? 1 : columns * inner, size);
  const run = alone ? inner : length;
  const indices = alone ? indicesOf(columns, period, columns * period) : indicesOf(columns, inner, period);
  const pattern = indices.length === columns ? values : selected(values, indices);
  const sumBytes = sums ? 16 * indices.length : 0;
  borrowing(heap, [pattern], [...inputs, ...outputs], sumBytes, ([expanded, ...arrays], memory) => {
    const pointer = memory.input(expanded!);
    const sumsAt = sums ? memory.scratch(sumBytes) : 0;
    if (sums) heap.u8.fill(0, sumsAt, sumsAt + sumBytes);
    for (let start = 0, which = 0; start < length; start += run, which = (which + 1) % patterns) {
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

/** The least multiple of a length that makes whole vectors, of `least` bytes or more. */
export function wholeVectors(length: number, size: number, least = LEAST_BYTES): number {
  let multiple = length;
  while ((multiple * size) % 16 !== 0 || multiple * size < least) multiple += length;
  return multiple;
}

/** Of `length` elements the column each is in, where each of the columns goes on for `inner` elements. */
function indicesOf(columns: number, inner: number, length: number): Int32Array {
  const indices = new Int32Array(length);
  if (columns === 1) return indices;
  for (let i = 0, column = 0; i < length; column = (column + 1) % columns) {
    for (const end = Math.min(i + inner, length); i < end; i++) indices[i] = column;
  }
  return indices;
}

function selected(values: FloatTypedArray, indices: Int32Array): FloatTypedArray {
  const result = create(values, indices.length);
  for (let i = 0; i < indices.length; i++) result[i] = values[indices[i]!]!;
  return result;
}
