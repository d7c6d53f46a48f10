import { overlaps } from './arrays.js';
import type { FloatTypedArray, NumericArray } from './numeric.js';
import type { Kernel } from './engine.js';
import { BLOCK, type Heap, STAGING } from './heap.js';

/** `input` itself, or a copy where writing `output` would change elements of it before they are read. */
export function separate<A extends NumericArray>(input: A, output: NumericArray): A {
  return input !== output && input.buffer === output.buffer && overlaps(input, output) ? (input.slice() as A) : input;
}

const shares = (a: NumericArray, b: NumericArray): boolean =>
  a.length > 0 && b.length > 0 && a.buffer === b.buffer && (a.byteOffset === b.byteOffset || overlaps(a, b));

/** A RangeError where two of the arrays share memory. */
export function requireApart(operation: string, names: readonly string[], arrays: readonly NumericArray[]): void {
  for (let i = 0; i < arrays.length; i++) {
    for (let j = 0; j < i; j++) if (shares(arrays[i]!, arrays[j]!)) throw new RangeError(`${operation}: ${names[i]} shares memory with ${names[j]}`);
  }
}

/** `input`, or a copy where it shares any memory with an output: for kernels that write before all is read. */
export function apart<A extends NumericArray>(input: A, outputs: readonly NumericArray[]): A {
  return outputs.some((out) => shares(input, out)) ? (input.slice() as A) : input;
}

/** Up to so many elements are copied one by one: the call of a copying function takes longer. */
const FEW = 4;
/** The same where a part is taken of an array, which needs a view of it. */
const FEW_OF_PART = 32;

/** Runs kernel(a, [b,] out, length) over whole arrays; those outside the heap pass through the staging area. */
export function elementwise(heap: Heap, kernel: Kernel, a: FloatTypedArray, b: FloatTypedArray | undefined, out: FloatTypedArray): void {
  staged(heap, kernel, out.BYTES_PER_ELEMENT, a, b, out);
}

/**
 * As elementwise, the size of the elements known.
 *
 * What fits the staging area at once goes through it whatever the arrays are: all is read then before anything is written, so
 * no question needs asking about overlaps, nor about where the arrays live, which costs as much as the rest of a small call.
 */
export function staged(heap: Heap, kernel: Kernel, size: number, a: FloatTypedArray, b: FloatTypedArray | undefined, out: FloatTypedArray): void {
  const { length } = out;
  if (length * size > BLOCK) return inBlocks(heap, kernel, separate(a, out), b && separate(b, out), out);
  const { staging } = heap;
  const all = size === 4 ? heap.f32 : heap.f64;
  const first = staging / size;
  const second = first + BLOCK / size;
  const view = length > FEW ? heap.stagingView(size, length) : undefined;
  if (view) view.set(a);
  else for (let i = 0; i < length; i++) all[first + i] = a[i]!;
  if (!b) kernel(staging, staging, length);
  else {
    if (view) all.set(b, second);
    else for (let i = 0; i < length; i++) all[second + i] = b[i]!;
    kernel(staging, staging + BLOCK, staging, length);
  }
  if (view) out.set(view);
  else for (let i = 0; i < length; i++) out[i] = all[first + i]!;
}

function inBlocks(heap: Heap, kernel: Kernel, a: FloatTypedArray, b: FloatTypedArray | undefined, out: FloatTypedArray): void {
  const { length } = out;
  const size = out.BYTES_PER_ELEMENT;
  const { buffer, staging } = heap;
  const [first, second, target] = [a.buffer === buffer, b?.buffer === buffer, out.buffer === buffer];
  const view = heap.view(out);
  const block = first && target && (!b || second) ? length : BLOCK / size;
  for (let start = 0; start < length; start += block) {
    const count = Math.min(block, length - start);
    const p = first ? a.byteOffset + start * size : stage(view, a, staging, start, count);
    const q = target ? out.byteOffset + start * size : staging + 2 * BLOCK;
    if (!b) kernel(p, q, count);
    else kernel(p, second ? b.byteOffset + start * size : stage(view, b, staging + BLOCK, start, count), q, count);
    if (!target) unstage(view, q, out, start, count);
  }
}

/** Copies a part of an array to a part of another: a few elements before a view of them is made. */
export function copy(source: NumericArray, from: number, target: NumericArray, to: number, length: number): void {
  if (length > FEW_OF_PART) target.set(length === source.length ? source : source.subarray(from, from + length), to);
  else for (let i = 0; i < length; i++) target[to + i] = source[from + i]!;
}

/** Copies a part of an array to an address, which it returns. */
export function stage(view: NumericArray, source: NumericArray, pointer: number, start: number, count: number): number {
  copy(source, start, view, pointer / view.BYTES_PER_ELEMENT, count);
  return pointer;
}

/** Copies what is at an address to a part of an array. */
export function unstage(view: NumericArray, pointer: number, target: NumericArray, start: number, count: number): void {
  copy(view, pointer / view.BYTES_PER_ELEMENT, target, start, count);
}

/** A multiple of the longest vector. */
export const aligned = (bytes: number): number => Math.ceil(bytes / 16) * 16;

/** Elements that kernels add up on their own before they go to a total. */
const RUN = 512;

/** An array with so many elements a row, or scratch memory for as many. */
export interface RowOperand {
  readonly array: NumericArray | undefined;
  readonly columns: number;
  readonly bytesPerElement: number;
  readonly use: 'in' | 'out' | 'both' | 'scratch';
  /** What is written while this one is read. */
  readonly output?: NumericArray | undefined;
}

export const rowsIn = (array: NumericArray, columns: number, output?: NumericArray): RowOperand => ({ array, columns, bytesPerElement: array.BYTES_PER_ELEMENT, use: 'in', output });

export const rowsOut = (array: NumericArray, columns: number): RowOperand => ({ array, columns, bytesPerElement: array.BYTES_PER_ELEMENT, use: 'out', output: undefined });

/** What is read and written. */
export const rowsBoth = (array: NumericArray, columns: number): RowOperand => ({ ...rowsOut(array, columns), use: 'both' });

export const rowsScratch = (like: NumericArray, columns: number): RowOperand => ({ array: undefined, columns, bytesPerElement: like.BYTES_PER_ELEMENT, use: 'scratch', output: undefined });

/** The array of an operand, or a copy where writing the output would change elements of it before they are read. */
export const intact = ({ array, output }: RowOperand): NumericArray | undefined => (array && output ? separate(array, output) : array);

/** Operands of so many bytes in all are staged without asking where they are, which takes longer, for a new array most of all. */
const FEW_BYTES = 512;

/**
 * Calls body(count, pointers) for blocks of rows, one pointer an operand. Operands in the heap are used where they are;
 * the others go through the staging area, or through memory borrowed for `leastRows` rows where that is too small.
 */
export function byRows(heap: Heap, rows: number, operands: readonly RowOperand[], body: (count: number, pointers: number[]) => void, leastRows = 1): void {
  let perRow = 0;
  for (const { columns, bytesPerElement } of operands) perRow += columns * bytesPerElement;
  const few = rows * perRow <= FEW_BYTES;
  // Addresses first: a view of the heap is lost if the heap grows.
  const arrays: (NumericArray | undefined)[] = [];
  const inside: (number | undefined)[] = [];
  for (const operand of operands) {
    const array = few ? operand.array : intact(operand);
    const address = !few && array?.buffer === heap.buffer ? array.byteOffset : undefined;
    arrays.push(array);
    inside.push(address);
    if (address !== undefined) perRow -= operand.columns * operand.bytesPerElement;
  }
  const padding = 16 * operands.length;
  const most = perRow === 0 ? rows : Math.max(Math.floor((STAGING - padding) / perRow), Math.min(leastRows, rows));
  // What adds up in runs of rows finds the same runs wherever the arrays are.
  const fitting = most < rows ? most - (most % (most > RUN ? RUN : leastRows)) : most;
  const needed = Math.min(fitting, rows) * perRow + padding;
  const borrowed = perRow > 0 && needed > STAGING ? heap.allocate(needed) : undefined;
  try {
    const pointers: number[] = [];
    for (let start = 0; start < rows; start += fitting) {
      const count = Math.min(fitting, rows - start);
      let next = borrowed ?? heap.staging;
      for (let i = 0; i < operands.length; i++) {
        const { columns, use, bytesPerElement } = operands[i]!;
        const array = arrays[i];
        const pointer = inside[i];
        pointers[i] = pointer === undefined ? next : pointer + start * columns * bytesPerElement;
        if (pointer !== undefined) continue;
        if (use === 'in' || use === 'both') stage(heap.view(array!), array!, next, start * columns, count * columns);
        next += aligned(count * columns * bytesPerElement);
      }
      body(count, pointers);
      for (let i = 0; i < operands.length; i++) {
        const { columns, use } = operands[i]!;
        const array = arrays[i];
        if ((use === 'out' || use === 'both') && inside[i] === undefined) unstage(heap.view(array!), pointers[i]!, array!, start * columns, count * columns);
      }
    }
  } finally {
    if (borrowed !== undefined) heap.release(borrowed);
  }
}

/** Memory of the heap that a call borrows for whole arrays. */
export class Borrowed {
  readonly #heap: Heap;
  readonly #blocks: number[] = [];
  readonly #outputs: { array: NumericArray; pointer: number }[] = [];

  constructor(heap: Heap) {
    this.#heap = heap;
  }

  scratch(bytes: number): number {
    const pointer = this.#heap.allocate(bytes);
    this.#blocks.push(pointer);
    return pointer;
  }

  /** The address of an array, which is copied in unless it is in the heap. */
  input(array: NumericArray): number {
    return array.buffer === this.#heap.buffer ? array.byteOffset : stage(this.#heap.view(array), array, this.scratch(array.byteLength), 0, array.length);
  }

  /** The address of an array that is written, if not `isRead` before from the start, and copied out at the end unless it is in the heap. */
  output(array: NumericArray, isRead = false): number {
    if (array.buffer === this.#heap.buffer) return array.byteOffset;
    const pointer = isRead ? this.input(array) : this.scratch(array.byteLength);
    this.#outputs.push({ array, pointer });
    return pointer;
  }

  copyOut(): void {
    for (const { array, pointer } of this.#outputs) unstage(this.#heap.view(array), pointer, array, 0, array.length);
  }

  release(): void {
    for (const pointer of this.#blocks) this.#heap.release(pointer);
  }
}

/**
 * Calls body with all the arrays and memory to borrow; after it, outputs are copied out and all is given back. The heap
 * grows beforehand if it must, by those of the `whole` arrays that are outside it and by `extra` bytes, so that no view of
 * it is lost on the way.
 */
export function borrowing<A extends NumericArray>(heap: Heap, whole: readonly A[], byRow: readonly A[], extra: number, body: (arrays: readonly A[], memory: Borrowed) => void): void {
  const outside = whole.filter((array) => array.buffer !== heap.buffer).reduce((sum, array) => sum + array.byteLength, 0);
  const [renewed] = heap.keeping([...whole, ...byRow], () => { heap.reserve(outside + extra); });
  const memory = new Borrowed(heap);
  try {
    body(renewed, memory);
    memory.copyOut();
  } finally {
    memory.release();
  }
}
