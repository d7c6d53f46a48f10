import { describe } from '../describe.js';
import type { FloatArray, PackedWeights } from '../index.js';
import { allow, checkedCount, checkedOptions } from '../options.js';
import { CONTEXT_OPTIONS, Context, type ContextOptions, type Floats, Rows } from './context.js';
import { type Initialization, fitting, initializations } from './initializations.js';
import { type BackwardOptions, type Layer, type Parameter, type Place, placedAlready, rowsOf, wasFreed } from './layer.js';

export interface LinearLayerOptions extends ContextOptions {
  /** Whether there is a bias, which begins as 0; default true. */
  readonly bias?: boolean | undefined;
  /** What the weight begins as; default: what keeps the signal's size through the activation before it in a Sequential. */
  readonly initialization?: Initialization | undefined;
}

const OPTIONS = allow(...CONTEXT_OPTIONS, 'bias', 'initialization');

/** The linear layer z = x Wᵀ + b with a weight [outFeatures, inFeatures] and a bias [outFeatures]. */
export class Linear implements Layer {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly title: string;
  readonly #options: LinearLayerOptions;
  #built: Built | undefined;
  #isFreed = false;
  #x: Floats | undefined;

  constructor(inFeatures: number, outFeatures: number, options: LinearLayerOptions = {}) {
    this.inFeatures = checkedCount('Linear', 'inFeatures', inFeatures);
    this.outFeatures = checkedCount('Linear', 'outFeatures', outFeatures);
    this.title = `Linear(${inFeatures}, ${outFeatures})`;
    checkedOptions(this.title, options, OPTIONS);
    this.#options = options;
    const { bias, initialization } = options;
    if (bias !== undefined && typeof bias !== 'boolean') throw new TypeError(`${this.title}: bias must be a boolean, got ${describe(bias)}`);
    if (initialization !== undefined && !Object.hasOwn(initializations, initialization)) {
      throw new RangeError(`${this.title}: there is no initialization ${describe(initialization)}, only ${Object.keys(initializations).join(', ')}`);
    }
  }

  build(context: Context, { features, previous }: Place): number {
    const { inFeatures, outFeatures, title } = this;
    if (this.#built) throw placedAlready(title);
    if (features !== undefined && features !== inFeatures) throw new RangeError(`${title}: it takes ${inFeatures} features, ${features} come in`);
    const { bias = true, initialization } = this.#options;
    const parameter = (name: string, shape: readonly number[]): Parameter => {
      const length = shape.reduce((product, size) => product * size, 1);
      return { name, shape, value: context.allocate(length), gradient: context.allocate(length), context };
    };
    const weight = parameter('weight', [outFeatures, inFeatures]);
    this.#built = {
      context,
      weight,
      bias: bias ? parameter('bias', [outFeatures]) : undefined,
      packed: undefined,
      x: new Rows(context, inFeatures),
      y: new Rows(context, outFeatures),
      dx: new Rows(context, inFeatures),
    };
    const initialize = initialization === undefined ? fitting(previous?.meanSquare) : initializations[initialization];
    initialize(weight.value.data, context.random, inFeatures, outFeatures);
    this.#isFreed = false;
    return outFeatures;
  }

  get features(): number {
    return this.outFeatures;
  }

  get weight(): Floats {
    return this.#parts.weight.value;
  }

  get bias(): Floats | undefined {
    return this.#parts.bias?.value;
  }

  get parameters(): readonly Parameter[] {
    const { weight, bias } = this.#parts;
    return bias ? [weight, bias] : [weight];
  }

  forward(x: FloatArray): Floats {
    const parts = this.#parts;
    const { context: { backend }, weight, bias, packed } = parts;
    const rows = rowsOf(this.title, x, 'x', this.inFeatures);
    this.#x = parts.x.holding(x, rows);
    return backend.linear(this.#x, packed ?? weight.value, bias?.value, { outFeatures: this.outFeatures, out: parts.y.of(rows) });
  }

  backward(dy: FloatArray, { accumulate = false, dx = true }: BackwardOptions = {}): Floats | null {
    const { context: { backend }, weight, bias, packed, dx: target } = this.#parts;
    const x = this.#x;
    if (!x) throw new Error(`${this.title}: backward needs a forward before it`);
    if (packed) throw new Error(`${this.title}: it is frozen; freeze(false) lets it learn`);
    const out = { dx: dx ? target.of(x.length / this.inFeatures) : null, dWeight: weight.gradient, dBias: bias?.gradient ?? null };
    backend.linear.backward(dy, x, weight.value, { accumulate, outFeatures: this.outFeatures, out });
    return out.dx;
  }

  /** Takes the weight as it is now for good, which saves packing it at every call of forward; or no longer. A frozen layer has no backward. */
  freeze(frozen = true): void {
    const parts = this.#parts;
    parts.packed?.free();
    parts.packed = frozen ? parts.context.backend.packWeights(parts.weight.value, { outFeatures: this.outFeatures }) : undefined;
  }

  free(): void {
    this.#isFreed = true;
    if (!this.#built) return;
    const { weight, bias, packed, x, y, dx } = this.#built;
    for (const parameter of [weight, bias]) for (const array of [parameter?.value, parameter?.gradient]) array?.free();
    for (const part of [x, y, dx, packed]) part?.free();
    this.#built = undefined;
    this.#x = undefined;
  }

  get #parts(): Built {
    if (this.#isFreed) throw wasFreed(this.title);
    if (!this.#built) this.build(new Context(this.#options), { features: undefined, previous: undefined });
    return this.#built!;
  }
}

interface Built {
  readonly context: Context;
  readonly weight: Parameter;
  readonly bias: Parameter | undefined;
  /** The weight as it is for good. */
  packed: PackedWeights | undefined;
  readonly x: Rows;
  readonly y: Rows;
  readonly dx: Rows;
}
