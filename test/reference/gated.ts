/** x times something between 0 and 1: silu with its slope beta, gelu's tanh approximation, mish. */
import { type DoubleDouble, ONE, PI, add, divide, double, multiply, scale, sqrt } from './double-double.js';
import { type References, type Values, decay, logistic, logistic32, magnitude, negligible, number, scaledProduct, times } from './reference.js';
import { type Exact, exact } from './ulp.js';

/** sigma(u) (1 + t (1 - sigma(u))): the derivative of x sigma(u) with t = x u'. */
function slope(u: DoubleDouble, t: DoubleDouble): Exact {
  const e = decay(magnitude(u));
  if (negligible(e)) return u.hi > 0 ? exact(ONE) : e.hi === 0 ? number(0) : exact(multiply(e, add(ONE, t)), e.exponent);
  const sum = add(ONE, e);
  const left = divide(u.hi < 0 ? e : ONE, sum);
  const right = divide(u.hi < 0 ? ONE : e, sum);
  return exact(multiply(left, add(ONE, multiply(t, right))));
}

function slope32(u: number, t: number): number {
  const e = Math.exp(-Math.abs(u));
  const sum = 1 + e;
  return u < 0 ? (e / sum) * (1 + t / sum) : (1 + (t * e) / sum) / sum;
}

/** x sigma(beta x) */
function swish(beta: (values: Values) => number): References {
  return {
    f32: {
      forward(x, values) {
        const u = x * beta(values);
        // 0 times an infinite x.
        return Math.abs(u) === Infinity ? (u > 0 ? x : 0) : beta(values) === 0 ? x / 2 : x * logistic32(u);
      },
      derivative(x, values) {
        const u = beta(values) === 0 && x === x ? 0 : x * beta(values);
        return Math.abs(u) > 800 ? (u > 0 ? 1 : 0) : slope32(u, u);
      },
    },
    f64: {
      forward(x, values) {
        if (beta(values) === 0) return number(x / 2);
        return Math.abs(x) === Infinity ? number(x * beta(values) > 0 ? x : 0) : scaledProduct(x, logistic(times(x, beta(values))));
      },
      derivative(x, values) {
        const u = times(beta(values) === 0 && x === x ? 0 : x, beta(values));
        return Math.abs(u.hi) > 850 ? number(u.hi > 0 ? 1 : 0) : slope(u, u);
      },
    },
  };
}

export const silu = swish(({ beta }) => beta!);
export const geluQuick = swish(() => 1.702);

/** x (1 + tanh u)/2 = x sigma(2u) with 2u = sqrt(8/pi) (x + 0.044715 x^3) */
const CUBIC = 0.044715;
const LINEAR = sqrt(divide(double(8), PI));

function exponent(x: number): DoubleDouble {
  return multiply(multiply(LINEAR, double(x)), add(ONE, multiply(double(CUBIC), times(x, x))));
}

export const geluTanh = {
  f32: {
    forward(x) {
      if (Math.abs(x) > 30) return x > 0 ? x : 0;
      return x * logistic32(LINEAR.hi * x * (1 + CUBIC * x * x));
    },
    derivative(x) {
      if (Math.abs(x) > 30) return x > 0 ? 1 : 0;
      const square = CUBIC * x * x;
      return slope32(LINEAR.hi * x * (1 + square), LINEAR.hi * x * (1 + 3 * square));
    },
  },
  f64: {
    forward: (x) => (Math.abs(x) > 100 ? number(x > 0 ? x : 0) : scaledProduct(x, logistic(exponent(x)))),
    derivative(x) {
      if (Math.abs(x) > 100) return number(x > 0 ? 1 : 0);
      const t = multiply(multiply(LINEAR, double(x)), add(ONE, multiply(times(3, CUBIC), times(x, x))));
      return slope(exponent(x), t);
    },
  },
} satisfies References;

/** With w = e^x it is x n/(n + 2), n = w (w + 2); on the right both are divided by w^2. */
export const mish = {
  f32: {
    forward(x) {
      if (Math.abs(x) > 400) return x > 0 ? x : 0;
      const e = Math.exp(-Math.abs(x));
      const n = x < 0 ? e * (e + 2) : 1 + 2 * e;
      return x * (n / (n + (x < 0 ? 2 : 2 * e * e)));
    },
    derivative(x) {
      if (Math.abs(x) > 400) return x > 0 ? 1 : 0;
      const e = Math.exp(-Math.abs(x));
      const [n, rest, change] = x < 0 ? [e * (e + 2), 2, 4 * e * (1 + e)] : [1 + 2 * e, 2 * e * e, 4 * e * e * (1 + e)];
      const sum = n + rest;
      return (n * sum + x * change) / (sum * sum);
    },
  },
  f64: {
    forward(x) {
      const { e, n, sum } = parts(x);
      if (negligible(e)) return x > 0 ? number(x) : Math.abs(x) === Infinity ? number(0) : scaledProduct(x, e);
      return scaledProduct(x, exact(divide(n, sum)));
    },
    derivative(x) {
      const { e, n, sum, change } = parts(x);
      if (negligible(e)) return x > 0 ? exact(ONE) : e.hi === 0 ? number(0) : exact(multiply(e, add(ONE, double(x))), e.exponent);
      return exact(divide(add(multiply(n, sum), multiply(double(x), change)), multiply(sum, sum)));
    },
  },
} satisfies References;

/** e^-|x|, n, n + 2 and 2 n', all but the first over w^2 for x > 0. */
function parts(x: number): { e: Exact; n: DoubleDouble; sum: DoubleDouble; change: DoubleDouble } {
  const e = decay(double(Math.abs(x)));
  const both = scale(e, 2);
  const square = multiply(e, e);
  const n = x < 0 ? add(square, both) : add(ONE, both);
  const change = scale(multiply(x < 0 ? e : square, add(ONE, e)), 4);
  return { e, n, sum: add(n, x < 0 ? double(2) : scale(square, 2)), change };
}
