/** What a reference is, and what the references share. */
import { type DoubleDouble, ONE, ZERO, add, divide, double, exp, multiply, scale, twoProduct } from './double-double.js';
import { type Exact, exact } from './ulp.js';

/** The parameters of a function. */
export type Values = Readonly<Record<string, number>>;

/** f at an infinite input is the limit, and NaN gives NaN. */
export interface Reference<T> {
  /** f(x) */
  readonly forward: (x: number, values: Values) => T;
  /** f'(x) */
  readonly derivative: (x: number, values: Values) => T;
  /** f'(x) from y = f(x) */
  readonly fromOutput?: (y: number, values: Values) => T;
}

/**
 * For float32 in double precision, with 45 right bits, since there are 2^32 inputs; for float64 in double-double arithmetic,
 * with 100.
 */
export interface References {
  readonly f32: Reference<number>;
  readonly f64: Reference<Exact>;
}

/** A result that is a double. */
export const number = (x: number): Exact => exact(double(x));

/** For functions without an error in double precision: the same reference for both types. */
export function exactly(f: Reference<number>): References {
  const held = (of: (x: number, values: Values) => number) => (x: number, values: Values) => number(of(x, values));
  const { forward, derivative, fromOutput } = f;
  return { f32: f, f64: { forward: held(forward), derivative: held(derivative), ...(fromOutput && { fromOutput: held(fromOutput) }) } };
}

/** x y, with x brought to where the product neither overflows nor loses digits; y is to be of moderate size. */
export function product(x: number, y: DoubleDouble): Exact {
  const magnitude = Math.abs(x);
  if (magnitude <= 2 ** 400 && magnitude >= 2 ** -400) return exact(multiply(double(x), y));
  if (magnitude === 0 || !Number.isFinite(x)) return number(x * y.hi);
  if (magnitude > 1) return exact(multiply(double(x * 2 ** -700), y), 700);
  return exact(multiply(double(x * 2 ** 700), y), -700);
}

/** x y for every y. */
export function scaledProduct(x: number, y: Exact): Exact {
  if (!Number.isFinite(y.hi)) return number(x * y.hi);
  const large = Math.abs(y.hi) > 2 ** 400;
  const { hi, lo, exponent } = product(x, large ? scale(y, 2 ** -700) : y);
  return { hi, lo, exponent: exponent + y.exponent + (large ? 700 : 0) };
}

/** x y exactly where it lies between 2^-900 and 2^900; beyond, hi still is the double. */
export const times = twoProduct;

/**
 * e^-u for u >= 0; 0 where it is so small that no factor makes a number of it. Where it comes scaled, 1 + e^-u is 1.
 */
export function decay(u: DoubleDouble): Exact {
  if (u.hi > 1060) return number(0);
  return u.hi > 500 ? exact(exp({ hi: -u.hi, lo: -u.lo }, 800), -800) : exact(exp({ hi: -u.hi, lo: -u.lo }));
}

/** Whether 1 + e is 1 and its powers are nothing. */
export const negligible = (e: Exact): boolean => e.exponent !== 0 || e.hi === 0;

/** e / (1 + e)^2 */
export function bell(e: Exact): Exact {
  if (negligible(e)) return e;
  const sum = add(ONE, e);
  return exact(divide(e, multiply(sum, sum)));
}

/** sigma(u) */
export function logistic(u: DoubleDouble): Exact {
  const e = decay(magnitude(u));
  if (negligible(e)) return u.hi < 0 ? e : exact(ONE);
  return exact(divide(u.hi < 0 ? e : ONE, add(ONE, e)));
}

export const magnitude = (u: DoubleDouble): DoubleDouble => (u.hi < 0 ? { hi: -u.hi, lo: -u.lo } : u);

/** sigma(u) in double precision. */
export function logistic32(u: number): number {
  const e = Math.exp(-Math.abs(u));
  return u < 0 ? e / (1 + e) : 1 / (1 + e);
}

/** e / (1 + e)^2 for e = e^-|u|, in double precision. */
export function bell32(u: number): number {
  const e = Math.exp(-Math.abs(u));
  return e / ((1 + e) * (1 + e));
}

/** c_0 + c_1 x + ... for decreasing terms: the last coefficients as doubles, the others in full. */
export function series(x: DoubleDouble, coefficients: readonly DoubleDouble[], inFull: number): DoubleDouble {
  let tail = 0;
  for (let n = coefficients.length - 1; n >= inFull; n--) tail = tail * x.hi + coefficients[n]!.hi;
  let sum = coefficients.length > inFull ? double(tail) : ZERO;
  for (let n = inFull - 1; n >= 0; n--) sum = add(coefficients[n]!, multiply(sum, x));
  return sum;
}
