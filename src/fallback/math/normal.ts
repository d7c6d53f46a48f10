import { polynomial, productError, quotientError, sumError } from './exact.js';
import { exponential } from './exponential.js';
import { NearZero } from './near-zero.js';

/** Minimax polynomials, fitted with mpmath; relative errors 2^-56 and 2^-53. */
const ERF = [
  1.1283791670955126, -0.3761263890318353, 0.1128379167094557, -0.02686617064320121, 0.005223977603614621,
  -0.0008548325505240394, 0.000120552647426081, -1.4923626637921785e-05, 1.6422665581806164e-06,
  -1.5876873370677527e-07, 1.1258997585648742e-08,
];
const TAIL_AT_CENTER = 0.45345520027112796;
const TAIL = [
  -0.08502536230577072, 0.03981142456242863, -0.004373386779593436, -0.016141517332159922,
  0.022592467062795503, -0.019766479220514402, 0.0132468641537463, -0.007059819416706122, 0.002935655520717307,
  -0.000868994686622214, 0.00011948963894004728, 3.7794964452611e-05, -2.6353332827225527e-05, 4.412289377990132e-06,
  1.7836760585537088e-06, -9.994700143941123e-07, -2.469862174779087e-10, 1.3231636725385835e-07,
  -2.016297277357304e-08, -1.5653031581348015e-08, 2.985057100884298e-09, 1.5844586302256849e-09,
];
const TAIL_CENTER = 6;
const TWO_OVER_ROOT_PI = 1.1283791670955126;
const ONE_OVER_ROOT_TWO_PI = 0.3989422804014327;
/** What it is rounded by. */
const ONE_OVER_ROOT_TWO_PI_REST = -2.49232720227773e-17;

const slopeZero = new NearZero(-0.7517915246935645, 1.4956759177009883e-17, 0.5, [
  0.4314939923140469, 0.388284982990552, -0.01819967639866717, -0.11400823329721961, -0.014771522148453191,
  0.019421679838134264, 0.004539228384143992, -0.0022395380676057943, -0.0007448269025728697, 0.0001863397480485775,
  8.615993725198089e-05, -1.1214437975768542e-05, -7.75030263537646e-06, 4.332409224305111e-07,
  5.739860297264228e-07, -2.791616153785731e-09, -3.7707865022109104e-08,
]);

/** factor e^(s x^2) for s of -1 or -1/2. */
function bell(x: number, s: number, factor: number): number {
  const square = x * x;
  return exponential(s * square, factor + factor * (s * productError(x, x, square)));
}

/**
 * The integral of the normal density from a on, over e^(-a^2/2), for 0 <= a <= 40: times 1 + a it is a polynomial in
 * s = (a - 6)/(a + 6), of which this is the difference from its value at s = 0.
 */
function variation(a: number): number {
  const s = (a - TAIL_CENTER) / (a + TAIL_CENTER);
  return s * polynomial(TAIL, s);
}

/** See `variation`. */
export const tail = (a: number): number => (TAIL_AT_CENTER + variation(a)) / (1 + a);

/** erf(x) for |x| < 0.75. */
export const centralErf = (x: number): number => x * polynomial(ERF, x * x);

export function erf(x: number): number {
  const magnitude = Math.abs(x);
  if (magnitude < 0.75) return centralErf(x);
  if (magnitude > 6) return Math.sign(x);
  const y = 1 - 2 * bell(magnitude, -1, tail(magnitude * Math.SQRT2));
  return x < 0 ? -y : y;
}

export function erfSlope(x: number): number {
  return Math.abs(x) > 30 ? 0 : bell(x, -1, TWO_OVER_ROOT_PI);
}

/** x Phi(x): |x| (1 - Phi(|x|)) is taken from x on the right, from 0 on the left. */
export function gelu(x: number): number {
  const magnitude = Math.abs(x);
  if (x === 0) return x;
  const positive = x > 0 ? x : -0;
  if (magnitude > 40) return positive;
  if (magnitude < 0.5) return x / 2 + (x * erf(x * Math.SQRT1_2)) / 2;
  const square = magnitude * magnitude;
  const divisor = 1 + magnitude;
  const quotient = magnitude / divisor;
  const difference = variation(magnitude);
  const numerator = TAIL_AT_CENTER + difference;
  const product = numerator * quotient;
  // What each step rounds away, made good at once.
  const lost =
    quotientError(magnitude, divisor, quotient) / quotient -
    sumError(1, magnitude, divisor) / divisor +
    sumError(TAIL_AT_CENTER, difference, numerator) / numerator +
    productError(numerator, quotient, product) / product -
    productError(magnitude, magnitude, square) / 2;
  const missing = exponential(-square / 2, product);
  return positive - (missing + missing * lost);
}

/** Phi(x) + x phi(x): D = e^(-x^2/2) (tail - |x|/sqrt(2 pi)) on the left, 1 - D on the right. */
export function geluSlope(x: number): number {
  if (slopeZero.covers(x)) return slopeZero.at(x);
  const magnitude = Math.abs(x);
  if (magnitude > 40) return x > 0 ? 1 : -0;
  const density = magnitude * ONE_OVER_ROOT_TWO_PI;
  const ofDensity = productError(magnitude, ONE_OVER_ROOT_TWO_PI, density) + magnitude * ONE_OVER_ROOT_TWO_PI_REST;
  const left = bell(magnitude, -0.5, tail(magnitude) - density - ofDensity);
  return x < 0 ? left : 1 - left;
}
