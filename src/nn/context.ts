import { describe } from '../describe.js';
import * as defaults from '../index.js';
import type { Backend, FloatArray, NumericArrayConstructor, WasmArray } from '../index.js';
import { Random } from './random.js';

/** Floats in wasm memory. */
export type Floats = WasmArray | WasmArray<Float64Array>;

export type FloatType = NumericArrayConstructor<Float32Array> | NumericArrayConstructor<Float64Array>;

/** The names of the options. */
export const CONTEXT_OPTIONS = ['backend', 'type', 'seed'] as const;

/** Where a network lives. Of layers in a Sequential, these are the network's, not their own. */
export interface ContextOptions {
  /** The functions and the memory; default: those of the package. */
  readonly backend?: Backend | undefined;
  /** Float32Array, the default, or Float64Array. */
  readonly type?: FloatType | undefined;
  /** Of the initial weights: the same seed, the same weights. Without one they are others every time. */
  readonly seed?: number | undefined;
}

export class Context {
  readonly backend: Backend;
  readonly type: FloatType;
  readonly random: Random;

  constructor({ backend = defaults, type = Float32Array, seed }: ContextOptions = {}) {
    if (type !== Float32Array && type !== Float64Array) throw new TypeError(`sigmoidal/nn: type must be Float32Array or Float64Array, got ${typeof type === 'function' ? (type as { name: string }).name : describe(type)}`);
    if (typeof (backend as Partial<Backend> | null)?.allocate !== 'function') throw new TypeError(`sigmoidal/nn: backend must be what createBackend resolves to, got ${describe(backend)}`);
    this.backend = backend;
    this.type = type;
    this.random = new Random(seed);
  }

  allocate(length: number): Floats {
    return this.backend.allocate(this.type as NumericArrayConstructor<Float32Array>, length);
  }

  wrap(pointer: number, length: number): Floats {
    return this.backend.wrap(this.type as NumericArrayConstructor<Float32Array>, pointer, length);
  }
}

/** Rows in wasm memory: memory for as many as came at most, and an array over it for each number that came. */
export class Rows {
  readonly #context: Context;
  readonly #columns: number;
  readonly #arrays = new Map<number, Floats>();
  #memory: Floats | undefined;

  constructor(context: Context, columns: number) {
    this.#context = context;
    this.#columns = columns;
  }

  of(rows: number): Floats {
    const known = this.#arrays.get(rows);
    if (known) return known;
    const length = rows * this.#columns;
    if (!this.#memory || this.#memory.length < length) {
      this.free();
      this.#memory = this.#context.allocate(length);
    }
    const array = this.#memory.length === length ? this.#memory : this.#context.wrap(this.#memory.pointer, length);
    this.#arrays.set(rows, array);
    return array;
  }

  /** An array as it is if it is in wasm memory, a copy of another one. */
  holding(array: FloatArray, rows: number): Floats {
    if (!ArrayBuffer.isView(array)) return array;
    const copy = this.of(rows);
    copy.data.set(array);
    return copy;
  }

  free(): void {
    for (const array of this.#arrays.values()) if (array !== this.#memory) array.free();
    this.#arrays.clear();
    this.#memory?.free();
    this.#memory = undefined;
  }
}
