/** The errors of the functions that are not elementwise, over random rows. */
import type { Backend, FloatTypedArray } from '../../src/index.js';
import { type FamilyName, families } from '../../src/catalogue/index.js';
import { gates } from '../../src/gates.js';
import { cases } from '../operations.js';
import { type DoubleDouble, ZERO, double, exp, multiply, scale, twoSum } from './double-double.js';
import { type Direction, type Errors, type Type, nothingMet } from './measure.js';
import {
  type TrueRow, binaryCrossEntropy, crossEntropyOfLabel, difference, logProbability, logSoftmaxGradient, logSumExp, softmaxGradient, sparsemax, sparsemaxGradient, sumOf, trueRow,
} from './rows.js';
import { generator } from './samples.js';
import { nearest, ulp32, ulp64 } from './ulp.js';

/**
 * Results and what they are in truth. An error counts in units of `sizes` where the truth is smaller: those of the terms that
 * cancel, and e^-d is taken for 1 + d times as large, since rounding the argument of the exponential makes d half units of it.
 */
type Comparison = readonly [direction: Direction, results: ArrayLike<number>, truths: readonly DoubleDouble[], sizes?: ArrayLike<number>];

/** A row and gradients as long as it; `fraction` gives random numbers from -1 to 1. */
interface Sample {
  readonly backend: Backend;
  readonly x: FloatTypedArray;
  readonly dy: FloatTypedArray;
  readonly fraction: () => number;
}

const doubles = (x: ArrayLike<number>): DoubleDouble[] => Array.from(x, double);
const absolutes = (x: FloatTypedArray): FloatTypedArray => x.map(Math.abs);
const largest = (x: ArrayLike<number>): number => Array.from(x).reduce((a, b) => Math.max(a, b));
/** What softmax's values are sized by. */
const sizesOf = ({ p, distances }: TrueRow): number[] => p.map(({ hi }, i) => hi * (1 + Math.min(distances[i]!.hi, 800)));
/** The same for what is e^-d or less. */
const sizeOfSmall = ({ hi }: DoubleDouble): number => Math.abs(hi) * (1 + Math.max(0, -Math.log(Math.abs(hi))));
/** The places of a label. */
const oneHot = (length: number, label: number, value = 1): number[] => Array.from({ length }, (_, i) => (i === label ? value : 0));
const labelOf = (length: number, fraction: () => number): Int32Array => Int32Array.of(Math.floor((length * (fraction() + 1)) / 2));

/** softmax of x or -x, with the sign of x in the gradient. */
function probabilities({ backend, x, dy }: Sample, name: 'softmax' | 'softmin'): Comparison[] {
  const f = backend[name];
  const sign = name === 'softmax' ? 1 : -1;
  const row = trueRow(x.map((value) => sign * value));
  const y = f(x);
  const size = largest(absolutes(dy));
  const gradient = (p: DoubleDouble[]): DoubleDouble[] => softmaxGradient({ ...row, p }, dy).map((value) => scale(value, sign));
  return [
    ['forward', y, row.p, sizesOf(row)],
    ['backward', f.backward(dy, x), gradient(row.p), sizesOf(row).map((value) => value * size)],
    ['backwardFromOutput', f.backwardFromOutput(dy, y), gradient(doubles(y)), y.map((value) => value * size)],
  ];
}

/** Values in the first half, gates in the second. */
function gated({ backend, x, dy }: Sample, name: keyof typeof gates): Comparison[] {
  const { operation, parameters: [defaults] } = cases.find((row) => row.name === gates[name].name)!;
  if (x.length < 2) return [];
  const half = x.length >> 1;
  // So near 0 that no gate is a subnormal number.
  const row = x.subarray(0, 2 * half).map((value) => value / 4);
  const [values, at, d] = [row.subarray(0, half), row.subarray(half), dy.subarray(0, half)];
  const of = (direction: 'forward' | 'derivative') => Array.from(at, (g): DoubleDouble => {
    const { hi, lo, exponent } = operation.f64[direction](g, defaults!);
    return scale({ hi, lo }, 2 ** exponent);
  });
  const f = of('forward');
  const products = Array.from(d, (value, i) => multiply(double(value), double(values[i]!)));
  const near = operation.zeros?.(defaults!) ?? [];
  const slopeSizes = Array.from(at, (g, i) => {
    const zero = near.find((z) => Math.abs(g - z.at) < z.distance);
    return zero ? Math.abs(products[i]!.hi * nearest(operation.f64.derivative(zero.at + zero.distance, defaults!))) : 0;
  });
  return [
    ['forward', backend[name](row), f.map((value, i) => multiply(double(values[i]!), value))],
    [
      'backward', backend[name].backward(d, row),
      [...f.map((value, i) => multiply(double(d[i]!), value)), ...of('derivative').map((value, i) => multiply(products[i]!, value))],
      [...new Float64Array(half), ...slopeSizes],
    ],
  ];
}

const probes: Readonly<Record<FamilyName, (sample: Sample) => Comparison[]>> = {
  softmax: (sample) => probabilities(sample, 'softmax'),
  softmin: (sample) => probabilities(sample, 'softmin'),
  logSoftmax({ backend: { logSoftmax }, x, dy }) {
    const row = trueRow(x);
    const y = logSoftmax(x);
    const total = sumOf(doubles(absolutes(dy))).hi;
    const sizes = sizesOf(row).map((value, i) => Math.abs(dy[i]!) + value * total);
    const fromOutput = { ...row, p: Array.from(y, (value) => (value < -700 ? ZERO : exp(double(value)))) };
    return [
      ['forward', y, row.p.map((_, i) => logProbability(row, i)), row.p.map(() => 1)],
      ['backward', logSoftmax.backward(dy, x), logSoftmaxGradient(row, dy), sizes],
      ['backwardFromOutput', logSoftmax.backwardFromOutput(dy, y), logSoftmaxGradient(fromOutput, dy), sizes],
    ];
  },
  sparsemax({ backend: { sparsemax: f }, x, dy }) {
    const { y: truth, tau } = sparsemax(x);
    const y = f(x);
    const sizes = dy.map(() => largest(absolutes(dy)));
    const gradient = sparsemaxGradient(y, dy);
    return [
      ['forward', y, truth, truth.map(() => Math.abs(tau))],
      ['backward', f.backward(dy, x), gradient, sizes],
      ['backwardFromOutput', f.backwardFromOutput(dy, y), gradient, sizes],
    ];
  },
  hardmax: ({ backend: { hardmax }, x, dy }) => [
    ['forward', hardmax(x), oneHot(x.length, x.indexOf(largest(x))).map(double)],
    ['backward', hardmax.backward(dy, x), Array.from(x, () => ZERO)],
  ],
  logSumExp({ backend: { logSumExp: f }, x, dy }) {
    const row = trueRow(x);
    const maximum = largest(x);
    const one = dy.subarray(0, 1);
    return [
      ['forward', f(x), [logSumExp(row, maximum)], [Math.min(Math.abs(maximum), row.logSum.hi)]],
      ['backward', f.backward(one, x), row.p.map((p) => multiply(p, double(one[0]!))), sizesOf(row).map((value) => value * Math.abs(one[0]!))],
    ];
  },
  argmax: ({ backend: { argmax }, x }) => [['forward', argmax(x), [double(x.indexOf(largest(x)))]]],
  prelu({ backend: { prelu }, x, dy, fraction }) {
    const slope = x.slice(0, 1).fill(fraction());
    const rate = (value: number): DoubleDouble => double(value > 0 ? 1 : slope[0]!);
    const terms = Array.from(x, (value, i) => (value > 0 ? ZERO : multiply(double(value), double(dy[i]!))));
    const { dx, dSlope } = prelu.backward(dy, x, slope);
    return [
      ['forward', prelu(x, slope), Array.from(x, (value) => multiply(double(value), rate(value)))],
      ['backward', dx, Array.from(x, (value, i) => multiply(double(dy[i]!), rate(value)))],
      ['backward', dSlope, [sumOf(terms)], [terms.reduce((sum, { hi }) => sum + Math.abs(hi), 0)]],
    ];
  },
  glu: (sample) => gated(sample, 'glu'),
  swiglu: (sample) => gated(sample, 'swiglu'),
  geglu: (sample) => gated(sample, 'geglu'),
  reglu: (sample) => gated(sample, 'reglu'),
  softmaxCrossEntropy({ backend: { softmaxCrossEntropy }, x, fraction }) {
    const label = labelOf(x.length, fraction);
    // The likeliest one every other time.
    if (fraction() > 0) label[0] = x.indexOf(largest(x));
    const { loss, gradient } = softmaxCrossEntropy(x, label, { columns: x.length, reduction: 'none' });
    const exact = crossEntropyOfLabel(x, label[0]!);
    return [['forward', loss, [exact.loss], [sizeOfSmall(exact.loss)]], ['backward', gradient, exact.gradient, exact.gradient.map(sizeOfSmall)]];
  },
  nllLoss({ backend: { nllLoss }, x, fraction }) {
    const label = labelOf(x.length, fraction);
    const { loss, gradient } = nllLoss(x, label, { columns: x.length, reduction: 'none' });
    return [['forward', loss, [double(-x[label[0]!]!)]], ['backward', gradient, oneHot(x.length, label[0]!, -1).map(double)]];
  },
  binaryCrossEntropyWithLogits({ backend: { binaryCrossEntropyWithLogits }, x, fraction }) {
    const targets = x.map((_, i) => (i % 3 === 0 ? (fraction() + 1) / 2 : i % 2));
    const { loss, gradient } = binaryCrossEntropyWithLogits(x, targets, { reduction: 'none' });
    const exact = Array.from(x, (value, i) => binaryCrossEntropy(value, targets[i]!));
    return [
      ['forward', loss, exact.map((each) => each.loss), absolutes(x)],
      ['backward', gradient, exact.map((each) => each.gradient), Array.from(targets, (t) => (t > 0 && t < 1 ? 1 : 0))],
    ];
  },
  meanSquaredError({ backend: { meanSquaredError }, x, dy }) {
    const { loss, gradient } = meanSquaredError(x, dy, { reduction: 'none' });
    const differences = Array.from(x, (value, i) => twoSum(value, -dy[i]!));
    return [
      ['forward', loss, differences.map((d) => multiply(d, d))],
      ['backward', gradient, differences.map((d) => multiply(d, double(2)))],
    ];
  },
};

export const isFamily = (name: string): name is FamilyName => Object.hasOwn(families, name);

const LENGTHS = [1, 2, 3, 5, 8, 16, 33, 128, 1000];
const MAGNITUDES = [1, 10, 100];

/** The largest errors over so many rows of each length and magnitude. */
export function measureFamily(type: Type, backend: Backend, name: FamilyName, count: number): Errors {
  const errors = nothingMet();
  const [FloatArray, ulp] = type === 'f32' ? [Float32Array, ulp32] : [Float64Array, ulp64];
  const random = generator(5);
  const fraction = (): number => random() / 2 ** 31 - 1;
  const numbers = (length: number, magnitude: number): FloatTypedArray => new FloatArray(length).map(() => fraction() * magnitude);
  // One element ahead of equal ones, which are all rounded the same way where they are added to it; far behind they add nothing.
  const level = (length: number, magnitude: number): FloatTypedArray => new FloatArray(length).fill((fraction() - 1) * Math.min(magnitude, 10)).fill(0, 0, 1);
  for (let n = 0; n < count; n++) {
    for (const length of LENGTHS) {
      for (const magnitude of MAGNITUDES) {
        for (const x of [numbers(length, magnitude), level(length, magnitude)]) {
          for (const comparison of probes[name]({ backend, x, dy: numbers(length, 1), fraction })) compare(errors, comparison, ulp);
        }
      }
    }
  }
  return errors;
}

function compare(errors: Errors, [direction, results, truths, sizes]: Comparison, ulp: (x: number) => number): void {
  const met = errors[direction];
  truths.forEach((truth, i) => {
    const result = results[i]!;
    const ulps = Math.abs(difference(result, truth)) / ulp(Math.max(Math.abs(truth.hi), sizes?.[i] ?? 0));
    met.inputs++;
    if (ulps <= 0.5) met.correct++;
    if (!(ulps <= met.ulps)) met.ulps = ulps === ulps ? ulps : Infinity;
  });
}
