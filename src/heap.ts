import type { FloatTypedArray, NumericArray, NumericArrayConstructor } from './numeric.js';
import { typeName } from './describe.js';

/** What a WebAssembly.Memory and the fallback's memory have in common. */
export interface LinearMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

const PAGE = 65536;
/** 4 GiB less a page, so that the end of every array has an address. */
export const MAXIMUM_PAGES = 65535;
/** Of every allocation: the longest vector, and a cache line. */
const ALIGNMENT = 64;
/**
 * So much lies between one long block and the next. Arrays that are a multiple of 4096 bytes apart, as neighbours of one length
 * mostly would be, are read half as fast as they could: processors take a load from one for one of what was just stored to the other.
 */
const STAGGER = 384;
const LONG = 4096;
/** Address 0 stays unused. */
const BASE = 1024;
/** Where the kernel of the matrix product has room for a tile. */
const TILE = 512;
/** Ordinary typed arrays pass through this many bytes, which fit the first-level cache together with the code's data. */
export const STAGING = 49152;

/** Views of the staging area are kept for lengths below. */
const KEPT = 513;

/** Bytes of an elementwise operand that are staged at a time: three operands share the staging area. */
export const BLOCK = STAGING / 3;

/** The pages a memory starts with: the staging area and a little. */
export const INITIAL_PAGES = Math.ceil((BASE + STAGING) / PAGE) + 1;

/** The one owner of a linear memory: views, the staging area, and an allocator (first fit, free neighbours joined). */
export class Heap {
  readonly staging = BASE;
  readonly tile = TILE;
  readonly #memory: LinearMemory;
  readonly #sizes = new Map<number, number>();
  /** Views of the start of the staging area, by their length. */
  #f32Views!: (FloatTypedArray<ArrayBuffer> | undefined)[];
  #f64Views!: (FloatTypedArray<ArrayBuffer> | undefined)[];
  /** Free blocks [start, end), by address. */
  readonly #free: { start: number; end: number }[];
  #used = 0;

  buffer!: ArrayBuffer;
  u8!: Uint8Array<ArrayBuffer>;
  i32!: Int32Array<ArrayBuffer>;
  f32!: Float32Array<ArrayBuffer>;
  f64!: Float64Array<ArrayBuffer>;

  constructor(memory: LinearMemory) {
    this.#memory = memory;
    this.#free = [{ start: BASE + STAGING, end: memory.buffer.byteLength }];
    this.#renew();
  }

  /** All of the memory as elements of the array's type. */
  view(like: FloatTypedArray): FloatTypedArray<ArrayBuffer>;
  view(like: NumericArray): NumericArray<ArrayBuffer>;
  view(like: NumericArray): NumericArray<ArrayBuffer> {
    return like.BYTES_PER_ELEMENT === 8 ? this.f64 : typeName(like) === 'Int32Array' ? this.i32 : this.f32;
  }

  array<A extends NumericArray>(type: NumericArrayConstructor<A>, pointer: number, length: number): A {
    return new type(this.buffer, pointer, length);
  }

  /** The first elements of the staging area. Short views are kept: to make one takes longer than to fill it. */
  stagingView(bytesPerElement: number, length: number): FloatTypedArray<ArrayBuffer> {
    const kept = bytesPerElement === 4 ? this.#f32Views : this.#f64Views;
    const all = bytesPerElement === 4 ? this.f32 : this.f64;
    const start = this.staging / bytesPerElement;
    if (length >= KEPT) return all.subarray(start, start + length);
    return (kept[length] ??= all.subarray(start, start + length));
  }

  /** The address of a block of at least `bytes` bytes, aligned to a cache line. */
  allocate(bytes: number): number {
    const size = Math.max(ALIGNMENT, Math.ceil(bytes / ALIGNMENT) * ALIGNMENT) + (bytes < LONG ? 0 : STAGGER);
    let i = this.#free.findIndex((block) => block.end - block.start >= size);
    if (i < 0) {
      this.#grow(size);
      i = this.#free.length - 1;
    }
    const block = this.#free[i]!;
    const pointer = block.start;
    block.start += size;
    if (block.start === block.end) this.#free.splice(i, 1);
    this.#sizes.set(pointer, size);
    this.#used += size;
    return pointer;
  }

  /** Grows now, if need be, so that allocations of `bytes` bytes in a few pieces do not. */
  reserve(bytes: number): void {
    const size = bytes + 16 * (ALIGNMENT + STAGGER);
    if (!this.#free.some((block) => block.end - block.start >= size)) this.#grow(size);
  }

  /** Runs an action that may let the heap grow; with its result, the arrays, those in the heap as new views if it did. */
  keeping<A extends NumericArray, T>(arrays: readonly A[], action: () => T): [A[], T] {
    const { buffer } = this;
    const places = arrays.map((array) => (array.buffer === buffer ? { pointer: array.byteOffset, length: array.length } : undefined));
    const result = action();
    if (this.buffer === buffer) return [arrays as A[], result];
    return [arrays.map((array, i) => (places[i] ? this.array(array.constructor as NumericArrayConstructor<A>, places[i].pointer, places[i].length) : array)), result];
  }

  release(pointer: number): void {
    const size = this.#sizes.get(pointer);
    if (size === undefined) throw new Error(`no block of the allocator starts at ${pointer}`);
    this.#sizes.delete(pointer);
    this.#used -= size;
    this.#insert(pointer, pointer + size);
  }

  usage(): { bytes: number; used: number; free: number; arrays: number } {
    const bytes = this.buffer.byteLength;
    return { bytes, used: this.#used, free: bytes - BASE - STAGING - this.#used, arrays: this.#sizes.size };
  }

  #insert(start: number, end: number): void {
    let low = 0;
    for (let high = this.#free.length; low < high; ) {
      const middle = (low + high) >> 1;
      if (this.#free[middle]!.start < start) low = middle + 1;
      else high = middle;
    }
    const before = this.#free[low - 1];
    const after = this.#free[low];
    if (before?.end === start) {
      before.end = after?.start === end ? after.end : end;
      if (after?.start === end) this.#free.splice(low, 1);
    } else if (after?.start === end) {
      after.start = start;
    } else {
      this.#free.splice(low, 0, { start, end });
    }
  }

  #grow(size: number): void {
    const end = this.buffer.byteLength;
    const last = this.#free.at(-1);
    const missing = size - (last?.end === end ? end - last.start : 0);
    try {
      this.#memory.grow(Math.ceil(missing / PAGE));
    } catch (cause) {
      throw new RangeError(`the memory cannot grow by ${missing} bytes; it has ${end}`, { cause });
    }
    this.#renew();
    this.#insert(end, this.buffer.byteLength);
  }

  #renew(): void {
    this.buffer = this.#memory.buffer;
    this.u8 = new Uint8Array(this.buffer);
    this.i32 = new Int32Array(this.buffer);
    this.f32 = new Float32Array(this.buffer);
    this.f64 = new Float64Array(this.buffer);
    this.#f32Views = new Array<undefined>(KEPT).fill(undefined);
    this.#f64Views = new Array<undefined>(KEPT).fill(undefined);
  }
}
