import type { NumericArray } from './numeric.js';
import { type RowOperand, byRows, stage, unstage } from './blocks.js';
import { describe } from './describe.js';
import { type Engine, type Kernel, KernelPair } from './engine.js';
import { type Heap, STAGING } from './heap.js';
import { checkedCount } from './options.js';

/** What the rows of a flat array are: `columns`, or `shape` and `axis`. Default: the array is one row. */
export interface RowsOption {
  /** The length of a row, which the array's length is a multiple of. */
  readonly columns?: number | undefined;
  /** The dimensions of the array, the last one the fastest. */
  readonly shape?: readonly number[] | undefined;
  /** The dimension of the shape that a row runs along; from the last one if negative. Default: -1, the last one. */
  readonly axis?: number | undefined;
}

/** The names of a RowsOption. */
export const ROWS_OPTIONS = ['columns', 'shape', 'axis'] as const;

/** Rows of an array [outer, columns, inner]: element c of row o * inner + i is at (o * columns + c) * inner + i. */
export interface RowsShape {
  readonly outer: number;
  readonly columns: number;
  readonly inner: number;
  /** outer * inner */
  readonly rows: number;
}

/** What the options say the rows of an argument of `length` elements are. Inner is 1 where rows are contiguous. */
export function shapeOf(operation: string, argument: string, length: number, options: RowsOption | undefined): RowsShape {
  const { columns, shape, axis } = options ?? {};
  if (shape !== undefined) {
    if (columns !== undefined) throw new TypeError(`${operation}: columns and shape say the same thing; one of them is to be given`);
    return alongShape(operation, argument, length, shape, axis);
  }
  if (axis !== undefined) throw new TypeError(`${operation}: axis goes with shape, which is missing`);
  if (columns === undefined) {
    if (length === 0) throw new RangeError(`${operation}: ${argument} has no elements, and a row of none has no maximum`);
    return contiguous(1, length);
  }
  checkedCount(operation, 'columns', columns);
  if (length % columns !== 0) throw new RangeError(`${operation}: ${argument} has ${length} elements, which are no whole rows of ${columns} columns`);
  return contiguous(length / columns, columns);
}

const contiguous = (rows: number, columns: number): RowsShape => ({ outer: rows, columns, inner: 1, rows });

const product = (lengths: readonly number[]): number => lengths.reduce((size, length) => size * length, 1);

function alongShape(operation: string, argument: string, length: number, shape: readonly number[], axis = -1): RowsShape {
  if (!(Array.isArray as (value: unknown) => boolean)(shape)) throw new TypeError(`${operation}: shape must be an array of numbers, got ${describe(shape)}`);
  shape.forEach((dimension, i) => checkedCount(operation, `shape[${i}]`, dimension, 0));
  const shown = `[${shape.join(', ')}]`;
  const size = product(shape);
  if (size !== length) throw new RangeError(`${operation}: the shape ${shown} has ${size} elements, ${argument} has ${length}`);
  if (typeof (axis as unknown) !== 'number') throw new TypeError(`${operation}: axis must be a number, got ${describe(axis)}`);
  const at = axis < 0 ? axis + shape.length : axis;
  const columns = shape[at];
  if (columns === undefined) {
    const expected = shape.length === 0 ? 'there is none in' : `it must be an integer from ${-shape.length} to ${shape.length - 1} for`;
    throw new RangeError(`${operation}: axis is ${axis}, ${expected} the shape ${shown}`);
  }
  if (columns === 0) throw new RangeError(`${operation}: the shape ${shown} is 0 along axis ${axis}, and a row of none has no maximum`);
  const [outer, inner] = [product(shape.slice(0, at)), product(shape.slice(at + 1))];
  return inner === 1 || columns === 1 ? contiguous(outer * inner, columns) : { outer, columns, inner, rows: outer * inner };
}

/** Rows taken at a time at least, also where the staging area is too small for them: a cache line of each column. */
const LEAST_ROWS = 16;

const TRANSPOSE = new KernelPair('transpose_planes');

/** Rows that are taken at a time: `width` rows in each of `planes` planes, from row `at` of plane `first` on. */
interface Block {
  readonly first: number;
  readonly planes: number;
  readonly at: number;
  readonly width: number;
}

/**
 * As byRows for rows along any axis of a shape: body(count, pointers) finds rows of contiguous elements. An operand is an
 * array [outer, its columns, inner]; with one element a row that is its order already, otherwise a block of it is
 * transposed on its way, from where it is in the heap, or by way of the staging area.
 */
export function alongAxis(engine: Engine, { rows, inner }: RowsShape, operands: readonly RowOperand[], body: (count: number, pointers: number[]) => void): void {
  const { heap, kernels } = engine;
  if (inner === 1) return byRows(heap, rows, operands, body);
  // Addresses first: a view of the heap is lost if the heap grows.
  const inside = operands.map(({ array }) => (array?.buffer === heap.buffer ? array.byteOffset : undefined));
  const rowBytes = operands.map(({ columns, bytesPerElement }, i) => (columns === 1 && inside[i] !== undefined ? 0 : columns * bytesPerElement));
  const planeBytes = Math.max(0, ...operands.map(({ array, columns, bytesPerElement }, i) => (array && columns > 1 && inside[i] === undefined ? columns * bytesPerElement : 0)));
  const perRow = rowBytes.reduce((sum, bytes) => sum + bytes, planeBytes);
  const padding = 16 * (operands.length + 1);
  const fitting = perRow === 0 ? rows : Math.floor((STAGING - padding) / perRow);
  // Whole planes, or else parts of one, of about the same width.
  const planes = Math.floor(fitting / inner);
  const most = planes > 0 ? planes * inner : Math.ceil(inner / Math.ceil(inner / Math.max(fitting, LEAST_ROWS)));
  const needed = Math.min(most, rows) * perRow + padding;
  const borrowed = needed > STAGING ? heap.allocate(needed) : undefined;
  const room = (bytes: number): number => Math.ceil(bytes / 16) * 16;
  const plane = borrowed ?? heap.staging;
  const places: number[] = [];
  const move = operands.map(({ bytesPerElement }) => TRANSPOSE.of(kernels, bytesPerElement));
  try {
    for (let start = 0, count: number; start < rows; start += count) {
      const at = start % inner;
      count = Math.min(most, planes > 0 ? rows - start : inner - at);
      const block: Block = { first: (start - at) / inner, planes: Math.max(1, count / inner), at, width: Math.min(count, inner) };
      let next = plane + room(count * planeBytes);
      operands.forEach((operand, i) => {
        const { array, columns, use, bytesPerElement } = operand;
        const source = inside[i];
        if (columns === 1 && source !== undefined) {
          places[i] = source + start * bytesPerElement;
          return;
        }
        places[i] = next;
        next += room(count * rowBytes[i]!);
        if (use !== 'in') return;
        if (columns === 1) stage(heap.view(array!), array!, places[i], start, count);
        else gather(heap, move[i]!, operand, source, plane, places[i], block, inner);
      });
      body(count, places);
      operands.forEach((operand, i) => {
        const { array, columns, use } = operand;
        if (use !== 'out' || (columns === 1 && inside[i] !== undefined)) return;
        if (columns === 1) unstage(heap.view(array!), places[i]!, array!, start, count);
        else scatter(heap, move[i]!, operand, inside[i], plane, places[i]!, block, inner);
      });
    }
  } finally {
    if (borrowed !== undefined) heap.release(borrowed);
  }
}

/** The rows of a block to `rows`: from the heap, or from an array outside it by way of `plane`. */
function gather(heap: Heap, transpose: Kernel, { array, columns, bytesPerElement }: RowOperand, source: number | undefined, plane: number, rows: number, block: Block, inner: number): void {
  const start = block.first * columns * inner + block.at;
  if (source !== undefined) {
    transpose(source + start * bytesPerElement, rows, block.planes, columns, block.width, inner, columns);
    return;
  }
  const view = heap.view(array!);
  eachRun(block, columns, inner, (from, to, length) => stage(view, array!, plane + to * bytesPerElement, start + from, length));
  transpose(plane, rows, block.planes, columns, block.width, block.width, columns);
}

/** The way back. */
function scatter(heap: Heap, transpose: Kernel, { array, columns, bytesPerElement }: RowOperand, target: number | undefined, plane: number, rows: number, block: Block, inner: number): void {
  const start = block.first * columns * inner + block.at;
  if (target !== undefined) {
    transpose(rows, target + start * bytesPerElement, block.planes, block.width, columns, columns, inner);
    return;
  }
  transpose(rows, plane, block.planes, block.width, columns, columns, block.width);
  const view: NumericArray = heap.view(array!);
  eachRun(block, columns, inner, (from, to, length) => { unstage(view, plane + to * bytesPerElement, array!, start + from, length); });
}

/** What is contiguous of a block, outside and without gaps: all of whole planes, otherwise a part of each column. */
function eachRun({ planes, width }: Block, columns: number, inner: number, copy: (from: number, to: number, length: number) => void): void {
  if (width === inner) copy(0, 0, planes * columns * inner);
  else for (let c = 0; c < columns; c++) copy(c * inner, c * width, width);
}
