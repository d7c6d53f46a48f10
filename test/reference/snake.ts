/** snake(x) = x + sin(u)^2 / alpha, u = alpha x; its derivative is 1 + sin(2u) = 2 sin(u + pi/4)^2. */
import { type DoubleDouble, ONE, PI, add, addSmaller, divide, double, multiply, scale, subtract, twoProduct } from './double-double.js';
import { type References, number, product, series, times } from './reference.js';
import { exact } from './ulp.js';

/** Machin: pi = 16 arctan(1/5) - 4 arctan(1/239), as an integer over 2^bits. */
const BITS = 1600n;
const PI_BITS = 16n * arctan(5n) - 4n * arctan(239n);

function arctan(inverse: bigint): bigint {
  let sum = 0n;
  for (let n = 1n, power = (1n << BITS) / inverse; power !== 0n; n += 2n, power /= -(inverse * inverse)) sum += power / n;
  return sum;
}

/** 1/pi as an integer over 2^1600, some 1590 bits of which are right. */
const INVERSE = (1n << (2n * BITS)) / PI_BITS;

const word = new Float64Array(1);
const bits = new BigUint64Array(word.buffer);

/** A normal number as an integer and the power of two it is to be multiplied with. */
function split(x: number): { mantissa: bigint; exponent: number } {
  word[0] = Math.abs(x);
  const mantissa = (bits[0]! & 0xfffffffffffffn) | 0x10000000000000n;
  return { mantissa: x < 0 ? -mantissa : mantissa, exponent: Number(bits[0]! >> 52n) - 1075 };
}

/** How many bits of a fraction of pi are kept. */
const KEPT = 200n;

/** x 2^shift / pi modulo 1, over 2^200: only those bits of 1/pi count that do not give multiples of 1. */
function turns(x: number, shift: number): bigint {
  if (Math.abs(x) < 2 ** -1000) return 0n;
  const { mantissa, exponent } = split(x);
  const scaled = INVERSE >> (BITS - KEPT - BigInt(exponent + shift));
  return BigInt.asUintN(Number(KEPT), mantissa * BigInt.asUintN(Number(KEPT), scaled));
}

/** u 2^shift - k pi, within [-pi/2, pi/2]. */
function reduceExactly({ hi, lo }: DoubleDouble, shift: number): DoubleDouble {
  const fraction = BigInt.asIntN(Number(KEPT), turns(hi, shift) + turns(lo, shift));
  const first = Number(fraction);
  return multiply(scale({ hi: first, lo: Number(fraction - BigInt(first)) }, 2 ** -Number(KEPT)), PI);
}

/** What comes after the two doubles of PI. */
const PI_REST = -2.9947698097183397e-33;

/** u - k pi, within [-pi/2, pi/2] */
function reduce(u: DoubleDouble): DoubleDouble {
  const k = Math.round(u.hi / Math.PI);
  if (k === 0) return u;
  const r = subtract(subtract(u, twoProduct(k, PI.hi)), twoProduct(k, PI.lo));
  return addSmaller(r, double(-k * PI_REST));
}

/** (-1)^n/(2n + 1)!, the coefficients of sin x / x over x^2. */
const SINE: DoubleDouble[] = [ONE];
for (let n = 1; n < 15; n++) SINE.push(divide(SINE[n - 1]!, double(-2 * n * (2 * n + 1))));

/** sin(r)^2 for |r| <= pi/2 and a little beyond */
function sineSquared(r: DoubleDouble): DoubleDouble {
  const steep = Math.abs(r.hi) > Math.PI / 4;
  const angle = steep ? subtract(scale(PI, r.hi < 0 ? -0.5 : 0.5), r) : r;
  const square = multiply(angle, angle);
  const sine = multiply(angle, series(square, SINE, 10));
  const result = multiply(sine, sine);
  return steep ? subtract(ONE, result) : result;
}

/** alpha x reduced; from 2^30 on exactly. */
function angle(x: number, alpha: number): DoubleDouble {
  if (Math.abs(alpha * x) < 2 ** 30) return reduce(times(x, alpha));
  const large = product(x, double(alpha));
  return reduceExactly(large, large.exponent);
}

// In double precision: a float32 is an integer of 24 bits times a power of two, and (alpha 2^e / pi) modulo 1 is kept for
// every e in three parts of which the first two have 29 bits, so that their products are exact.
const single = new Float32Array(1);
const pattern = new Int32Array(single.buffer);
const PARTS = new Float64Array(3 * 256);
let tabulated = NaN;

function tabulate(alpha: number): void {
  const { mantissa, exponent } = split(alpha);
  for (let e = 0; e < 256; e++) {
    const shift = exponent + e - 150;
    const fraction = BigInt.asUintN(200, (mantissa * INVERSE) >> (BITS - KEPT - BigInt(shift)));
    PARTS[3 * e] = Number(fraction >> 171n) / 2 ** 29;
    PARTS[3 * e + 1] = Number((fraction >> 142n) & 0x1fffffffn) / 2 ** 58;
    PARTS[3 * e + 2] = Number(fraction & ((1n << 142n) - 1n)) / 2 ** 200;
  }
  tabulated = alpha;
}

/** sin(alpha x + offset pi)^2, the offset a multiple of 1/4 */
function wave32(x: number, alpha: number, offset: number): number {
  if (alpha !== tabulated) tabulate(alpha);
  single[0] = x;
  const e = (pattern[0]! >>> 23) & 0xff;
  const m = (pattern[0]! & 0x7fffff) | (e === 0 ? 0 : 0x800000);
  const start = 3 * Math.max(e, 1);
  const first = m * PARTS[start]!;
  const sign = x < 0 ? -1 : 1;
  const whole = sign * (first - Math.floor(first)) + offset;
  const rest = (whole - Math.round(whole)) + sign * (m * PARTS[start + 1]! + m * PARTS[start + 2]!);
  return Math.sin(Math.PI * rest) ** 2;
}

export const snake = {
  f32: {
    forward(x, { alpha }) {
      if (alpha === 0 || !(Math.abs(x) < Infinity)) return x;
      // The table has no small angles to 45 bits.
      return x + (Math.abs(alpha! * x) < 0.5 ? Math.sin(alpha! * x) ** 2 : wave32(x, alpha!, 0)) / alpha!;
    },
    derivative(x, { alpha }) {
      if (alpha === 0 && x === x) return 1;
      return !(Math.abs(x) < Infinity) ? NaN : 2 * wave32(x, alpha!, 0.25);
    },
  },
  f64: {
    forward(x, { alpha }) {
      if (alpha === 0 || !Number.isFinite(x)) return number(x);
      // The square would be subnormal, or x is far beyond it.
      if (Math.abs(x * alpha!) < 2 ** -110 || Math.abs(x * alpha!) > 2 ** 120) return number(x);
      return exact(add(double(x), divide(sineSquared(angle(x, alpha!)), double(alpha!))));
    },
    derivative(x, { alpha }) {
      if (alpha === 0 && x === x) return number(1);
      if (!Number.isFinite(x)) return number(NaN);
      if (Math.abs(x * alpha!) < 2 ** -200) return number(1);
      return exact(scale(sineSquared(reduce(add(angle(x, alpha!), scale(PI, 0.25)))), 2));
    },
  },
} satisfies References;
