import type { FloatTypedArray } from '../../src/index.js';
import type { AnyActivation, Operation, Values } from '../operations.js';
import { type Reference, scaledProduct } from './reference.js';
import { CHUNK, float32Patterns, float64Samples, generator, specials } from './samples.js';
import { type Exact, error32, error64, nearest, ulp32, ulp64 } from './ulp.js';

/** What was met in one direction. */
export interface Met {
  /** The largest error in units in the last place, and the x or y it was met at. */
  ulps: number;
  at: number;
  /** How many inputs were looked at, and how many results were the numbers nearest to the true ones. */
  inputs: number;
  correct: number;
}

export const directions = ['forward', 'derivative', 'backward', 'backwardFromOutput'] as const;
export type Direction = (typeof directions)[number];
export type Type = 'f32' | 'f64';
export type Errors = Readonly<Record<Direction, Met>>;

const each = <V>(of: () => V): Readonly<Record<Direction, V>> => ({ forward: of(), derivative: of(), backward: of(), backwardFromOutput: of() });

export const nothingMet = (): Errors => each(() => ({ ulps: 0, at: NaN, inputs: 0, correct: 0 }));

export const largest = (errors: Partial<Errors>): Met => Object.values(errors).reduce((worst, other) => (other.ulps > worst.ulps ? other : worst));

/** What differs between the types. T is how a true value is held. */
interface Precision<T> {
  readonly FloatArray: typeof Float32Array | typeof Float64Array;
  readonly reference: (operation: Operation) => Reference<T>;
  readonly error: (result: number, truth: T) => number;
  readonly difference: (result: number, truth: T) => number;
  readonly ulp: (x: number) => number;
  /** dy truth */
  readonly times: (dy: number, truth: T) => T;
  /** The number of the type. */
  readonly nearest: (truth: T) => number;
  /** Whether a derivative is a finite number that lanes do not hold, or not with all its digits, so that its products are not to be had. */
  readonly isBeyondRange: (truth: T) => boolean;
  /** Whether a result has no error at all. */
  readonly isExact: (result: number, truth: T) => boolean;
  readonly NaN: T;
  /** Room for the true values of a chunk. */
  readonly truths: () => Truths<T>;
  /** The numbers of the type nearest to the first of them. */
  readonly round: (truths: Truths<T>, into: FloatTypedArray) => void;
}

type Truths<T> = Record<number, T>;

const float32: Precision<number> = {
  FloatArray: Float32Array,
  reference: (operation) => operation.f32,
  error: error32,
  difference: (result, truth) => Math.abs(result - truth),
  ulp: ulp32,
  times: (dy, truth) => dy * truth,
  nearest: Math.fround,
  isBeyondRange: () => false,
  isExact: (result, truth) => result === truth,
  NaN,
  truths: () => new Float64Array(CHUNK),
  round(truths, into) {
    into.set((truths as Float64Array).subarray(0, into.length));
  },
};

const float64: Precision<Exact> = {
  FloatArray: Float64Array,
  reference: (operation) => operation.f64,
  error: error64,
  difference: (result, { hi, lo }) => Math.abs(result - hi - lo),
  ulp: ulp64,
  times: scaledProduct,
  nearest,
  isBeyondRange(truth) {
    const magnitude = Math.abs(nearest(truth));
    return truth.hi !== 0 && (magnitude < 2 ** -1022 || (magnitude === Infinity && Number.isFinite(truth.hi)));
  },
  isExact: (result, { hi, lo, exponent }) => result === hi && lo === 0 && exponent === 0,
  NaN: { hi: NaN, lo: 0, exponent: 0 },
  truths: () => new Array<Exact>(CHUNK),
  round(truths, into) {
    for (let i = 0; i < into.length; i++) into[i] = nearest(truths[i]!);
  },
};

export const precisions = { f32: float32, f64: float64 };

/** How many inputs: for float32 every stride-th pattern, for float64 a count. */
export interface Density {
  readonly f32: number;
  readonly f64: number;
}

/** A million of each type, which is what the figures in the catalogue have to hold for at the least. */
export const MILLION: Density = { f32: 4093, f64: 2 ** 20 };

/** Takes the result of another sample, a later one, into the first. */
export function merge(into: Errors, other: Errors): void {
  for (const direction of directions) {
    const [met, more] = [into[direction], other[direction]];
    const { ulps, at } = more.ulps > met.ulps ? more : met;
    Object.assign(met, { ulps, at, inputs: met.inputs + more.inputs, correct: met.correct + more.correct });
  }
}

/** The largest errors of several implementations of one function over samples of a density. */
export function measure(type: Type, activations: readonly AnyActivation[], operation: Operation, values: Values, density: Density): Errors[] {
  const scan = new Scans(type, activations, operation, values);
  for (const x of type === 'f32' ? float32Patterns(density.f32) : float64Samples(density.f64)) scan.take(x);
  scan.take(specialsOf(type, operation, values));
  return scan.errors;
}

/** The neighbours of the ends of the ranges, of the kinks and of the zeros of f'. */
export function specialsOf(type: Type, { kinks, zeros }: Operation, values: Values): FloatTypedArray {
  const centres = [...(kinks?.(values) ?? []).map(({ x }) => x), ...(zeros?.(values) ?? []).map(({ at }) => at)];
  return specials(precisions[type].FloatArray, centres);
}

/** Scans of f32 and f64 alike. */
export class Scans {
  readonly errors: Errors[];
  private readonly scan: Scan<number> | Scan<Exact>;

  constructor(type: Type, activations: readonly AnyActivation[], operation: Operation, values: Values) {
    this.scan = type === 'f32' ? new Scan(float32, activations, operation, values) : new Scan(float64, activations, operation, values);
    this.errors = this.scan.errors;
  }

  take(x: FloatTypedArray): void {
    this.scan.take(x);
  }
}

/** Within 1/1000 of a zero of f': errors are counted in units of f' at this distance. */
interface Surroundings {
  readonly from: number;
  readonly to: number;
  readonly periodic: boolean;
  /** f' at the distance, the smaller of both sides. */
  readonly slope: number;
}

/** Around a kink between two numbers of the type: the derivatives on both sides, and at it. */
interface Alternatives<T> {
  readonly from: number;
  readonly to: number;
  readonly derivatives: readonly T[];
}

/**
 * Compares implementations of one function with the true one, chunk by chunk.
 *
 * The incoming gradients are 1 and random numbers up to 2^20 in turn; for f64 a product of a random one is not looked at
 * where the derivative is a subnormal number, which has lost digits already, or beyond the range. The outputs that `backwardFromOutput` is given
 * are the inputs themselves as far as they may be outputs, elsewhere the true outputs, rounded.
 */
class Scan<T> {
  readonly errors: Errors[];
  private readonly truth: Reference<T>;
  private readonly fromOutput: Reference<T>['fromOutput'];
  private readonly outputs: readonly [number, number];
  private readonly kinks: readonly Alternatives<T>[];
  private readonly zeros: readonly Surroundings[];
  private readonly gradients: FloatTypedArray;
  private readonly outs: readonly Readonly<Record<Direction, FloatTypedArray>>[];
  private readonly outputValues: FloatTypedArray;
  private readonly truths: Truths<T>;
  private readonly products: Truths<T>;
  private readonly expected: FloatTypedArray;
  private chunks = 0;

  constructor(
    private readonly precision: Precision<T>, private readonly activations: readonly AnyActivation[], operation: Operation, private readonly values: Values,
  ) {
    const { FloatArray } = precision;
    this.errors = activations.map(nothingMet);
    this.outs = activations.map(() => each(() => new FloatArray(CHUNK)));
    this.outputValues = new FloatArray(CHUNK);
    this.expected = new FloatArray(CHUNK);
    this.truths = precision.truths();
    this.products = precision.truths();
    this.truth = precision.reference(operation);
    this.fromOutput = (operation.invertible?.(values) ?? true) ? this.truth.fromOutput : undefined;
    this.outputs = operation.outputs?.(values) ?? [-Infinity, Infinity];
    this.kinks = operation.roundedKinks ? (operation.kinks?.(values) ?? []).map(({ x }) => this.alternatives(x)) : [];
    this.zeros = (operation.zeros?.(values) ?? []).map(({ at, distance, periodic = false }) => this.surroundings(at, distance, periodic));
    const random = generator(2);
    this.gradients = new FloatArray(2 * CHUNK).map((_, i) => (i % 3 === 0 ? 1 : (random() / 2 ** 31 - 1) * 2 ** ((random() % 41) - 20)));
  }

  take(x: FloatTypedArray): void {
    for (let start = 0; start < x.length; start += CHUNK) this.chunk(x.subarray(start, start + CHUNK));
  }

  private chunk(x: FloatTypedArray): void {
    const { truth: { forward, derivative }, fromOutput, values, outs, precision, truths } = this;
    const { length } = x;
    // Another gradient for the same place in every chunk.
    const offset = (this.chunks++ * 997) % CHUNK;
    const dy = this.gradients.subarray(offset, offset + length);
    const y = this.outputValues.subarray(0, length);
    const [low, high] = this.outputs;
    for (let i = 0; i < length; i++) {
      const at = x[i]!;
      // The reference is not asked for what is NaN.
      truths[i] = Number.isNaN(at) ? precision.NaN : forward(at, values);
      if (fromOutput) y[i] = at !== at || (at >= low && at <= high) ? at : precision.nearest(truths[i]!);
    }
    this.activations.forEach((f, k) => {
      const into = (direction: Direction) => ({ ...values, out: outs[k]![direction].subarray(0, length) }) as Values & { readonly out: FloatTypedArray };
      f(x, into('forward'));
      f.derivative(x, into('derivative'));
      f.backward(dy, x, into('backward'));
      if (fromOutput) f.backwardFromOutput!(dy, y, into('backwardFromOutput'));
    });
    this.compare('forward', x, truths, (met, result, i) => this.note(met, result, truths[i]!, x[i]!));
    for (let i = 0; i < length; i++) truths[i] = Number.isNaN(x[i]) ? precision.NaN : derivative(x[i]!, values);
    this.compareSlopes('derivative', x, undefined, this.kinks);
    this.compareSlopes('backward', x, dy, this.kinks);
    if (!fromOutput) return;
    for (let i = 0; i < length; i++) truths[i] = Number.isNaN(y[i]) ? precision.NaN : fromOutput(y[i]!, values);
    this.compareSlopes('backwardFromOutput', y, dy, []);
  }

  /** Counts the results that are nearest to the true ones, and has the others looked at; they count unless `look` says no. */
  private compare(direction: Direction, x: FloatTypedArray, truths: Truths<T>, look: (met: Met, result: number, i: number) => boolean): void {
    const { round, isExact } = this.precision;
    const { length } = x;
    const expected = this.expected.subarray(0, length);
    round(truths, expected);
    for (const [k, out] of this.outs.entries()) {
      const results = out[direction];
      const met = this.errors[k]![direction];
      // What is nearest to the truth is off by half a unit at most.
      let halfIsNews = met.ulps < 0.5;
      let [missed, left] = [0, 0];
      for (let i = 0; i < length; i++) {
        const result = results[i]!;
        const best = expected[i]!;
        if (result === best || (result !== result && best !== best)) {
          if (!halfIsNews || isExact(result, truths[i]!)) continue;
          look(met, result, i);
          halfIsNews = met.ulps < 0.5;
        } else {
          missed++;
          if (!look(met, result, i)) left++;
        }
      }
      met.correct += length - missed;
      met.inputs += length - left;
    }
  }

  /** The same for dy f', dy being 1 if there are none. */
  private compareSlopes(direction: Direction, x: FloatTypedArray, dy: FloatTypedArray | undefined, kinks: readonly Alternatives<T>[]): void {
    const { precision: { times, isBeyondRange }, truths, products } = this;
    if (dy) for (let i = 0; i < x.length; i++) products[i] = times(dy[i]!, truths[i]!);
    this.compare(direction, x, dy ? products : truths, (met, result, i) => {
      const [at, gradient] = [x[i]!, dy?.[i] ?? 1];
      const slope = kinks.length > 0 ? this.bestOf(kinks, at, gradient, result, truths[i]!) : truths[i]!;
      if (gradient !== 1 && isBeyondRange(slope)) return false;
      const zero = this.zeros.length > 0 && direction !== 'backwardFromOutput' ? this.zeroNear(at, slope) : undefined;
      return this.note(met, result, times(gradient, slope), at, zero && gradient * zero.slope);
    });
  }

  /** `unit` is the number whose unit in the last place counts, if it is not that of the truth. */
  private note(met: Met, result: number, truth: T, at: number, unit?: number): true {
    const ulps = unit === undefined ? this.precision.error(result, truth) : this.absolute(result, truth, unit);
    if (ulps > met.ulps) {
      met.ulps = ulps;
      met.at = at;
    }
    return true;
  }

  private absolute(result: number, truth: T, unit: number): number {
    const ulps = this.precision.difference(result, truth) / this.precision.ulp(unit);
    return ulps === ulps ? ulps : Infinity;
  }

  private zeroNear(x: number, slope: T): Surroundings | undefined {
    return this.zeros.find(({ from, to, periodic, slope: bound }) => (periodic ? Math.abs(this.precision.nearest(slope)) < bound : x > from && x < to));
  }

  private surroundings(at: number, distance: number, periodic: boolean): Surroundings {
    const [from, to] = [at - distance, at + distance];
    const slopes = [from, to].map((x) => Math.abs(this.precision.nearest(this.truth.derivative(x, this.values))));
    return { from, to, periodic, slope: Math.min(...slopes) };
  }

  private alternatives(kink: number): Alternatives<T> {
    const unit = this.precision.ulp(kink);
    const places = [kink - 3 * unit, kink, kink + 3 * unit];
    return { from: kink - unit, to: kink + unit, derivatives: places.map((x) => this.truth.derivative(x, this.values)) };
  }

  /** Of what is right at x, mostly one value, that which is closest to the result. */
  private bestOf(kinks: readonly Alternatives<T>[], x: number, gradient: number, result: number, slope: T): T {
    const kink = kinks.find(({ from, to }) => x >= from && x <= to);
    if (!kink) return slope;
    const { error, times } = this.precision;
    return kink.derivatives.reduce((best, other) => (error(result, times(gradient, other)) < error(result, times(gradient, best)) ? other : best));
  }
}
