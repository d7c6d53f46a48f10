/** Functions that saturate on both sides, and tanhShrink. */
import { type DoubleDouble, ONE, ZERO, add, divide, double, exp, expm1, log1p, multiply, negate, scale, subtract, twoSum } from './double-double.js';
import { type References, bell, bell32, decay, logistic, logistic32, negligible, number, product, series } from './reference.js';
import { type Exact, exact } from './ulp.js';

export const sigmoid = {
  f32: { forward: logistic32, derivative: bell32, fromOutput: (y) => y * (1 - y) },
  f64: {
    forward: (x) => logistic(double(x)),
    derivative: (x) => bell(decay(double(Math.abs(x)))),
    fromOutput: (y) => product(y, twoSum(1, -y)),
  },
} satisfies References;

export const logSigmoid = {
  f32: {
    forward: (x) => (x < 0 ? x : 0) - Math.log1p(Math.exp(-Math.abs(x))),
    derivative: (x) => logistic32(-x),
    fromOutput: (y) => -Math.expm1(y),
  },
  f64: {
    forward(x) {
      if (x === -Infinity) return number(x);
      const e = decay(double(Math.abs(x)));
      if (negligible(e)) return x < 0 ? number(x) : { ...negate(e), exponent: e.exponent };
      const rest = log1p(e);
      return exact(x < 0 ? subtract(double(x), rest) : negate(rest));
    },
    derivative: (x) => logistic(double(-x)),
    fromOutput: (y) => oneLessExp(double(y)),
  },
} satisfies References;

/** 1 - e^u for u <= 0 */
export function oneLessExp(u: DoubleDouble): Exact {
  if (u.hi < -80) return exact(ONE);
  return exact(negate(expm1(u)));
}

/** tanh u */
export function hyperbolicTangent(u: DoubleDouble): DoubleDouble {
  const magnitude = Math.abs(u.hi);
  if (magnitude > 400) return double(Math.sign(u.hi));
  // The next term is beyond the last digit.
  if (magnitude < 2 ** -60) return { hi: u.hi, lo: u.lo - (u.hi * u.hi * u.hi) / 3 };
  const t = expm1(scale(u, u.hi > 0 ? -2 : 2));
  const y = divide(negate(t), add(t, double(2)));
  return u.hi < 0 ? negate(y) : y;
}

/** 1 - tanh(u)^2 for u >= 0 */
export function hyperbolicSlope(u: DoubleDouble): Exact {
  const e = bell(decay(scale(u, 2)));
  return exact(scale(e, 4), e.exponent);
}

function tanh32(x: number): number {
  const t = Math.expm1(-2 * Math.abs(x));
  return (Math.sign(x) * -t) / (t + 2);
}

export const tanh = {
  f32: {
    forward: tanh32,
    derivative: (x) => 4 * bell32(2 * x),
    fromOutput: (y) => (1 - y) * (1 + y),
  },
  f64: {
    forward: (x) => exact(hyperbolicTangent(double(x))),
    derivative: (x) => hyperbolicSlope(double(Math.abs(x))),
    fromOutput: (y) => exact(multiply(twoSum(1, -y), twoSum(1, y))),
  },
} satisfies References;

/** x / cap, also where a division of double-doubles would lose digits. */
function quotient(x: number, cap: number): DoubleDouble {
  const magnitude = Math.abs(x / cap);
  return magnitude < 2 ** -60 || magnitude > 2 ** 60 ? double(x / cap) : divide(double(x), double(cap));
}

export const softcap = {
  f32: {
    forward: (x, { cap }) => cap! * tanh32(x / cap!),
    derivative: (x, { cap }) => 4 * bell32((2 * x) / cap!),
    fromOutput: (y, { cap }) => ((cap! - y) * (cap! + y)) / (cap! * cap!),
  },
  f64: {
    // Where tanh u is u to all digits, so is cap tanh(x/cap) x.
    forward: (x, { cap }) => (Math.abs(x) < 2 ** -60 * cap! ? number(x) : exact(multiply(double(cap!), hyperbolicTangent(quotient(x, cap!))))),
    derivative: (x, { cap }) => hyperbolicSlope(quotient(Math.abs(x), cap!)),
    fromOutput: (y, { cap }) => exact(divide(multiply(twoSum(cap!, -y), twoSum(cap!, y)), multiply(double(cap!), double(cap!)))),
  },
} satisfies References;

/** 2n/(2n + 1)! for n from 1 on, over x^(2n + 1): the series of x cosh x - sinh x, whose terms all have the sign of x. */
const SHRINK: DoubleDouble[] = [];
for (let n = 1, factorial = ONE; n <= 16; n++) {
  factorial = divide(factorial, double(2 * n * (2 * n + 1)));
  SHRINK.push(multiply(double(2 * n), factorial));
}
const SHRINK32 = SHRINK.slice(0, 9).map(({ hi }) => hi);

/** x - tanh x for |x| <= 1, in double precision. */
function shrink32(x: number): number {
  const square = x * x;
  let sum = 0;
  for (let n = SHRINK32.length - 1; n >= 0; n--) sum = sum * square + SHRINK32[n]!;
  return (sum * square * x) / Math.cosh(x);
}

/** The same as (x cosh x - sinh x) / cosh x. */
function shrink(x: number): Exact {
  // A number smaller by 2^300 to the third power, where it would be subnormal: x^3/3 (1 - 2/5 x^2).
  if (Math.abs(x) < 2 ** -250) {
    const scaled = double(x * 2 ** 330);
    return Math.abs(x) < 2 ** -400 ? number(0 * x) : exact(divide(multiply(multiply(scaled, scaled), scaled), double(3)), -990);
  }
  const square = multiply(double(x), double(x));
  const odd = multiply(multiply(double(x), square), series(square, SHRINK, 10));
  const e = exp(double(x));
  return exact(divide(scale(odd, 2), add(e, divide(ONE, e))));
}

export const tanhShrink = {
  f32: {
    forward: (x) => (Math.abs(x) <= 1 ? shrink32(x) : x - Math.sign(x) - (tanh32(x) - Math.sign(x))),
    derivative: (x) => tanh32(x) ** 2,
  },
  f64: {
    forward(x) {
      if (Math.abs(x) <= 1) return shrink(x);
      return Math.abs(x) > 2 ** 120 ? number(x) : exact(subtract(double(x), hyperbolicTangent(double(x))));
    },
    derivative(x) {
      if (Math.abs(x) < 2 ** -400) {
        const scaled = double(x * 2 ** 480);
        return Math.abs(x) < 2 ** -560 ? exact(ZERO) : exact(multiply(scaled, scaled), -960);
      }
      const t = hyperbolicTangent(double(x));
      return exact(multiply(t, t));
    },
  },
} satisfies References;

export const softsign = {
  f32: {
    forward: (x) => (Math.abs(x) === Infinity ? Math.sign(x) : x / (1 + Math.abs(x))),
    derivative: (x) => (1 / (1 + Math.abs(x))) ** 2,
    fromOutput: (y) => (1 - Math.abs(y)) ** 2,
  },
  f64: {
    forward(x) {
      if (Math.abs(x) < 2 ** -60) return exact({ hi: x, lo: -x * Math.abs(x) });
      return Math.abs(x) > 2 ** 200 ? number(Math.sign(x)) : exact(divide(double(x), twoSum(1, Math.abs(x))));
    },
    derivative(x) {
      const magnitude = Math.abs(x);
      if (magnitude > 2 ** 200) {
        const scaled = divide(ONE, double(magnitude * 2 ** -480));
        return magnitude > 2 ** 560 ? exact(ZERO) : exact(multiply(scaled, scaled), -960);
      }
      const root = divide(ONE, twoSum(1, magnitude));
      return exact(multiply(root, root));
    },
    fromOutput(y) {
      const root = twoSum(1, -Math.abs(y));
      return exact(multiply(root, root));
    },
  },
} satisfies References;
