import { productError, sumError } from './exact.js';
import { gated, gatedSlope } from './gated.js';
import { NearZero } from './near-zero.js';

/** 2 sqrt(2/pi) and what it is rounded by */
const FACTOR = 1.5957691216057308;
const FACTOR_REST = -9.96930880911092e-17;
const CUBIC = 0.044715;

const slopeZero = new NearZero(-0.7524614220710163, 3.4358218314355225e-17, 0.3, [
  0.4304000910248585, 0.3875184461357889, -0.01578285352184655, -0.11394448308094422, -0.01661932834323312,
  0.019682309457947498, 0.005261059264428629, -0.0024227317425778343, -0.0009274422682750925, 0.0002639247678361362,
  0.000124255368800266, -3.4913577559860265e-05, -1.596529584257219e-05, 5.596647822592913e-06,
  2.3932092110312876e-06,
]);

/** Where sigma(v) is neither 0 nor 1. */
const bounded = (x: number): number => (x < -30 ? -30 : x > 30 ? 30 : x);

/** x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) = x sigma(v), v = 2 sqrt(2/pi) (x + 0.044715 x^3) */
export function geluTanh(x: number): number {
  const { v, rest } = argument(bounded(x));
  return x < -30 ? -0 : gated(x, v, rest);
}

export function geluTanhSlope(x: number): number {
  if (slopeZero.covers(x)) return slopeZero.at(x);
  const near = bounded(x);
  const { v, rest, cubic } = argument(near);
  // x v'(x) = v + 2 times the cubic term
  const twice = 2 * FACTOR * near * cubic;
  const w = v + twice;
  return gatedSlope(v, rest, w, sumError(v, twice, w) + rest);
}

/** v, what it is rounded by, which e^v magnifies by v, and 0.044715 x^2. */
function argument(x: number): { v: number; rest: number; cubic: number } {
  const square = x * x;
  const cubic = square * CUBIC;
  const ofCubic = productError(square, CUBIC, cubic) + CUBIC * productError(x, x, square);
  const growth = 1 + cubic;
  const ofGrowth = sumError(1, cubic, growth) + ofCubic;
  const sum = x * growth;
  const ofSum = productError(x, growth, sum) + x * ofGrowth;
  const v = sum * FACTOR;
  return { v, cubic, rest: productError(sum, FACTOR, v) + (sum * FACTOR_REST + ofSum * FACTOR) };
}
