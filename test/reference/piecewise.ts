/** Functions made of lines, and hardSwish. */
import { ONE, ZERO, add, divide, double, multiply, scale, sign, subtract, twoSum } from './double-double.js';
import { type Reference, type References, type Values, exactly, number, product } from './reference.js';
import { type Exact, exact } from './ulp.js';

/** 1 for x > bound, 0 elsewhere. */
const above = (x: number, bound: number): number => (x !== x ? x : x > bound ? 1 : 0);

/** 1 within (low, high), 0 outside. */
const within = (x: number, low: number, high: number): number => (x !== x ? x : x > low && x < high ? 1 : 0);

export const relu = exactly({ forward: (x) => (x <= 0 ? 0 : x), derivative: (x) => above(x, 0), fromOutput: (y) => above(y, 0) });

/** 1 for x > 0, alpha otherwise. */
const slope = (x: number, alpha: number): number => (x > 0 ? 1 : x !== x ? x : alpha);

/** A leaky ReLU whose slope on the left is a function of the parameters. */
function leaky(left: (values: Values) => number): References {
  const f64: Reference<Exact> = {
    forward(x, values) {
      if (!(x < 0)) return number(x);
      return left(values) === 0 ? exact(ZERO) : product(x, double(left(values)));
    },
    derivative: (x, values) => number(slope(x, left(values))),
    fromOutput: (y, values) => number(slope(y, left(values))),
  };
  const f32: Reference<number> = {
    forward(x, values) {
      if (!(x < 0)) return x;
      return left(values) === 0 ? 0 : left(values) * x;
    },
    derivative: (x, values) => slope(x, left(values)),
    fromOutput: (y, values) => slope(y, left(values)),
  };
  return { f32, f64 };
}

export const leakyRelu = leaky(({ alpha }) => alpha!);
export const rrelu = leaky(({ lower, upper }) => (lower! + upper!) / 2);

export const threshold = exactly({
  forward: (x, { theta, value }) => (x !== x || x > theta! ? x : value!),
  derivative: (x, { theta }) => above(x, theta!),
  fromOutput: (y, { theta }) => above(y, theta!),
});

export const thresholdedRelu = exactly({
  forward: (x, { alpha }) => (x !== x || x > alpha! ? x : 0),
  derivative: (x, { alpha }) => above(x, alpha!),
  fromOutput: (y, { alpha }) => above(y, alpha!),
});

const bounded: Reference<number> = {
  forward: (x, { min, max }) => (x < min! ? min! : x > max! ? max! : x),
  derivative: (x, { min, max }) => within(x, min!, max!),
  fromOutput: (y, { min, max }) => within(y, min!, max!),
};

export const hardTanh: References = {
  // The nearest float32 is what the outputs beyond a bound are.
  f32: { ...bounded, fromOutput: (y, { min, max }) => within(y, Math.fround(min!), Math.fround(max!)) },
  f64: exactly(bounded).f64,
};

const six: Values = { min: 0, max: 6 };
export const relu6 = exactly({
  forward: (x) => bounded.forward(x, six),
  derivative: (x) => bounded.derivative(x, six),
  fromOutput: (y) => bounded.fromOutput!(y, six),
});

/** As hardTanh, but for the derivative at the bounds. */
export const clamp = exactly({
  forward: bounded.forward,
  derivative: (x, { min, max }) => (x !== x ? x : x >= min! && x <= max! ? 1 : 0),
});

export const heaviside = exactly({
  forward: (x, { at0 }) => (x === 0 ? at0! : x > 0 ? 1 : x < 0 ? 0 : x),
  derivative: (x) => (x === x ? 0 : x),
});

/**
 * The line alpha x + beta as alpha (x + beta/alpha), to 100 bits also where it cancels. The quotient is a double: the
 * function of record is 0 at the double that is meant, as with alpha 1/6 and beta 1/2 at -3.
 */
function line(x: number, { alpha, beta }: Values): Exact {
  if (alpha === 0 && x === x) return number(beta!);
  const y = product(x, double(alpha!));
  // A product that came scaled up is far above 1 or below 0, one that came scaled down is nothing beside beta.
  if (beta === 0 || y.exponent > 0 || !Number.isFinite(y.hi)) return y;
  const offset = multiply(double(alpha!), double(beta! / alpha!));
  return exact(add(scale(y, 2 ** y.exponent), Math.abs(beta! / alpha!) < 2 ** 900 ? offset : double(beta!)));
}

/** In double precision: where the sum cancels it is exact, elsewhere what it was rounded by is added. */
function line32(x: number, { alpha, beta }: Values): number {
  if (alpha === 0) return x !== x ? x : beta!;
  const offset = beta! / alpha!;
  if (beta === 0 || Math.abs(offset) >= 2 ** 900 || Math.abs(x) === Infinity) return alpha! * x + beta!;
  const sum = x + offset;
  const part = sum - x;
  return alpha! * sum + alpha! * (x - (sum - part) + (offset - part));
}

const straight: Reference<Exact> = {
  forward: line,
  derivative: (x, { alpha }) => number(x !== x ? x : alpha!),
  fromOutput: (y, { alpha }) => number(y !== y ? y : alpha!),
};
export const affine: References = {
  f32: { forward: line32, derivative: (x, { alpha }) => (x !== x ? x : alpha!), fromOutput: (y, { alpha }) => (y !== y ? y : alpha!) },
  f64: straight,
};

/** Whether a number is 1 or more. */
const aboveOne = ({ hi, lo, exponent }: Exact): boolean => exponent > 0 || (exponent === 0 && (hi > 1 || (hi === 1 && lo >= 0)));

const ramp: Reference<Exact> = {
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
};
export const hardSigmoid: References = {
  f32: {
    forward(x, values) {
      const y = line32(x, values);
      return y <= 0 ? 0 : y >= 1 ? 1 : y;
    },
    derivative(x, values) {
      const y = line32(x, values);
      return x !== x ? x : y > 0 && y < 1 ? values.alpha! : 0;
    },
    fromOutput: (y, { alpha }) => (y > 0 && y < 1 ? alpha! : y !== y ? y : 0),
  },
  f64: ramp,
};

/** The derivative is that of the middle piece at 3 and 0 at -3. */
const swishSlope = (x: number): number | undefined => (x <= -3 ? 0 : x >= 3 ? 1 : undefined);

export const hardSwish: References = {
  f32: {
    forward: (x) => (x <= -3 ? 0 : x >= 3 ? x : (x * (x + 3)) / 6),
    derivative: (x) => swishSlope(x) ?? (x + 1.5) / 3,
  },
  f64: {
    forward(x) {
      if (x <= -3) return exact(ZERO);
      if (x >= 3) return number(x);
      const y = product(x, twoSum(x, 3));
      return exact(divide(y, double(6)), y.exponent);
    },
    derivative(x) {
      const outside = swishSlope(x);
      return outside === undefined ? exact(divide(twoSum(x, 1.5), double(3))) : number(outside);
    },
  },
};

const outside = (x: number, lambda: number): number => (x !== x ? x : Math.abs(x) > lambda ? 1 : 0);
const notZero = (y: number): number => (y !== y ? y : y === 0 ? 0 : 1);

/** Towards 0 by lambda. */
function shrunk(x: number, lambda: number): Exact {
  if (Math.abs(x) <= lambda) return exact(ZERO);
  if (!Number.isFinite(x)) return number(x);
  return exact(x > 0 ? subtract(double(x), double(lambda)) : add(double(x), double(lambda)));
}

const soft: Reference<Exact> = {
  forward: (x, { lambda }) => shrunk(x, lambda!),
  derivative: (x, { lambda }) => number(outside(x, lambda!)),
  fromOutput: (y) => number(notZero(y)),
};

export const softShrink: References = {
  // The difference of a float32 and a double that lie close together is exact.
  f32: {
    forward: (x, { lambda }) => (Math.abs(x) <= lambda! ? 0 : x > 0 ? x - lambda! : x + lambda!),
    derivative: (x, { lambda }) => outside(x, lambda!),
    fromOutput: notZero,
  },
  f64: soft,
};

export const hardShrink = exactly({
  forward: (x, { lambda }) => (Math.abs(x) <= lambda! ? 0 : x),
  derivative: (x, { lambda }) => outside(x, lambda!),
  fromOutput: notZero,
});
