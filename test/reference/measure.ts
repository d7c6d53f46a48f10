import type { FloatTypedArray } from '../../src/index.js';
import type { AnyActivation, Operation, Values } from '../operations.js';
import { type Reference, scaledProduct } from './reference.js';
import { CHUNK, float32Patterns, float64Samples, generator, specials } from './samples.js';
import { type Exact, OVERFLOW32, error32, error64, nearest, ulp32, ulp64 } from './ulp.js';

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

export const largest = (errors: Partial<Errors>): Met => Object.values(errors).reduce((worst, other) => (other.ulps > worst.ulps ? other : worst));

/** The true values at a chunk of inputs: what differs between the types. */
interface Truths {
  /** Evaluates a reference where the input is not NaN. */
  compute(of: 'forward' | 'derivative' | 'fromOutput', x: FloatTypedArray): void;
  /** The number of the type that is nearest to dy times the truth at i. */
  nearest(i: number, dy: number): number;
  /** Whether a result is dy times the truth, without an error. */
  isExact(i: number, dy: number, result: number): boolean;
  /** The error of a result for it, in units in the last place. */
  error(i: number, dy: number, result: number): number;
  /** The same in units of the last place of another number. */
  errorInUnitsOf(unit: number, i: number, dy: number, result: number): number;
  /** Whether the truth is a finite number that the type has not got, or not with all its digits. */
  isBeyondRange(i: number): boolean;
}

/** What is not a number of units, as between NaN and a number, is beyond every bar. */
const counted = (ulps: number): number => (ulps === ulps ? ulps : Infinity);

class Truths32 implements Truths {
  private readonly truths = new Float64Array(CHUNK);

  constructor(private readonly reference: Reference<number>, private readonly values: Values) {}

  compute(of: 'forward' | 'derivative' | 'fromOutput', x: FloatTypedArray): void {
    const { truths, values } = this;
    const f = this.reference[of]!;
    for (let i = 0; i < x.length; i++) if (!Number.isNaN(x[i]!)) truths[i] = f(x[i]!, values);
  }

  nearest(i: number, dy: number): number {
    return Math.fround(dy * this.truths[i]!);
  }

  isExact(i: number, dy: number, result: number): boolean {
    return result === dy * this.truths[i]!;
  }

  error(i: number, dy: number, result: number): number {
    return error32(result, dy * this.truths[i]!);
  }

  errorInUnitsOf(unit: number, i: number, dy: number, result: number): number {
    return counted(Math.abs(result - dy * this.truths[i]!) / ulp32(unit));
  }

  isBeyondRange(i: number): boolean {
    const magnitude = Math.abs(this.truths[i]!);
    return (magnitude < 2 ** -126 && magnitude !== 0) || (magnitude >= OVERFLOW32 && magnitude < Infinity);
  }
}

class Truths64 implements Truths {
  private readonly truths: Exact[] = [];

  constructor(private readonly reference: Reference<Exact>, private readonly values: Values) {}

  compute(of: 'forward' | 'derivative' | 'fromOutput', x: FloatTypedArray): void {
    const { truths, values } = this;
    const f = this.reference[of]!;
    for (let i = 0; i < x.length; i++) truths[i] = Number.isNaN(x[i]!) ? NOTHING : f(x[i]!, values);
  }

  nearest(i: number, dy: number): number {
    return nearest(this.product(i, dy));
  }

  isExact(i: number, dy: number, result: number): boolean {
    const { hi, lo, exponent } = this.truths[i]!;
    return dy === 1 && result === hi && lo === 0 && exponent === 0;
  }

  error(i: number, dy: number, result: number): number {
    return error64(result, this.product(i, dy));
  }

  errorInUnitsOf(unit: number, i: number, dy: number, result: number): number {
    const { hi, lo } = this.product(i, dy);
    return counted(Math.abs(result - hi - lo) / ulp64(unit));
  }

  isBeyondRange(i: number): boolean {
    const { hi } = this.truths[i]!;
    const magnitude = Math.abs(nearest(this.truths[i]!));
    return (magnitude < 2 ** -1022 && hi !== 0) || (magnitude === Infinity && Number.isFinite(hi));
  }

  private product(i: number, dy: number): Exact {
    return dy === 1 ? this.truths[i]! : scaledProduct(dy, this.truths[i]!);
  }
}

const NOTHING: Exact = { hi: NaN, lo: NaN, exponent: 0 };

/** What else differs. */
const precisions = {
  f32: { FloatArray: Float32Array, ulp: ulp32, truths: (operation: Operation, values: Values): Truths => new Truths32(operation.f32, values) },
  f64: { FloatArray: Float64Array, ulp: ulp64, truths: (operation: Operation, values: Values): Truths => new Truths64(operation.f64, values) },
} as const;

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
  const scan = new Scan(type, activations, operation, values);
  for (const x of type === 'f32' ? float32Patterns(density.f32) : float64Samples(density.f64)) scan.take(x);
  scan.take(specialsOf(type, operation, values));
  return scan.errors;
}

/** The neighbours of the ends of the ranges, of the kinks and of the zeros of f'. */
export function specialsOf(type: Type, { kinks, zeros }: Operation, values: Values): FloatTypedArray {
  const centres = [...(kinks?.(values) ?? []).map(({ x }) => x), ...(zeros?.(values) ?? []).map(({ at }) => at)];
  return specials(precisions[type].FloatArray, centres);
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
interface Alternatives {
  readonly from: number;
  readonly to: number;
  readonly derivatives: readonly number[];
}

/**
 * Compares implementations of one function with the true one, chunk by chunk.
 *
 * The incoming gradients are 1 and random numbers up to 2^20 in turn; a product of a random one is not looked at where
 * the derivative is a subnormal number, which has lost digits already, or beyond the range. The outputs that
 * `backwardFromOutput` is given are the inputs themselves as far as they may be outputs, elsewhere the true outputs, rounded.
 */
export class Scan {
  readonly errors: Errors[];
  private readonly truths: Truths;
  private readonly invertible: boolean;
  private readonly outputs: readonly [number, number];
  private readonly kinks: readonly Alternatives[];
  private readonly zeros: readonly Surroundings[];
  private readonly gradients: FloatTypedArray;
  private readonly y: FloatTypedArray;
  private readonly outs: readonly Readonly<Record<Direction, FloatTypedArray>>[];
  private chunks = 0;

  constructor(
    private readonly type: Type, private readonly activations: readonly AnyActivation[], private readonly operation: Operation, private readonly values: Values,
  ) {
    const { FloatArray, truths } = precisions[type];
    const each = <V>(of: () => V): Readonly<Record<Direction, V>> => ({ forward: of(), derivative: of(), backward: of(), backwardFromOutput: of() });
    this.errors = activations.map(() => each(() => ({ ulps: 0, at: NaN, inputs: 0, correct: 0 })));
    this.outs = activations.map(() => each(() => new FloatArray(CHUNK)));
    this.y = new FloatArray(CHUNK);
    this.truths = truths(operation, values);
    this.invertible = operation[type].fromOutput !== undefined && (operation.invertible?.(values) ?? true);
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
    const { truths, values } = this;
    // Another gradient for the same place in every chunk.
    const offset = (this.chunks++ * 997) % CHUNK;
    const dy = this.gradients.subarray(offset, offset + x.length);
    const y = this.y.subarray(0, x.length);
    truths.compute('forward', x);
    if (this.invertible) this.chooseOutputs(x, y);
    this.activations.forEach((f, k) => {
      const into = (direction: Direction) =>
        ({ ...values, out: this.outs[k]![direction].subarray(0, x.length) }) as Values & { readonly out: FloatTypedArray };
      f(x, into('forward'));
      f.derivative(x, into('derivative'));
      f.backward(dy, x, into('backward'));
      if (this.invertible) f.backwardFromOutput!(dy, y, into('backwardFromOutput'));
    });
    this.compare('forward', x, undefined);
    truths.compute('derivative', x);
    this.compare('derivative', x, undefined);
    this.compare('backward', x, dy);
    if (!this.invertible) return;
    truths.compute('fromOutput', y);
    this.compare('backwardFromOutput', y, dy);
  }

  private chooseOutputs(x: FloatTypedArray, y: FloatTypedArray): void {
    const [low, high] = this.outputs;
    for (let i = 0; i < x.length; i++) y[i] = x[i]! !== x[i]! || (x[i]! >= low && x[i]! <= high) ? x[i]! : this.truths.nearest(i, 1);
  }

  /** With dy = 1 if there is none. */
  private compare(direction: Direction, x: FloatTypedArray, dy: FloatTypedArray | undefined): void {
    this.outs.forEach((out, k) => {
      this.compareOne(this.errors[k]![direction], direction, out[direction], x, dy);
    });
  }

  private compareOne(met: Met, direction: Direction, results: FloatTypedArray, x: FloatTypedArray, dy: FloatTypedArray | undefined): void {
    const { truths } = this;
    let [inputs, correct] = [0, 0];
    for (let i = 0; i < x.length; i++) {
      const gradient = dy === undefined ? 1 : dy[i]!;
      const isNaN = x[i]! !== x[i]!;
      if (gradient !== 1 && !isNaN && truths.isBeyondRange(i)) continue;
      inputs++;
      const result = results[i]!;
      const nearest = isNaN ? NaN : truths.nearest(i, gradient);
      if (result === nearest || (result !== result && nearest !== nearest)) {
        correct++;
        // Not more than half a unit.
        if (met.ulps >= 0.5 || result !== result || truths.isExact(i, gradient, result)) continue;
      }
      const ulps = isNaN ? Infinity : this.ulps(direction, i, gradient, result, x[i]!);
      if (ulps > met.ulps) Object.assign(met, { ulps, at: x[i]! });
    }
    met.inputs += inputs;
    met.correct += correct;
  }

  private ulps(direction: Direction, i: number, dy: number, result: number, x: number): number {
    const { truths, zeros, kinks } = this;
    const error = truths.error(i, dy, result);
    if (direction === 'forward' || direction === 'backwardFromOutput') return error;
    const zero = zeros.find(({ from, to, periodic, slope }) => (periodic ? Math.abs(truths.nearest(i, 1)) < slope : x > from && x < to));
    if (zero) return truths.errorInUnitsOf(dy * zero.slope, i, dy, result);
    // The derivative of another piece, next to a rounded kink.
    const kink = kinks.find(({ from, to }) => x >= from && x <= to);
    return kink?.derivatives.some((derivative) => result === this.rounded(dy * derivative)) ? Math.min(error, 0.5) : error;
  }

  private rounded(x: number): number {
    return this.type === 'f32' ? Math.fround(x) : x;
  }

  /** f' as a double. */
  private slope(x: number): number {
    const truths = precisions[this.type].truths(this.operation, this.values);
    truths.compute('derivative', new Float64Array([x]));
    return truths.nearest(0, 1);
  }

  private surroundings(at: number, distance: number, periodic: boolean): Surroundings {
    const [from, to] = [at - distance, at + distance];
    return { from, to, periodic, slope: Math.min(Math.abs(this.slope(from)), Math.abs(this.slope(to))) };
  }

  private alternatives(kink: number): Alternatives {
    const unit = precisions[this.type].ulp(kink);
    return { from: kink - unit, to: kink + unit, derivatives: [kink - 3 * unit, kink, kink + 3 * unit].map((x) => this.slope(x)) };
  }
}
