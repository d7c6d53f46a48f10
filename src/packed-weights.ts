import { type FloatArray, WasmArray, dispose, typedArray } from './arrays.js';
import { borrowing } from './blocks.js';
import { describe } from './describe.js';
import type { Engine } from './engine.js';
import type { Heap } from './heap.js';
import { Matrices } from './matrices.js';
import type { FloatTypedArray, NumericArrayConstructor } from './numeric.js';
import { allocate } from './operations.js';
import { allow, checkedOptions } from './options.js';
import { solveSizes } from './sizes.js';

/** The sizes of a weight, of which one is enough, and where it is packed. */
export interface PackWeightsOptions {
  readonly inFeatures?: number | undefined;
  readonly outFeatures?: number | undefined;
  /** Packed weights of the same sizes and type, which are overwritten: after a step of training. */
  readonly out?: PackedWeights | undefined;
}

/** A weight as the kernel of the linear layer reads it: once here, then in place of the weight in every call of `linear`. */
export type PackWeights = (weight: FloatArray, options?: PackWeightsOptions) => PackedWeights;

const NAME = 'packWeights';
const ALLOWED = allow('inFeatures', 'outFeatures', 'out');

/** The weight of a linear layer in the order in which its kernel reads it, in wasm memory. Made by `packWeights`. */
export class PackedWeights {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly #array: WasmArray<FloatTypedArray>;

  /** @internal */
  constructor(array: WasmArray<FloatTypedArray>, inFeatures: number, outFeatures: number) {
    this.#array = array;
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
  }

  /** Float32Array or Float64Array. */
  get type(): NumericArrayConstructor<FloatTypedArray> {
    return this.#array.type;
  }

  get freed(): boolean {
    return this.#array.freed;
  }

  /** Gives the memory back; a forgotten one is reclaimed with the garbage. */
  free(): void {
    if (this.freed) throw new Error(`PackedWeights: these packed weights of [outFeatures ${this.outFeatures}, inFeatures ${this.inFeatures}] were freed`);
    this.#array.free();
  }

  [dispose](): void {
    if (!this.freed) this.free();
  }

  /** Whether an array in the heap is the weight of such sizes and type. @internal */
  isLike(weight: FloatArray, heap: Heap): weight is WasmArray {
    return weight instanceof WasmArray && !weight.freed && weight.isIn(heap) && (weight.type as unknown) === this.type && weight.length === this.inFeatures * this.outFeatures;
  }

  /** The address of the panels in the heap, for an operation on elements of so many bytes. @internal */
  addressIn(operation: string, heap: Heap, bytesPerElement: number): number {
    if (this.freed) throw new Error(`${operation}: the packed weights were freed`);
    if (!this.#array.isIn(heap)) throw new TypeError(`${operation}: the packed weights are another backend's`);
    if (this.type.BYTES_PER_ELEMENT !== bytesPerElement) throw new TypeError(`${operation}: the packed weights are those of a ${this.type.name}, the other arrays are of the other type`);
    return this.#array.pointer;
  }
}

export function packWeights(engine: () => Engine): PackWeights {
  return (weight, options) => {
    const current = engine();
    const { heap } = current;
    checkedOptions(NAME, options, ALLOWED);
    const { out: given } = options ?? {};
    if (given instanceof PackedWeights && given.isLike(weight, heap) && options!.inFeatures === undefined && options!.outFeatures === undefined) {
      // The ordinary case in training: all of it is in the heap, and known.
      const size = weight.type.BYTES_PER_ELEMENT;
      new Matrices(current, size).pack(weight.pointer, true, given.inFeatures, given.outFeatures, given.addressIn(NAME, heap, size));
      return given;
    }
    const source = typedArray(NAME, 'weight', weight);
    const out = checkedOut(options?.out);
    const sizes = { outFeatures: out?.outFeatures, inFeatures: out?.inFeatures, ...definedOf(options) };
    const { inFeatures: k, outFeatures: n } = solveSizes(NAME, sizes, ['outFeatures', 'inFeatures'], [
      { name: 'weight', length: source.length, of: ['outFeatures', 'inFeatures'] },
    ]) as Record<'inFeatures' | 'outFeatures', number>;
    const matrices = new Matrices(current, source.BYTES_PER_ELEMENT);
    if (out && (out.inFeatures !== k || out.outFeatures !== n)) {
      throw new RangeError(`${NAME}: out has [outFeatures ${out.outFeatures}, inFeatures ${out.inFeatures}], the weight [outFeatures ${n}, inFeatures ${k}]`);
    }
    const [[kept], packed] = heap.keeping([source], () => out ?? new PackedWeights(allocate(heap, constructorOf(source), matrices.packedLength(k, n)), k, n));
    const address = packed.addressIn(`${NAME}: out`, heap, source.BYTES_PER_ELEMENT);
    borrowing(heap, [kept!], [], 0, ([w], memory) => {
      matrices.pack(memory.input(w!), true, k, n, address);
    });
    return packed;
  };
}

const constructorOf = (array: FloatTypedArray): NumericArrayConstructor<FloatTypedArray> => (array.BYTES_PER_ELEMENT === 8 ? Float64Array : Float32Array);

const definedOf = (options: PackWeightsOptions | undefined): object =>
  Object.fromEntries(Object.entries(options ?? {}).filter(([key, value]) => key !== 'out' && value !== undefined));

function checkedOut(out: unknown): PackedWeights | undefined {
  if (out !== undefined && !(out instanceof PackedWeights)) throw new TypeError(`${NAME}: out must be what packWeights returns, got ${describe(out)}`);
  return out;
}
