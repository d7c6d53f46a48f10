/// <reference lib="esnext.disposable" preserve="true" />
import { describe, typeName } from './describe.js';
import type { Heap } from './heap.js';
import type { FloatTypedArray, NumericArray, NumericArrayConstructor } from './numeric.js';

/** What the functions take: a typed array, or one that lives in wasm memory. */
export type FloatArray = FloatTypedArray | WasmArray | WasmArray<Float64Array>;
export type IntArray = Int32Array | WasmArray<Int32Array>;

export const dispose: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for('Symbol.dispose');

/** Releases the blocks of arrays that were forgotten. */
const forgotten =
  typeof FinalizationRegistry === 'undefined'
    ? undefined
    : new FinalizationRegistry<{ heap: Heap; pointer: number }>(({ heap, pointer }) => { heap.release(pointer); });

/** Keeps an array alive as long as a view of it is in use. */
const owners = new WeakMap<NumericArray, WasmArray<NumericArray>>();

/**
 * An array in wasm memory, on which the functions work without a copy. Made by `allocate`, which also zeroes it, or
 * by `wrap`. Give it back with `free()` or `using`; a forgotten one is reclaimed with the garbage.
 */
export class WasmArray<A extends NumericArray = Float32Array> {
  readonly length: number;
  readonly #heap: Heap;
  readonly #type: NumericArrayConstructor<A>;
  readonly #pointer: number;
  readonly #owned: boolean;
  #view: A | undefined;
  /** The buffer of the view: asking the view costs more. */
  #buffer: ArrayBuffer | undefined;
  #freed = false;

  /** @internal */
  constructor(heap: Heap, type: NumericArrayConstructor<A>, pointer: number, length: number, owned: boolean) {
    this.length = length;
    this.#heap = heap;
    this.#type = type;
    this.#pointer = pointer;
    this.#owned = owned;
    if (owned) forgotten?.register(this, { heap, pointer }, this);
  }

  /** The elements: a view that is made anew when the memory has grown, so ask for it again rather than keep it. */
  get data(): A {
    this.#requireAlive();
    const { buffer } = this.#heap;
    if (this.#view === undefined || this.#buffer !== buffer) {
      this.#view = this.#heap.array(this.#type, this.#pointer, this.length);
      this.#buffer = buffer;
      owners.set(this.#view, this);
    }
    return this.#view;
  }

  /** The address in bytes. */
  get pointer(): number {
    this.#requireAlive();
    return this.#pointer;
  }

  get type(): NumericArrayConstructor<A> {
    return this.#type;
  }

  get freed(): boolean {
    return this.#freed;
  }

  /** Whether it lives in this heap. @internal */
  isIn(heap: Heap): boolean {
    return this.#heap === heap;
  }

  /**
   * Whether this and `other` live in the heap, hold floats of the same type and number, and are the same elements or share
   * none: then an elementwise kernel can run on their addresses as they are. @internal
   */
  alongside(other: WasmArray<NumericArray>, heap: Heap): boolean {
    const distance = Math.abs(this.#pointer - other.#pointer);
    return (
      this.#heap === heap && other.#heap === heap && !this.#freed && !other.#freed &&
      (this.#type as unknown) === other.#type && this.#type.name !== 'Int32Array' && this.length === other.length &&
      (distance === 0 || distance >= this.length * this.#type.BYTES_PER_ELEMENT)
    );
  }

  /** Gives the memory back. Views of it must not be used any more. */
  free(): void {
    this.#requireAlive();
    this.#freed = true;
    this.#view = undefined;
    if (!this.#owned) return;
    forgotten?.unregister(this);
    this.#heap.release(this.#pointer);
  }

  [dispose](): void {
    if (!this.#freed) this.free();
  }

  #requireAlive(): void {
    if (this.#freed) throw new Error(`WasmArray: this ${this.#type.name} of ${this.length} was freed`);
  }
}

/**
 * The typed array behind an argument, or a TypeError that names the operation and the argument. `types` are the
 * names of the element types that are allowed.
 */
export function typedArray<A extends NumericArray = FloatTypedArray>(operation: string, argument: string, value: unknown, types = FLOATS): A {
  // The ordinary case first; what follows also sees arrays of other realms, and detached ones.
  if ((value instanceof Float32Array || value instanceof Float64Array) && types === FLOATS && value.length > 0) return value as NumericArray as A;
  if (value instanceof WasmArray) {
    if (value.freed) throw new Error(`${operation}: ${argument} is a WasmArray that was freed`);
    return typedArray(operation, argument, value.data, types);
  }
  if (!ArrayBuffer.isView(value) || !types.includes(typeName(value))) {
    throw new TypeError(`${operation}: ${argument} must be ${types.map(withArticle).join(', ')} or a WasmArray of one, got ${describe(value)}`);
  }
  const view = value as A;
  if (view.length === 0 && isDetached(view.buffer)) {
    throw new TypeError(`${operation}: the buffer of ${argument} is detached; the .data of a WasmArray is to be asked for again once memory has grown`);
  }
  return view;
}

const withArticle = (noun: string): string => `${/^[AEIOU]/.test(noun) ? 'an' : 'a'} ${noun}`;

export const FLOATS: readonly string[] = ['Float32Array', 'Float64Array'];
export const INTEGERS: readonly string[] = ['Int32Array'];

/** As typedArray, of the same element type as `like`. */
export function ofType<A extends NumericArray>(operation: string, argument: string, value: unknown, like: A, likeName: string): A {
  const view = typedArray<A>(operation, argument, value, FLOATS);
  if (view.BYTES_PER_ELEMENT !== like.BYTES_PER_ELEMENT) throw new TypeError(`${operation}: ${argument} must be a ${typeName(like)} like ${likeName}, got ${describe(view)}`);
  return view;
}

/** As ofType, of `length` elements. */
export function matching<A extends NumericArray>(operation: string, argument: string, value: unknown, like: A, likeName: string, length = like.length): A {
  const view = ofType(operation, argument, value, like, likeName);
  if (view.length !== length) {
    throw new RangeError(`${operation}: ${argument} must have ${length} elements${length === like.length ? ` like ${likeName}` : ''}, got ${view.length}`);
  }
  return view;
}

/** A new array of the element type of `like`. */
export function create<A extends NumericArray>(like: A, length: number): A {
  return (like.BYTES_PER_ELEMENT === 8 ? new Float64Array(length) : new Float32Array(length)) as A;
}

/** No elements, of the type of `like`: always the same arrays, since an engine takes its time to make the buffer of a new one. */
export const none = <A extends NumericArray>(like: A): A => (like.BYTES_PER_ELEMENT === 8 ? NO_DOUBLES : NO_SINGLES) as NumericArray as A;

const NO_SINGLES = /* @__PURE__ */ new Float32Array(0);
const NO_DOUBLES = /* @__PURE__ */ new Float64Array(0);

/** Whether two views of one buffer share some bytes without being the same elements. */
export function overlaps(x: NumericArray, y: NumericArray): boolean {
  return (
    (x.byteOffset !== y.byteOffset || x.byteLength !== y.byteLength) &&
    x.byteOffset < y.byteOffset + y.byteLength &&
    y.byteOffset < x.byteOffset + x.byteLength
  );
}

function isDetached(buffer: ArrayBufferLike): boolean {
  try {
    new Uint8Array(buffer);
    return false;
  } catch {
    return true;
  }
}
