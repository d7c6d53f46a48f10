/**
 * f and f' in double-double arithmetic, for every float64 there is: f at an infinite input is the limit, NaN gives NaN.
 */
import type { Values } from '../../src/catalogue/index.js';
import { type DoubleDouble, ONE, ZERO, add, divide, double, exp, expm1, multiply, negate, scale, sign, twoSum } from './double-double.js';
import { type Exact, exact } from './ulp.js';

export interface Reference<T> {
  /** f(x) */
  readonly forward: (x: number, values: Values<string>) => T;
  /** f'(x) */
  readonly derivative: (x: number, values: Values<string>) => T;
  /** f'(x) from y = f(x) */
  readonly fromOutput?: (y: number, values: Values<string>) => T;
}

/** A result that is a double. */
const number = (x: number): Exact => exact(double(x));

/** x y, with x brought to where the product neither overflows nor loses digits; y is to be of moderate size. */
export function product(x: number, y: DoubleDouble): Exact {
  if (!Number.isFinite(x)) return number(x * y.hi);
  const magnitude = Math.abs(x);
  if (magnitude > 2 ** 400) return exact(multiply(double(x * 2 ** -700), y), 700);
  if (magnitude < 2 ** -400 && x !== 0) return exact(multiply(double(x * 2 ** 700), y), -700);
  return exact(multiply(double(x), y));
}

/** e^-x for x >= 0. Where it comes scaled, it is so small that 1 + e^-x is 1. */
function decay(x: number): Exact {
  if (x > 800) return number(0);
  return x > 500 ? exact(exp(double(-x), 800), -800) : exact(exp(double(-x)));
}

const negligible = (e: Exact): boolean => e.exponent !== 0 || e.hi === 0;

/** e / (1 + e)^2 */
function bell(e: Exact): Exact {
  if (negligible(e)) return e;
  const sum = add(ONE, e);
  return exact(divide(e, multiply(sum, sum)));
}

export const sigmoid = {
  forward(x) {
    const e = decay(Math.abs(x));
    if (negligible(e)) return x < 0 ? e : exact(ONE);
    return exact(divide(x < 0 ? e : ONE, add(ONE, e)));
  },
  derivative: (x) => bell(decay(Math.abs(x))),
  fromOutput: (y) => product(y, twoSum(1, -y)),
} satisfies Reference<Exact>;

export const tanh = {
  forward(x) {
    const magnitude = Math.abs(x);
    if (magnitude > 400) return number(Math.sign(x));
    // The next term is beyond the last digit.
    if (magnitude < 2 ** -60) return exact({ hi: x, lo: (-x * x * x) / 3 });
    const t = expm1(double(-2 * magnitude));
    const y = divide(negate(t), add(t, double(2)));
    return exact(x < 0 ? negate(y) : y);
  },
  derivative(x) {
    const e = bell(decay(2 * Math.abs(x)));
    return exact(scale(e, 4), e.exponent);
  },
  fromOutput: (y) => exact(multiply(twoSum(1, -y), twoSum(1, y))),
} satisfies Reference<Exact>;

/** 1 for x > 0, alpha otherwise. */
const slope = (x: number, { alpha }: Values<string>): number => (x > 0 ? 1 : x !== x ? x : alpha!);

export const leakyRelu = {
  forward(x, { alpha }) {
    if (!(x < 0)) return number(x);
    return alpha === 0 ? number(0) : product(x, double(alpha!));
  },
  derivative: (x, values) => number(slope(x, values)),
  fromOutput: (y, values) => number(slope(y, values)),
} satisfies Reference<Exact>;

/**
 * The line alpha x + beta as alpha (x + beta/alpha), to 100 bits also where it cancels. The quotient is a double: the
 * function of record is 0 at the double that is meant, as with alpha 1/6 and beta 1/2 at -3.
 */
function line(x: number, { alpha, beta }: Values<string>): Exact {
  if (alpha === 0 && x === x) return number(beta!);
  const y = product(x, double(alpha!));
  // A product that came scaled up is far above 1 or below 0, one that came scaled down is nothing beside beta.
  if (beta === 0 || y.exponent > 0 || !Number.isFinite(y.hi)) return y;
  const offset = multiply(double(alpha!), double(beta! / alpha!));
  return exact(add(scale(y, 2 ** y.exponent), Math.abs(beta! / alpha!) < 2 ** 100 ? offset : double(beta!)));
}

/** Whether a number is 1 or more. */
const aboveOne = ({ hi, lo, exponent }: Exact): boolean => exponent > 0 || (exponent === 0 && (hi > 1 || (hi === 1 && lo >= 0)));

export const hardSigmoid = {
  forward(x, values) {
    const y = line(x, values);
    if (sign(y) <= 0) return exact(ZERO);
    return aboveOne(y) ? exact(ONE) : y;
  },
  derivative(x, values) {
    const y = line(x, values);
    if (x !== x) return number(x);
    return number(sign(y) > 0 && !aboveOne(y) ? values.alpha! : 0);
  },
  fromOutput: (y, { alpha }) => number(y > 0 && y < 1 ? alpha! : y !== y ? y : 0),
} satisfies Reference<Exact>;
