import { describe } from '../describe.js';
import * as defaults from '../index.js';
import type { Activation as ActivationFunction, ActivationLike, Backend, Diagnosis, FloatArray, RowsActivation } from '../index.js';
import { allow, checkedOptions } from '../options.js';
import { CONTEXT_OPTIONS, Context, type ContextOptions, type Floats, Rows } from './context.js';
import { meanSquareOf } from './initializations.js';
import { type BackwardOptions, type Layer, type Parameter, type Place, placedAlready, wasFreed } from './layer.js';

export interface ActivationLayerOptions extends ContextOptions {
  /** For a function of rows: their length. In a Sequential the layer before decides it. */
  readonly columns?: number | undefined;
}

/** What an activation layer takes: an elementwise function or one of rows, its name, or `op` with one of them and its parameters. */
export type LayerActivation = ActivationLike | RowsActivation | { readonly op: RowsActivation };

/** An elementwise function, or one of rows. */
interface Differentiable {
  <X extends FloatArray | number>(x: X, options: object): X;
  readonly backward: (dy: FloatArray, x: FloatArray, options: object) => Floats;
  readonly backwardFromOutput?: (dy: FloatArray | number, y: FloatArray | number, options: object) => Floats;
}

const OF_ROWS = ['softmax', 'logSoftmax', 'softmin', 'sparsemax'] as const;

const OPTIONS = allow(...CONTEXT_OPTIONS, 'columns');

/** An activation function as a layer. */
export class Activation implements Layer {
  readonly title: string;
  readonly parameters: readonly Parameter[] = [];
  readonly #name: string;
  readonly #settings: object;
  readonly #options: ActivationLayerOptions;
  #built: Built | undefined;
  #isFreed = false;
  #x: Floats | undefined;

  constructor(activation: LayerActivation, options: ActivationLayerOptions = {}) {
    const { op, ...settings } = typeof activation === 'object' && activation !== null ? activation : { op: activation };
    const name: unknown = typeof op === 'string' ? op : (op as Partial<ActivationFunction>)?.info?.name;
    if (typeof name !== 'string') throw new TypeError(`Activation: activation must be a function of the package, its name, or { op } with one of them, got ${describe(activation)}`);
    this.#name = name;
    functionNamed(defaults, this.#name);
    this.#settings = settings;
    checkedOptions('Activation', options, OPTIONS);
    this.#options = options;
    const given = Object.entries(settings).map(([key, value]) => `, ${key} ${String(value)}`);
    this.title = `Activation(${this.#name}${given.join('')})`;
  }

  build(context: Context, { features = this.#options.columns }: Place): number | undefined {
    if (this.#built) throw placedAlready(this.title);
    const f = functionNamed(context.backend, this.#name);
    const isOfRows = OF_ROWS.includes(this.#name as (typeof OF_ROWS)[number]);
    if (isOfRows && features === undefined) throw new TypeError(`${this.title}: a function of rows needs their length as columns`);
    const settings = isOfRows ? { ...this.#settings, columns: features } : this.#settings;
    // A wrong parameter is to be found now, not at the first batch.
    if (isOfRows) f(new Float32Array(features!), settings);
    else f(0, settings);
    this.#built = { f, fromOutput: isFromOutput(f, settings, isOfRows), isOfRows, settings, features, context, x: new Rows(context, 1), y: new Rows(context, 1), dx: new Rows(context, 1) };
    this.#isFreed = false;
    return features;
  }

  get features(): number | undefined {
    return this.#built?.features;
  }

  get meanSquare(): number | undefined {
    if (!this.#built || this.#built.isOfRows) return undefined;
    const { f, settings } = this.#built;
    return meanSquareOf((u) => f(u, settings));
  }

  /** What of the outputs is dead or saturated, and their mean and variance; undefined before the first forward, and for functions of rows. */
  diagnoseOutput(): Diagnosis | undefined {
    if (!this.#x || !this.#built || this.#built.isOfRows) return undefined;
    const { context: { backend }, features, y } = this.#built;
    return backend.diagnose(y.of(this.#x.length), { op: this.#name, ...this.#settings }, features === undefined ? {} : { columns: features });
  }

  forward(x: FloatArray): Floats {
    const { f, settings, x: inputs, y } = this.#parts;
    this.#x = inputs.holding(x, x.length);
    return f(this.#x, { ...settings, out: y.of(x.length) });
  }

  backward(dy: FloatArray, { dx: isWanted = true }: BackwardOptions = {}): Floats | null {
    const { f, fromOutput, settings, y, dx } = this.#parts;
    const x = this.#x;
    if (!x) throw new Error(`${this.title}: backward needs a forward before it`);
    if (!isWanted) return null;
    const options = { ...settings, out: dx.of(x.length) };
    return fromOutput ? f.backwardFromOutput!(dy, y.of(x.length), options) : f.backward(dy, x, options);
  }

  free(): void {
    this.#isFreed = true;
    if (!this.#built) return;
    const { x, y, dx } = this.#built;
    for (const rows of [x, y, dx]) rows.free();
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
  readonly f: Differentiable;
  /** Whether the derivative is taken of the output, which is cheaper. */
  readonly fromOutput: boolean;
  readonly isOfRows: boolean;
  readonly settings: object;
  readonly features: number | undefined;
  readonly context: Context;
  readonly x: Rows;
  readonly y: Rows;
  readonly dx: Rows;
}

function functionNamed(backend: Backend, name: string): Differentiable {
  const all: object = { ...backend.activations, ...Object.fromEntries(OF_ROWS.map((key) => [key, backend[key]])) };
  const found = name.split('.').reduce<unknown>((place, key) => (place != null && Object.hasOwn(place, key) ? (place as Record<string, unknown>)[key] : undefined), all);
  if (typeof found === 'function' && 'backward' in found) return found as unknown as Differentiable;
  throw new RangeError(`Activation: there is no activation ${name}, only ${Object.keys(all).join(', ')}`);
}

/** Whether f' is a function of y, also with these parameters. */
function isFromOutput(f: Differentiable, settings: object, isOfRows: boolean): boolean {
  if (!f.backwardFromOutput) return false;
  if (isOfRows) return true;
  try {
    f.backwardFromOutput(0, 0, settings);
    return true;
  } catch {
    return false;
  }
}
