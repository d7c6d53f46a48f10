/**
 * The tail of the normal distribution, for gelu and erf: R(x) = e^(x^2/2) (1 - Phi(x)), from tables of its Taylor series.
 *
 * R' = x R - 1/sqrt(2 pi), so that the coefficients at a centre c follow from R(c): r_1 = c r_0 - 1/sqrt(2 pi) and
 * (n + 1) r_(n+1) = c r_n + r_(n-1). R(40) is summed from the asymptotic series; from there the Taylor series lead from
 * centre to centre down to 0, the direction in which errors shrink.
 */
import { type DoubleDouble, ONE, PI, add, addSmaller, divide, double, exp, multiply, negate, scale, sqrt, subtract } from './double-double.js';
import { type References, decay, negligible, number, product, series, times } from './reference.js';
import { type Exact, exact } from './ulp.js';

/** 1/sqrt(2 pi) and the square root of 2 */
const DENSITY = divide(ONE, sqrt(scale(PI, 2)));
const SQRT2 = sqrt(double(2));

const END = 40;
const STEPS = 32;
const ORDER = 18;
/** So many coefficients are needed as double-doubles within half a step. */
const IN_FULL = 9;

/** R(x) for x >= 40. */
function asymptotic(x: number): DoubleDouble {
  const square = multiply(double(x), double(x));
  let sum = ONE;
  for (let n = 40; n >= 1; n--) sum = subtract(ONE, multiply(divide(double(2 * n - 1), square), sum));
  return divide(multiply(DENSITY, sum), double(x));
}

/** The Taylor coefficients of R at c, given R(c). */
function coefficients(c: number, value: DoubleDouble): DoubleDouble[] {
  const r = [value, subtract(multiply(double(c), value), DENSITY)];
  for (let n = 1; n < ORDER - 1; n++) r.push(divide(add(multiply(double(c), r[n]!), r[n - 1]!), double(n + 1)));
  return r;
}

const TABLE: DoubleDouble[][] = [];
for (let j = END * STEPS, value = asymptotic(END); j >= 0; j--) {
  TABLE[j] = coefficients(j / STEPS, value);
  value = series(double(-1 / STEPS), TABLE[j]!, ORDER);
}

/** R(x) for x from 0 to 40. */
function tail(x: DoubleDouble): DoubleDouble {
  const j = Math.round(x.hi * STEPS);
  return series(add(double(-j / STEPS), x), TABLE[j]!, IN_FULL);
}

/** The same as doubles, up to where a float32 is 0, also times the gradients of the tests. */
const END32 = 16;
const ORDER32 = 8;
const TABLE32 = Float64Array.from(TABLE.slice(0, END32 * STEPS + 1).flatMap((r) => r.slice(0, ORDER32).map(({ hi }) => hi)));

/** R(x) for x from 0 to 16, in double precision. */
function tail32(x: number): number {
  const j = Math.round(x * STEPS);
  const h = x - j / STEPS;
  const start = j * ORDER32;
  let sum = 0;
  for (let n = start + ORDER32 - 1; n >= start; n--) sum = sum * h + TABLE32[n]!;
  return sum;
}

/** e^(-x^2/2) y */
function bell(x: number, y: DoubleDouble): Exact {
  const e = decay(scale(multiply(double(x), double(x)), 0.5));
  return exact(multiply(e, y), e.exponent);
}

/** gelu'(x) from that of -|x|: gelu'(-x) = 1 - gelu'(x) */
function reflected(x: number, left: Exact): Exact {
  if (x < 0) return left;
  return negligible(left) ? exact(ONE) : exact(subtract(ONE, left));
}

/** D of gelu'(-x) = e^(-x^2/2) D for x >= 0 */
const difference = (x: number): DoubleDouble => subtract(tail(double(x)), multiply(double(x), DENSITY));

export const gelu = {
  f32: {
    forward(x) {
      const u = Math.abs(x);
      const right = x > 0 ? x : 0;
      return u > END32 ? right : right - u * tail32(u) * Math.exp((-x * x) / 2);
    },
    derivative(x) {
      const u = Math.abs(x);
      if (u > END32) return x > 0 ? 1 : 0;
      const left = (tail32(u) - u * DENSITY.hi) * Math.exp((-x * x) / 2);
      return x < 0 ? left : 1 - left;
    },
  },
  f64: {
    forward(x) {
      if (!(Math.abs(x) < END)) return number(x < 0 ? 0 : x);
      if (Math.abs(x) < 2 ** -300) return number(x / 2);
      const missing = bell(x, multiply(tail(double(Math.abs(x))), double(Math.abs(x))));
      if (x < 0) return { hi: -missing.hi, lo: -missing.lo, exponent: missing.exponent };
      return negligible(missing) ? number(x) : exact(subtract(double(x), missing));
    },
    derivative(x) {
      if (!(Math.abs(x) < END)) return number(x < 0 ? 0 : x > 0 ? 1 : x);
      return reflected(x, bell(x, difference(Math.abs(x))));
    },
  },
} satisfies References;

/** 2/sqrt(pi) and the coefficients of erf x = x (c_0 + c_1 x^2 + ...): (-1)^n 2/sqrt(pi) / (n! (2n + 1)). */
const SLOPE = divide(double(2), sqrt(PI));
const ERF: DoubleDouble[] = [];
for (let n = 0, factor = SLOPE; n < 24; n++, factor = negate(divide(factor, double(n)))) ERF.push(divide(factor, double(2 * n + 1)));
const ERF32 = ERF.slice(0, 14).map(({ hi }) => hi);

export const erf = {
  f32: {
    forward(x) {
      const u = Math.abs(x);
      if (u > 0.5) return u > 7 ? Math.sign(x) : Math.sign(x) * (1 - 2 * tail32(u * Math.SQRT2) * Math.exp(-x * x));
      const square = x * x;
      let sum = 0;
      for (let n = ERF32.length - 1; n >= 0; n--) sum = sum * square + ERF32[n]!;
      return x * sum;
    },
    derivative: (x) => SLOPE.hi * Math.exp(-x * x),
  },
  f64: {
    forward(x) {
      const u = Math.abs(x);
      if (!(u <= 12)) return number(Math.sign(x));
      if (u < 2 ** -60) return product(x, SLOPE);
      if (u <= 0.5) return exact(multiply(double(x), series(times(x, x), ERF, 14)));
      const missing = multiply(exp(negate(times(x, x))), scale(tail(multiply(SQRT2, double(u))), 2));
      const y = addSmaller(ONE, negate(missing));
      return exact(x < 0 ? negate(y) : y);
    },
    derivative(x) {
      const e = decay(Math.abs(x) > 2 ** 100 ? double(Infinity) : times(x, x));
      return exact(multiply(e, SLOPE), e.exponent);
    },
  },
} satisfies References;
