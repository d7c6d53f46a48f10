/**
 * Numbers as the unevaluated sum of two doubles, some 106 bits (Dekker 1971). The results are good to 100 bits as long
 * as neither they nor what they are made of leaves [2^-900, 2^900]: who comes near it works with scaled numbers, see Exact.
 */
export interface DoubleDouble {
  readonly hi: number;
  /** At most half a unit in the last place of hi. */
  readonly lo: number;
}

export const ZERO: DoubleDouble = { hi: 0, lo: 0 };
export const ONE: DoubleDouble = { hi: 1, lo: 0 };

export const PI: DoubleDouble = { hi: 3.141592653589793, lo: 1.2246467991473532e-16 };

export const double = (hi: number): DoubleDouble => ({ hi, lo: 0 });

/** a + b exactly (Knuth). */
export function twoSum(a: number, b: number): DoubleDouble {
  const hi = a + b;
  const bb = hi - a;
  return { hi, lo: a - (hi - bb) + (b - bb) };
}

/** a + b exactly, for |a| >= |b|. */
export function quickTwoSum(a: number, b: number): DoubleDouble {
  const hi = a + b;
  return { hi, lo: b - (hi - a) };
}

/** a b exactly (Veltkamp's split and Dekker's product). */
export function twoProduct(a: number, b: number): DoubleDouble {
  const hi = a * b;
  const as = 134217729 * a;
  const a1 = as - (as - a);
  const a2 = a - a1;
  const bs = 134217729 * b;
  const b1 = bs - (bs - b);
  const b2 = b - b1;
  return { hi, lo: a1 * b1 - hi + a1 * b2 + a2 * b1 + a2 * b2 };
}

/** With an error relative to the sum, also where it cancels. */
export function add(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  const s = twoSum(a.hi, b.hi);
  const t = twoSum(a.lo, b.lo);
  const u = quickTwoSum(s.hi, s.lo + t.hi);
  return quickTwoSum(u.hi, u.lo + t.lo);
}

export const negate = (a: DoubleDouble): DoubleDouble => ({ hi: -a.hi, lo: -a.lo });

export const subtract = (a: DoubleDouble, b: DoubleDouble): DoubleDouble => add(a, negate(b));

export function multiply(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  const p = twoProduct(a.hi, b.hi);
  return quickTwoSum(p.hi, p.lo + (a.hi * b.lo + a.lo * b.hi));
}

/** Long division: three digits of 53 bits. */
export function divide(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  const q1 = a.hi / b.hi;
  const r1 = subtract(a, multiply(b, double(q1)));
  const q2 = r1.hi / b.hi;
  const r2 = subtract(r1, multiply(b, double(q2)));
  const q = quickTwoSum(q1, q2);
  return add(q, double(r2.hi / b.hi));
}

/** a times a power of two. */
export const scale = (a: DoubleDouble, power: number): DoubleDouble => ({ hi: a.hi * power, lo: a.lo * power });

/** -1, 0 or 1; NaN of NaN. */
export const sign = (a: DoubleDouble): number => Math.sign(a.hi !== 0 ? a.hi : a.lo);

/** ln 2 in three parts; the first two have 42 bits, so that their products with an exponent are exact. */
const LN2 = [0.6931471805598903, 5.49792301870721e-14, 1.1612227229362532e-26] as const;
const LN2_DOUBLE: DoubleDouble = { hi: Math.LN2, lo: 2.3190468138462996e-17 };

/** a + b for |a| >= |b| where the sum does not cancel: half the work. */
export function addSmaller(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  const hi = a.hi + b.hi;
  return quickTwoSum(hi, b.hi - (hi - a.hi) + (a.lo + b.lo));
}

/** 1/n! for the series of e^x: by double-doubles up to 6, beyond by doubles, which is enough for |x| <= 2^-7. */
const INVERSE_FACTORIALS = [ONE];
for (let n = 1; n <= 12; n++) INVERSE_FACTORIALS.push(divide(INVERSE_FACTORIALS[n - 1]!, double(n)));
const [, , C2, C3, C4, C5, C6, ...REST] = INVERSE_FACTORIALS;
const [D7, D8, D9, D10, D11, D12] = REST.map(({ hi }) => hi) as [number, number, number, number, number, number];

/** e^x - 1 for |x| <= 2^-7: the Taylor series. */
function expm1Series(x: DoubleDouble): DoubleDouble {
  const t = x.hi;
  let sum = double(((((D12 * t + D11) * t + D10) * t + D9) * t + D8) * t + D7);
  sum = addSmaller(C6!, multiply(sum, x));
  sum = addSmaller(C5!, multiply(sum, x));
  sum = addSmaller(C4!, multiply(sum, x));
  sum = addSmaller(C3!, multiply(sum, x));
  sum = addSmaller(C2!, multiply(sum, x));
  return addSmaller(x, multiply(sum, multiply(x, x)));
}

/** e^(j/64) - 1 for |j| <= 23 at j + 23: from e^(1/64) - 1 on, e^(a+b) - 1 = p + q + p q with p and q those of a and b. */
const CENTRES: DoubleDouble[] = [];
for (const step of [-1, 1]) {
  const q = compose(expm1Series(double(step / 128)), expm1Series(double(step / 128)));
  for (let j = 0, p = ZERO; j <= 23; j++, p = compose(p, q)) CENTRES[23 + step * j] = p;
}

function compose(p: DoubleDouble, q: DoubleDouble): DoubleDouble {
  return add(add(p, q), multiply(p, q));
}

/** e^r - 1 for |r| <= 0.35. */
function expm1Reduced(r: DoubleDouble): DoubleDouble {
  // Two terms reach beyond the precision, and the products of the series might not be exact.
  if (!(Math.abs(r.hi) >= 2 ** -60)) return quickTwoSum(r.hi, r.lo + (r.hi * r.hi) / 2);
  const j = Math.round(r.hi * 64);
  if (j === 0) return expm1Series(r);
  const centre = CENTRES[j + 23]!;
  const m = expm1Series(add(double(-j / 64), r));
  return addSmaller(centre, add(m, multiply(m, centre)));
}

/** k and r with x = k ln 2 + r. */
function reduce(x: DoubleDouble): { k: number; r: DoubleDouble } {
  const k = Math.round(x.hi / Math.LN2);
  if (k === 0) return { k, r: x };
  const r = add(twoSum(x.hi, -k * LN2[0]), twoSum(x.lo, -k * LN2[1]));
  return { k, r: add(r, twoProduct(-k, LN2[2])) };
}

/** e^x 2^bias, for results within the range of normal numbers. */
export function exp(x: DoubleDouble, bias = 0): DoubleDouble {
  const { k, r } = reduce(x);
  const result = add(ONE, expm1Reduced(r));
  // In two steps: the power alone may lie beyond the range.
  const half = Math.trunc((k + bias) / 2);
  return scale(scale(result, 2 ** half), 2 ** (k + bias - half));
}

export function expm1(x: DoubleDouble): DoubleDouble {
  const { k, r } = reduce(x);
  if (k === 0) return expm1Reduced(r);
  return add(scale(expm1Reduced(r), 2 ** k), twoSum(2 ** k, -1));
}

/** ln(1 + x) for x > -1: one step of Newton's method from the double, ln(1+x) = y + ln(1 + q) with a tiny q = (1+x) e^-y - 1. */
export function log1p(x: DoubleDouble): DoubleDouble {
  if (Math.abs(x.hi) < 2 ** -60) return quickTwoSum(x.hi, x.lo - (x.hi * x.hi) / 2);
  if (Math.abs(x.hi) > 0.45) return log(add(ONE, x));
  const y = Math.log1p(x.hi);
  const e = expm1(double(-y));
  const q = add(add(x, e), multiply(x, e));
  return add(double(y), quickTwoSum(q.hi, q.lo - (q.hi * q.hi) / 2));
}

/** ln x for normal x > 0. */
export function log(x: DoubleDouble): DoubleDouble {
  const k = Math.round(Math.log2(x.hi));
  const half = Math.trunc(k / 2);
  const fraction = scale(scale(x, 2 ** -half), 2 ** (half - k));
  return add(multiply(double(k), LN2_DOUBLE), log1p(subtract(fraction, ONE)));
}

/** One step of Newton's method from the double, for x >= 0. */
export function sqrt(x: DoubleDouble): DoubleDouble {
  const y = Math.sqrt(x.hi);
  if (y === 0) return ZERO;
  const rest = subtract(x, twoProduct(y, y));
  return quickTwoSum(y, rest.hi / (2 * y));
}
