import * as defaults from '../index.js';
import type { Backend, BinaryCrossEntropyOptions, FloatArray, IntArray, SoftmaxCrossEntropyOptions } from '../index.js';
import { type Allowed, allow, checkedOptions } from '../options.js';
import { Context, type Floats, Rows } from './context.js';

export interface LossLayerOptions {
  /** That of the network; default: the functions of the package. */
  readonly backend?: Backend | undefined;
}

/** What of the losses is one number for all rows. */
export type LossReduction = 'mean' | 'sum';

/** The end of a network in training: a number from its outputs and the targets, and the gradient where it begins. */
abstract class Loss<Targets, Options extends object> {
  /** The names of the options. */
  protected static readonly allowed: Allowed = allow('backend', 'reduction');
  protected readonly backend: Backend;
  protected readonly options: Omit<Options, 'backend'>;
  #gradients: { readonly type: unknown; readonly rows: Rows } | undefined;
  #gradient: Floats | undefined;

  constructor(options: LossLayerOptions & Options = {} as LossLayerOptions & Options) {
    checkedOptions(new.target.name, options, new.target.allowed);
    const { backend = defaults, ...others } = options;
    const { reduction = 'mean' } = others as { readonly reduction?: unknown };
    if (reduction !== 'mean' && reduction !== 'sum') throw new RangeError(`${new.target.name}: reduction must be 'mean' or 'sum', got ${String(reduction)}`);
    this.backend = backend;
    this.options = others;
  }

  protected abstract compute(y: FloatArray, targets: Targets, out: Floats): number;

  /** The loss. */
  forward(y: FloatArray, targets: Targets): number {
    const type = ArrayBuffer.isView(y) ? (y.BYTES_PER_ELEMENT === 8 ? Float64Array : Float32Array) : y?.type;
    if (!this.#gradients || this.#gradients.type !== type) {
      this.free();
      this.#gradients = { type, rows: new Rows(new Context({ backend: this.backend, type }), 1) };
    }
    const out = this.#gradients.rows.of(y?.length ?? 0);
    this.#gradient = undefined;
    const loss = this.compute(y, targets, out);
    this.#gradient = out;
    return loss;
  }

  /** Its gradient with respect to the outputs that the last `forward` was given. */
  backward(): Floats {
    if (!this.#gradient) throw new Error(`${this.constructor.name}: backward needs a forward before it`);
    return this.#gradient;
  }

  free(): void {
    this.#gradients?.rows.free();
    this.#gradients = undefined;
    this.#gradient = undefined;
  }
}

export type SoftmaxCrossEntropyLayerOptions = LossLayerOptions & Omit<SoftmaxCrossEntropyOptions<LossReduction>, 'out' | 'shape' | 'axis'>;

/**
 * Softmax and cross-entropy in one: of logits, and of labels as an Int32Array or of rows of probabilities, for which it needs
 * `columns`. With labels alone, the logits of a row are as many as the lengths say; `columns` makes sure that they fit.
 */
export class SoftmaxCrossEntropy extends Loss<IntArray | FloatArray, SoftmaxCrossEntropyLayerOptions> {
  protected static override readonly allowed = allow('backend', 'reduction', 'columns', 'weight', 'ignoreIndex', 'labelSmoothing');

  protected compute(logits: FloatArray, targets: IntArray | FloatArray, out: Floats): number {
    return this.backend.softmaxCrossEntropy(logits, targets, { ...this.options, columns: this.options.columns ?? columnsOf(logits, targets), out }).loss;
  }
}

/** Of labels there is one a row; undefined where one of them is no array. */
function columnsOf(logits: FloatArray, targets: IntArray | FloatArray): number | undefined {
  const columns = logits?.length / targets?.length;
  if (Number.isNaN(columns)) return undefined;
  if (columns === 1) throw new TypeError('SoftmaxCrossEntropy: with targets as long as the logits it needs columns');
  if (!Number.isInteger(columns)) throw new RangeError(`SoftmaxCrossEntropy: targets must have one label a row, got ${targets.length} for ${logits.length} logits`);
  return columns;
}

export type BinaryCrossEntropyLayerOptions = LossLayerOptions & Omit<BinaryCrossEntropyOptions<LossReduction>, 'out'>;

/** The binary cross-entropy of logits and targets from 0 to 1. */
export class BinaryCrossEntropyWithLogits extends Loss<FloatArray, BinaryCrossEntropyLayerOptions> {
  protected static override readonly allowed = allow('backend', 'reduction', 'posWeight', 'columns', 'shape', 'axis');

  protected compute(logits: FloatArray, targets: FloatArray, out: Floats): number {
    return this.backend.binaryCrossEntropyWithLogits(logits, targets, { ...this.options, out }).loss;
  }
}

export interface MeanSquaredErrorLayerOptions extends LossLayerOptions {
  readonly reduction?: LossReduction | undefined;
}

/** The mean, or with `reduction` the sum, of the squares of what is missing to the targets. */
export class MeanSquaredError extends Loss<FloatArray, MeanSquaredErrorLayerOptions> {
  protected compute(y: FloatArray, targets: FloatArray, out: Floats): number {
    return this.backend.meanSquaredError(y, targets, { ...this.options, out }).loss;
  }
}
