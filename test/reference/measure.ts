import type { FloatTypedArray } from '../../src/index.js';
import type { AnyActivation, Operation, Values } from '../operations.js';
import { product, type Reference } from './activations.js';
import { float32Patterns, float64Samples, generator, specials } from './samples.js';
import { type Exact, error32, error64, nearest, ulp32, ulp64 } from './ulp.js';

/** The largest error met, in units in the last place, and the x or y it was met at. */
export interface Worst {
  ulps: number;
  at: number;
}

export const directions = ['forward', 'derivative', 'backward', 'backwardFromOutput'] as const;
export type Type = 'f32' | 'f64';
export type Errors = Readonly<Record<(typeof directions)[number], Worst>>;

export const largest = (errors: Partial<Errors>): Worst => Object.values(errors).reduce((worst, other) => (other.ulps > worst.ulps ? other : worst));

/** What differs between the types. T is how a true value is held. */
interface Precision<T> {
  readonly FloatArray: typeof Float32Array | typeof Float64Array;
  readonly reference: (operation: Operation) => Reference<T>;
  readonly error: (result: number, truth: T) => number;
  readonly ulp: (x: number) => number;
  /** dy truth */
  readonly times: (dy: number, truth: T) => T;
  readonly nearest: (truth: T) => number;
  readonly isSubnormal: (truth: T) => boolean;
}

const float32: Precision<number> = {
  FloatArray: Float32Array,
  reference: (operation) => operation.f32,
  error: error32,
  ulp: ulp32,
  times: (dy, truth) => dy * truth,
  nearest: Math.fround,
  isSubnormal: (truth) => truth !== 0 && Math.abs(truth) < 2 ** -126,
};

const float64: Precision<Exact> = {
  FloatArray: Float64Array,
  reference: (operation) => operation.f64,
  error: error64,
  ulp: ulp64,
  times(dy, truth) {
    const { hi, lo, exponent } = product(dy, truth);
    return { hi, lo, exponent: exponent + truth.exponent };
  },
  nearest,
  isSubnormal: (truth) => truth.hi !== 0 && Math.abs(nearest(truth)) < 2 ** -1022,
};

const precisions = { f32: float32, f64: float64 };

/** How many inputs: for float32 every stride-th pattern, for float64 a count. */
export interface Density {
  readonly f32: number;
  readonly f64: number;
}

/** A million of each type, which is what the figures in the catalogue have to hold for at the least. */
export const MILLION: Density = { f32: 4093, f64: 2 ** 20 };

function* samplesOf(type: Type, densities: readonly Density[], centres: readonly number[]): Generator<FloatTypedArray> {
  for (const density of densities) {
    yield* type === 'f32' ? float32Patterns(density.f32) : float64Samples(density.f64);
    yield specials(precisions[type].FloatArray, centres);
  }
}

/** The largest errors of several implementations of one function over samples of the given densities, one after the other. */
export function measure(type: Type, activations: readonly AnyActivation[], operation: Operation, values: Values, ...densities: Density[]): Errors[] {
  const samples = samplesOf(type, densities, operation.kinks?.(values).map(({ x }) => x) ?? []);
  if (type === 'f32') return measureOver(activations, operation, values, precisions.f32, samples);
  return measureOver(activations, operation, values, precisions.f64, samples);
}

/**
 * The incoming gradients are 1 and random numbers up to 2^20 in turn; a product of a random one is not looked at where
 * the derivative is a subnormal number, which has lost digits already. The outputs that `backwardFromOutput` is given
 * are the true ones, rounded, and the samples themselves as far as they may be outputs.
 */
function measureOver<T>(
  activations: readonly AnyActivation[], operation: Operation, values: Values, precision: Precision<T>, samples: Iterable<FloatTypedArray>,
): Errors[] {
  const { error, times, isSubnormal } = precision;
  const { forward, derivative, fromOutput } = precision.reference(operation);
  const invertible = fromOutput && (operation.invertible?.(values) ?? true);
  const [low, high] = operation.outputs ?? [-Infinity, Infinity];
  const kinks = roundedKinks(operation, values, precision);
  const worst = activations.map(() => Object.fromEntries(directions.map((direction) => [direction, { ulps: 0, at: NaN }])) as unknown as Errors);
  const random = generator(2);

  /** What is right for f'(x): mostly one value. */
  const slopes = (x: number): readonly T[] => kinks.find(({ from, to }) => x >= from && x <= to)?.derivatives ?? [derivative(x, values)];
  const products = (dy: number, truths: readonly T[]): readonly T[] =>
    dy === 1 ? truths : truths.some(isSubnormal) ? [] : truths.map((truth) => times(dy, truth));

  function note(to: Worst, result: number, truths: readonly T[], at: number): void {
    if (truths.length === 0) return;
    let ulps = Infinity;
    for (const truth of truths) ulps = Math.min(ulps, error(result, truth));
    if (ulps > to.ulps) Object.assign(to, { ulps, at });
  }

  for (const x of samples) {
    const truths = Array.from(x, (value) => forward(value, values));
    const dy = x.map((_, i) => (i % 3 === 0 ? 1 : (random() / 2 ** 31 - 1) * 2 ** ((random() % 41) - 20)));
    const y = x.map((value, i) => (i % 2 === 0 || value < low || value > high ? precision.nearest(truths[i]!) : value));
    const results = activations.map((f) => ({
      forward: f(x, values),
      derivative: f.derivative(x, values),
      backward: f.backward(dy, x, values),
      backwardFromOutput: invertible ? f.backwardFromOutput!(dy, y, values) : y,
    }));
    for (let i = 0; i < x.length; i++) {
      const forwards = [truths[i]!];
      const derivatives = slopes(x[i]!);
      const backwards = products(dy[i]!, derivatives);
      const fromOutputs = invertible ? products(dy[i]!, [fromOutput(y[i]!, values)]) : [];
      results.forEach((result, k) => {
        note(worst[k]!.forward, result.forward[i]!, forwards, x[i]!);
        note(worst[k]!.derivative, result.derivative[i]!, derivatives, x[i]!);
        note(worst[k]!.backward, result.backward[i]!, backwards, x[i]!);
        note(worst[k]!.backwardFromOutput, result.backwardFromOutput[i]!, fromOutputs, y[i]!);
      });
    }
  }
  return worst;
}

/** Within a unit in the last place of a rounded kink: the derivatives on both sides, and at it. */
function roundedKinks<T>(operation: Operation, values: Values, { reference, ulp }: Precision<T>): { from: number; to: number; derivatives: T[] }[] {
  if (!operation.roundedKinks) return [];
  return (operation.kinks?.(values) ?? []).map(({ x: kink }) => {
    const unit = ulp(kink);
    const places = [kink - 3 * unit, kink, kink + 3 * unit];
    return { from: kink - unit, to: kink + unit, derivatives: places.map((x) => reference(operation).derivative(x, values)) };
  });
}
