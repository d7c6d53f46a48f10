import { polynomial, productError, quotientError, sumError } from './exact.js';
import { exponential } from './exponential.js';

/** (x - tanh x) / x^3 in x^2 for |x| <= 1: minimax, fitted with mpmath; relative error 2^-54. */
const TANH_SHRINK = [
  0.3333333333333333, -0.13333333333332986, 0.05396825396805978, -0.021869488531002124, 0.00886323545124928,
  -0.003592127267358424, 0.0014558292334860222, -0.0005900027206178693, 0.0002390416373970971, -9.66823243931633e-05,
  3.880455721647646e-05, -1.5178000184669748e-05, 5.556325181385525e-06, -1.7762701083931362e-06,
  4.4811003349986e-07, -7.660668225117172e-08, 6.481955026449535e-09,
];

/** x - tanh x */
export function tanhShrink(x: number): number {
  const magnitude = Math.abs(x);
  if (magnitude < 1) {
    const square = x * x;
    const cube = x * square;
    const y = cube * polynomial(TANH_SHRINK, square);
    // What the powers are rounded by counts, where they are not too small to tell.
    return magnitude < 2 ** -100 ? y : y + y * (productError(x, x, square) / square + productError(x, square, cube) / cube);
  }
  const y = magnitude - 1 + 2 / (1 + Math.exp(2 * magnitude));
  return x < 0 ? -y : y;
}

/** cap tanh(x/cap), an odd function */
export const softcap = (x: number, cap: number): number => (x < 0 ? -capped(-x, cap) : capped(x, cap));

/** For x >= 0. */
function capped(x: number, cap: number): number {
  const u = x / cap;
  // There tanh u = u, and u may have lost digits below the normal range.
  if (u < 1e-9) return x;
  if (u > 1) return cap * (1 - 2 / (Math.expm1(2 * u) + 2));
  const n = Math.expm1(2 * u);
  const divisor = n + 2;
  const product = cap * n;
  const y = product / divisor;
  // tanh' / tanh at u is 4 e^2u / (n (n + 2)).
  const rest = quotientError(x, cap, u);
  return y + y * (productError(cap, n, product) / product + ((4 * rest * (n + 1)) / n - sumError(n, 2, divisor)) / divisor);
}

/** 1 - tanh(x/cap)^2 */
export function softcapSlope(x: number, cap: number): number {
  const u = x / cap;
  if (Math.abs(u) > 400) return 0;
  const rest = quotientError(x, cap, u);
  const e = Math.exp(-2 * Math.abs(u));
  const divisor = 1 + e;
  const y = exponential(-2 * Math.abs(u), 4 / (divisor * divisor));
  // The derivative of ln (1 - tanh(u)^2) is -2 tanh u.
  return y - 2 * y * (rest * Math.tanh(u) + sumError(1, e, divisor) / divisor);
}

/** tanh(x)^2 */
export function tanhSquared(x: number): number {
  const magnitude = Math.abs(x);
  if (magnitude < 1e-9) return x * x;
  if (magnitude > 40) return 1;
  const n = Math.expm1(2 * magnitude);
  const divisor = n + 2;
  const tanh = n / divisor;
  const square = tanh * tanh;
  const lost = (quotientError(n, divisor, tanh) - (tanh * sumError(n, 2, divisor)) / divisor) * tanh;
  return square + (2 * lost + productError(tanh, tanh, square));
}
