import { type RowOperand, aligned, byRows, copy, intact } from './blocks.js';
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
  // Entries, since forEach would pass over a place without a value.
  for (const [i, dimension] of shape.entries()) checkedCount(operation, `shape[${i}]`, dimension, 0);
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

/** Rows taken at a time at least: a cache line of each column. */
const LEAST_ROWS = 16;

/** Bytes to borrow where the staging area is too small for that: what the second-level cache has room for. */
const BORROWED = 2 ** 20;

const TRANSPOSE = new KernelPair('transpose_planes');

/** Rows that are taken at a time: `width` rows in each of `planes` planes, from row `at` of plane `first` on. */
interface Block {
  readonly first: number;
  readonly planes: number;
  readonly at: number;
  readonly width: number;
}

/** An operand, and how its rows reach the kernel. */
interface Path extends RowOperand {
  /** Its address if it is in the heap. */
  readonly inside: number | undefined;
  /** With one element a row it has the order of the rows, and is used where it is, or copied. */
  readonly inOrder: boolean;
  /** Bytes of a row in the staging area, and on the way there. */
  readonly staged: number;
  readonly passing: number;
  readonly transpose: Kernel;
}

function pathOf({ heap, kernels }: Engine, operand: RowOperand): Path {
  const { columns, bytesPerElement } = operand;
  const array = intact(operand);
  const inside = array?.buffer === heap.buffer ? array.byteOffset : undefined;
  const bytes = columns * bytesPerElement;
  const inOrder = columns === 1;
  return {
    ...operand, array, inside, inOrder, staged: inOrder && inside !== undefined ? 0 : bytes, passing: inOrder || !array || inside !== undefined ? 0 : bytes,
    transpose: TRANSPOSE.of(kernels, bytesPerElement),
  };
}

/**
 * As byRows for rows along any axis of a shape: body(count, pointers) finds rows of contiguous elements. An operand is an
 * array [outer, its columns, inner]; with one element a row that is its order already, otherwise a block of it is
 * transposed on its way, from where it is in the heap, or by way of the staging area.
 */
export function alongAxis(engine: Engine, { rows, inner }: RowsShape, operands: readonly RowOperand[], body: (count: number, pointers: number[]) => void): void {
  const { heap } = engine;
  if (inner === 1 || rows === 0) return byRows(heap, rows, operands, body);
  // Addresses first: a view of the heap is lost if the heap grows.
  const paths = operands.map((operand) => pathOf(engine, operand));
  const passing = Math.max(...paths.map((path) => path.passing));
  const perRow = paths.reduce((sum, { staged }) => sum + staged, passing);
  const padding = 16 * (paths.length + 1);
  let fitting = perRow === 0 ? rows : Math.floor((STAGING - padding) / perRow);
  if (fitting < LEAST_ROWS) fitting = Math.max(LEAST_ROWS, Math.floor(BORROWED / perRow));
  // Whole planes, or else parts of one, of about the same width.
  const planes = Math.floor(fitting / inner);
  const most = planes > 0 ? planes * inner : Math.ceil(inner / Math.ceil(inner / fitting));
  const needed = Math.min(most, rows) * perRow + padding;
  const borrowed = needed > STAGING ? heap.allocate(needed) : undefined;
  const passage = borrowed ?? heap.staging;
  try {
    for (let start = 0, count: number; start < rows; start += count) {
      const at = start % inner;
      count = Math.min(most, planes > 0 ? rows - start : inner - at);
      const block: Block = { first: (start - at) / inner, planes: Math.max(1, count / inner), at, width: Math.min(count, inner) };
      let next = passage + aligned(count * passing);
      const pointers = paths.map((path) => {
        if (path.staged === 0) return path.inside! + start * path.bytesPerElement;
        const pointer = next;
        next += aligned(count * path.staged);
        if (path.use === 'in') bringIn(heap, path, passage, pointer, block, inner);
        return pointer;
      });
      body(count, pointers);
      paths.forEach((path, i) => {
        if (path.use === 'out' && path.staged > 0) bringOut(heap, path, passage, pointers[i]!, block, inner);
      });
    }
  } finally {
    if (borrowed !== undefined) heap.release(borrowed);
  }
}

/** A block of an operand to `rows`, one row after the other. */
function bringIn(heap: Heap, { array, columns, bytesPerElement, inside, inOrder, transpose }: Path, passage: number, rows: number, block: Block, inner: number): void {
  const { first, planes, at, width } = block;
  const start = first * columns * inner + at;
  if (inside !== undefined) {
    transpose(inside + start * bytesPerElement, rows, planes, columns, width, inner, columns);
    return;
  }
  const place = (inOrder ? rows : passage) / bytesPerElement;
  if (width === inner) copy(array!, start, heap.view(array!), place, planes * columns * inner);
  else for (let c = 0; c < columns; c++) copy(array!, start + c * inner, heap.view(array!), place + c * width, width);
  if (!inOrder) transpose(passage, rows, planes, columns, width, width, columns);
}

/** The way back. */
function bringOut(heap: Heap, { array, columns, bytesPerElement, inside, inOrder, transpose }: Path, passage: number, rows: number, block: Block, inner: number): void {
  const { first, planes, at, width } = block;
  const start = first * columns * inner + at;
  if (inside !== undefined) {
    transpose(rows, inside + start * bytesPerElement, planes, width, columns, columns, inner);
    return;
  }
  if (!inOrder) transpose(rows, passage, planes, width, columns, columns, width);
  const place = (inOrder ? rows : passage) / bytesPerElement;
  if (width === inner) copy(heap.view(array!), place, array!, start, planes * columns * inner);
  else for (let c = 0; c < columns; c++) copy(heap.view(array!), place + c * width, array!, start + c * inner, width);
}
