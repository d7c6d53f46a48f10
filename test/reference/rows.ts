/** The softmax family and the losses in double-double arithmetic, for one row of finite numbers and -Infinity. */
import type { FloatTypedArray } from '../../src/index.js';
import { type DoubleDouble, ONE, ZERO, add, divide, double, exp, log, log1p, multiply, negate, subtract, twoSum } from './double-double.js';

/** A row with all that the error bounds are made of. */
export interface TrueRow {
  /** max - x_i */
  readonly distances: DoubleDouble[];
  /** softmax(x) */
  readonly p: DoubleDouble[];
  /** ln sum_j e^(x_j - max) */
  readonly logSum: DoubleDouble;
}

export function trueRow(x: Iterable<number>): TrueRow {
  const values = [...x];
  const maximum = values.reduce((a, b) => Math.max(a, b));
  const distances = values.map((value) => (value === -Infinity ? double(Infinity) : twoSum(maximum, -value)));
  const exponentials = distances.map((d) => (d.hi > 800 ? ZERO : exp(negate(d))));
  const sum = exponentials.reduce(add);
  return { distances, p: exponentials.map((e) => divide(e, sum)), logSum: log(sum) };
}

/** ln softmax(x)_i */
export const logProbability = ({ distances, logSum }: TrueRow, i: number): DoubleDouble =>
  distances[i]!.hi === Infinity ? double(-Infinity) : negate(add(distances[i]!, logSum));

export const sumOf = (terms: readonly DoubleDouble[]): DoubleDouble => terms.reduce(add, ZERO);

/** p_i (dy_i - sum_j dy_j p_j) */
export function softmaxGradient({ p }: TrueRow, dy: FloatTypedArray): DoubleDouble[] {
  const mean = sumOf(p.map((value, j) => multiply(value, double(dy[j]!))));
  return p.map((value, i) => multiply(value, subtract(double(dy[i]!), mean)));
}

/** dy_i - p_i sum_j dy_j */
export function logSoftmaxGradient({ p }: TrueRow, dy: FloatTypedArray): DoubleDouble[] {
  const total = sumOf(Array.from(dy, double));
  return p.map((value, i) => subtract(double(dy[i]!), multiply(value, total)));
}

/** max + ln sum_j e^(x_j - max) */
export const logSumExp = ({ logSum }: TrueRow, maximum: number): DoubleDouble => add(double(maximum), logSum);

/** The projection of a row onto the simplex by its definition: tau from the largest elements, sorted, that lie above it. */
export function sparsemax(x: Iterable<number>): { y: DoubleDouble[]; tau: number } {
  const values = [...x];
  const maximum = values.reduce((a, b) => Math.max(a, b));
  const shifted = values.map((value) => (value === -Infinity ? double(-Infinity) : twoSum(value, -maximum)));
  const sorted = shifted.filter(({ hi }) => hi >= -1).sort((a, b) => b.hi - a.hi || b.lo - a.lo);
  let total = double(-1);
  let tau = double(-1);
  sorted.forEach((z, k) => {
    if (subtract(z, tau).hi <= 0) return;
    total = add(total, z);
    tau = divide(total, double(k + 1));
  });
  return { y: shifted.map((z) => (z.hi > -2 && subtract(z, tau).hi > 0 ? subtract(z, tau) : ZERO)), tau: tau.hi };
}

/** dy_i less the mean of dy over the elements with y > 0, for those. */
export function sparsemaxGradient(y: FloatTypedArray, dy: FloatTypedArray): DoubleDouble[] {
  const support = Array.from(dy, double).filter((_, i) => y[i]! > 0);
  const mean = divide(sumOf(support), double(support.length));
  return Array.from(dy, (value, i) => (y[i]! > 0 ? subtract(double(value), mean) : ZERO));
}

/** The loss of a label and its gradient, from what the others have in the sum: nothing cancels where the label is nearly certain. */
export function crossEntropyOfLabel(x: ArrayLike<number>, label: number): { loss: DoubleDouble; gradient: DoubleDouble[] } {
  const terms = Array.from(x, (value) => twoSum(value, -x[label]!)).map((d, i) => (i === label || d.hi < -800 ? ZERO : exp(d)));
  const others = sumOf(terms);
  const sum = add(others, ONE);
  return { loss: log1p(others), gradient: terms.map((e, i) => divide(i === label ? negate(others) : e, sum)) };
}

/** -sum_j t_j ln p_j and p_i sum(t) - t_i; a class with t = 0 counts nothing. */
export function crossEntropy(row: TrueRow, truth: readonly number[]): { loss: DoubleDouble; gradient: DoubleDouble[] } {
  const mass = sumOf(truth.map(double));
  const loss = sumOf(truth.map((t, i) => (t === 0 ? ZERO : multiply(double(-t), logProbability(row, i)))));
  return { loss, gradient: row.p.map((p, i) => subtract(multiply(p, mass), double(truth[i]!))) };
}

/** max(x, 0) - x t + ln(1 + e^-|x|) and 1 / (1 + e^-x) - t, from the tail of the logistic function */
export function binaryCrossEntropy(x: number, t: number): { loss: DoubleDouble; gradient: DoubleDouble } {
  const { p, logSum } = trueRow([x, 0]);
  // ln(1 + e^x) - x t, the first from the row of x and 0.
  return { loss: add(subtract(double(Math.max(x, 0)), multiply(double(x), double(t))), logSum), gradient: x > 0 ? subtract(twoSum(1, -t), p[1]!) : subtract(p[0]!, double(t)) };
}

/** value - truth */
export const difference = (value: number, truth: DoubleDouble): number => (value === truth.hi ? -truth.lo : value - truth.hi - truth.lo);

