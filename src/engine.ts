import type { KernelParameters } from './catalogue/index.js';
import { Heap, type LinearMemory } from './heap.js';

/** The exports of the kernel module, or what the fallback has in their place: see assembly/index.ts. */
export type Kernels = Readonly<Record<string, (...operands: number[]) => number>>;
export type Kernel = Kernels[string];

/** What a backend runs on. */
export interface Features {
  /** `wasm` or, where that cannot be had, `javascript`. */
  readonly backend: 'wasm' | 'javascript';
  readonly simd: boolean;
  /** Whether multiplications and additions are one step where the processor can: the last bits depend on the machine then. */
  readonly relaxedSimd: boolean;
  readonly threads: number;
  /** Why something is off. */
  readonly reason?: string;
}

/** A memory and the kernels that work on it. */
export class Engine {
  readonly heap: Heap;
  #kernels: Kernels;
  #features: Features;
  #isWasm: boolean;
  #parameters: KernelParameters | undefined;

  constructor(memory: LinearMemory, kernels: Kernels, features: Features) {
    this.heap = new Heap(memory);
    this.#kernels = kernels;
    this.#features = features;
    this.#isWasm = features.backend === 'wasm';
  }

  get kernels(): Kernels {
    return this.#kernels;
  }

  get features(): Features {
    return this.#features;
  }

  /** Whether the kernels are wasm, so that loops of their bits may stand in for them where the arrays are short. */
  get isWasm(): boolean {
    return this.#isWasm;
  }

  /** Goes on with other kernels over the same memory. */
  replaceKernels(kernels: Kernels, features: Features): void {
    this.#kernels = kernels;
    this.#features = features;
    this.#isWasm = features.backend === 'wasm';
    this.#parameters = undefined;
  }

  /** Sets what the next kernel reads as its parameters, unless it is what the last one read. */
  setParameters(p: KernelParameters): void {
    if (p === this.#parameters) return;
    this.#kernels.setParameters!(p.a, p.b, p.c, p.lower, p.upper);
    this.#parameters = p;
  }
}

/** One kernel by name for f32 and f64, looked up once an engine and not at every call. */
export class KernelPair {
  readonly #stem: string;
  #kernels: Kernels | undefined;
  #f32!: Kernel;
  #f64!: Kernel;

  constructor(stem: string) {
    this.#stem = stem;
  }

  of(kernels: Kernels, bytesPerElement: number): Kernel {
    if (kernels !== this.#kernels) {
      this.#f32 = kernels[`${this.#stem}_f32`]!;
      this.#f64 = kernels[`${this.#stem}_f64`]!;
      this.#kernels = kernels;
    }
    return bytesPerElement === 4 ? this.#f32 : this.#f64;
  }
}
