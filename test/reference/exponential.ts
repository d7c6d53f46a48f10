/** Exponentials and logarithms, the ELUs, softplus, and squareplus. */
import { type DoubleDouble, ONE, ZERO, add, divide, double, exp as expOf, expm1 as expm1Of, log1p as log1pOf, multiply, sqrt, twoSum } from './double-double.js';
import { type References, decay, logistic, logistic32, negligible, number, product, scaledProduct, times } from './reference.js';
import { oneLessExp } from './sigmoidal.js';
import { type Exact, exact } from './ulp.js';

/** e^u for every u. */
function power(u: DoubleDouble): Exact {
  if (u.hi < 0) return decay({ hi: -u.hi, lo: -u.lo });
  if (u.hi > 500) return u.hi > 800 ? number(Infinity) : exact(expOf(u, -800), 800);
  return exact(expOf(u));
}

export const exp = {
  f32: { forward: Math.exp, derivative: Math.exp, fromOutput: (y) => y },
  f64: { forward: (x) => power(double(x)), derivative: (x) => power(double(x)), fromOutput: number },
} satisfies References;

/** e^u - 1 for every u. */
function powerLessOne(u: DoubleDouble): Exact {
  // The products of the series must not become subnormal.
  if (Math.abs(u.hi) < 2 ** -120) return exact(u);
  if (u.hi > 500) return power(u);
  return u.hi < -80 ? number(-1) : exact(expm1Of(u));
}

export const expm1 = {
  f32: { forward: Math.expm1, derivative: Math.exp, fromOutput: (y) => y + 1 },
  f64: { forward: (x) => powerLessOne(double(x)), derivative: (x) => power(double(x)), fromOutput: (y) => exact(twoSum(y, 1)) },
} satisfies References;

/** NaN for x < -1; f' is 1/(1 + x) for every x. */
export const log1p = {
  f32: { forward: Math.log1p, derivative: (x) => 1 / (1 + x), fromOutput: (y) => Math.exp(-y) },
  f64: {
    forward(x) {
      if (!(x > -1 && x < Infinity) || Math.abs(x) < 2 ** -120) return number(Math.log1p(x));
      return exact(log1pOf(double(x)));
    },
    derivative(x) {
      if (x === -1 || Math.abs(x) === Infinity) return number(1 / (1 + x));
      if (Math.abs(x) > 2 ** 400) return exact(divide(ONE, double(x * 2 ** -700)), -700);
      return exact(divide(ONE, twoSum(1, x)));
    },
    fromOutput: (y) => power(double(-y)),
  },
} satisfies References;

/** b x for x > 0, a (e^x - 1) otherwise, with derivative a at 0: ELU and SELU. */
function linearUnit(of: (values: Readonly<Record<string, number>>) => { readonly a: number; readonly b: number }): References {
  return {
    f32: {
      forward(x, values) {
        const { a, b } = of(values);
        return x > 0 ? b * x : a * Math.expm1(x);
      },
      derivative(x, values) {
        const { a, b } = of(values);
        return x > 0 ? b : a * Math.exp(x);
      },
      fromOutput(y, values) {
        const { a, b } = of(values);
        return y > 0 ? b : y + a;
      },
    },
    f64: {
      forward(x, values) {
        const { a, b } = of(values);
        if (x > 0) return product(x, double(b));
        return Math.abs(x) < 2 ** -120 ? product(x, double(a)) : exact(multiply(double(a), powerLessOne(double(x))));
      },
      derivative(x, values) {
        const { a, b } = of(values);
        return x > 0 ? number(b) : scaledProduct(a, power(double(x)));
      },
      fromOutput(y, values) {
        const { a, b } = of(values);
        return y > 0 ? number(b) : exact(twoSum(y, a));
      },
    },
  };
}

export const elu = linearUnit(({ alpha }) => ({ a: alpha!, b: 1 }));

/** The doubles nearest to PyTorch's constants: scale alpha and scale. */
export const SELU = { a: 1.7580993408473768, b: 1.0507009873554805 };
export const selu = linearUnit(() => SELU);

export const celu = {
  f32: {
    forward: (x, { alpha }) => (x > 0 ? x : alpha! * Math.expm1(x / alpha!)),
    derivative: (x, { alpha }) => (x > 0 ? 1 : Math.exp(x / alpha!)),
    fromOutput: (y, { alpha }) => (y > 0 ? 1 : (y + alpha!) / alpha!),
  },
  f64: {
    forward(x, { alpha }) {
      if (x > 0 || Math.abs(x / alpha!) < 2 ** -120) return number(x);
      return exact(multiply(double(alpha!), powerLessOne(ratio(x, alpha!))));
    },
    derivative: (x, { alpha }) => (x > 0 ? exact(ONE) : power(ratio(x, alpha!))),
    fromOutput: (y, { alpha }) => (y > 0 ? exact(ONE) : exact(divide(twoSum(y, alpha!), double(alpha!)))),
  },
} satisfies References;

/** x / alpha; by doubles where an exponential is 0 or 1. */
function ratio(x: number, alpha: number): DoubleDouble {
  const quotient = Math.abs(x / alpha);
  return quotient < 2 ** -200 || quotient > 2 ** 200 ? double(x / alpha) : divide(double(x), double(alpha));
}

export const softplus = {
  f32: {
    forward: (x, { beta }) => (x > 0 ? x : 0) + Math.log1p(Math.exp(-Math.abs(beta! * x))) / beta!,
    derivative: (x, { beta }) => logistic32(beta! * x),
    fromOutput: (y, { beta }) => -Math.expm1(-beta! * y),
  },
  f64: {
    forward(x, { beta }) {
      if (x === Infinity) return number(x);
      const e = decay(times(Math.abs(x), beta!));
      if (negligible(e)) return x > 0 ? number(x) : exact(divide(e, double(beta!)), e.exponent);
      const tail = divide(log1pOf(e), double(beta!));
      return exact(x > 0 ? add(double(x), tail) : tail);
    },
    derivative: (x, { beta }) => logistic(times(x, beta!)),
    fromOutput(y, { beta }) {
      return Math.abs(y * beta!) < 2 ** -120 ? product(y, double(beta!)) : oneLessExp(times(-y, beta!));
    },
  },
} satisfies References;

/** sqrt(x^2 + b) for b > 0 and |x| <= 2^400 */
function root(x: number, b: number): DoubleDouble {
  return sqrt(Math.abs(x) < 2 ** -200 ? double(b) : add(times(x, x), double(b)));
}

export const squareplus = {
  f32: {
    forward(x, { b }) {
      if (Math.abs(x) === Infinity) return x > 0 ? x : 0;
      const r = Math.sqrt(x * x + b!);
      return x < 0 ? b! / 2 / (r - x) : (x + r) / 2;
    },
    derivative(x, { b }) {
      if (Math.abs(x) === Infinity) return x > 0 ? 1 : 0;
      if (b === 0) return x !== x ? x : x > 0 ? 1 : 0;
      const r = Math.sqrt(x * x + b!);
      return x < 0 ? b! / 2 / ((r - x) * r) : (x + r) / (2 * r);
    },
    fromOutput: (y, { b }) => (y === Infinity ? 1 : y === 0 ? 0 : (y * y) / (y * y + b! / 4)),
  },
  f64: {
    forward(x, { b }) {
      if (x > 2 ** 400) return number(x);
      if (x < -(2 ** 400)) return x === -Infinity || b === 0 ? exact(ZERO) : exact(divide(double(b! / 4), double(-x * 2 ** -700)), -700);
      if (b === 0) return number(x !== x || x > 0 ? x : 0);
      const r = root(x, b!);
      return exact(x < 0 ? divide(double(b! / 2), add(r, double(-x))) : multiply(add(r, double(x)), double(0.5)));
    },
    derivative(x, { b }) {
      if (b === 0) return number(x !== x ? x : x > 0 ? 1 : 0);
      if (x > 2 ** 400) return exact(ONE);
      if (x < -(2 ** 400)) {
        const scaled = double(x * 2 ** -480);
        return x < -(2 ** 560) ? exact(ZERO) : exact(divide(double(b! / 4), multiply(scaled, scaled)), -960);
      }
      const r = root(x, b!);
      return exact(x < 0 ? divide(double(b! / 2), multiply(add(r, double(-x)), r)) : divide(add(r, double(x)), multiply(r, double(2))));
    },
    fromOutput(y, { b }) {
      if (b === 0) return number(y !== y ? y : y > 0 ? 1 : 0);
      if (y > 2 ** 400) return exact(ONE);
      if (y < 2 ** -400) {
        const scaled = double(y * 2 ** 480);
        return y < 2 ** -560 ? exact(ZERO) : exact(divide(multiply(scaled, scaled), double(b! / 4)), -960);
      }
      const square = times(y, y);
      return exact(divide(square, add(square, double(b! / 4))));
    },
  },
} satisfies References;
