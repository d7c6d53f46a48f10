/**
 * exp and ln in fixed-point integers, for the double-double functions to be checked against. Slow, and simple enough
 * to be believed: series, with far more digits than are asked for.
 */
const BITS = 1500n;
export const UNIT = 1n << BITS;

const words = new DataView(new ArrayBuffer(8));

/** A double exactly: every one is a multiple of 2^-1074. */
export function fromDouble(x: number): bigint {
  words.setFloat64(0, x);
  const bits = words.getBigUint64(0);
  const exponent = (bits >> 52n) & 0x7ffn;
  const fraction = bits & 0xfffffffffffffn;
  const magnitude = exponent === 0n ? fraction : (fraction | 0x10000000000000n) << (exponent - 1n);
  const fixed = magnitude << (BITS - 1074n);
  return x < 0 ? -fixed : fixed;
}

export const times = (a: bigint, b: bigint): bigint => (a * b) >> BITS;
export const over = (a: bigint, b: bigint): bigint => (a << BITS) / b;

/** The Taylor series at x/2^20, squared 20 times. */
export function exp(x: bigint): bigint {
  const r = x >> 20n;
  let sum = UNIT;
  let term = UNIT;
  for (let n = 1n; term !== 0n && term !== -1n; n++) {
    term = times(term, r) / n;
    sum += term;
  }
  for (let i = 0; i < 20; i++) sum = times(sum, sum);
  return sum;
}

/** 2 artanh((x - 1)/(x + 1)) after powers of two are taken out. */
export function ln(x: bigint): bigint {
  let k = 0n;
  while (x > 2n * UNIT) [x, k] = [x >> 1n, k + 1n];
  while (x < UNIT) [x, k] = [x << 1n, k - 1n];
  return 2n * artanh(over(x - UNIT, x + UNIT)) + k * 2n * artanh(UNIT / 3n);
}

function artanh(x: bigint): bigint {
  const square = times(x, x);
  let sum = 0n;
  let power = x;
  for (let n = 1n; power !== 0n; n += 2n, power = times(power, square)) sum += power / n;
  return sum;
}

/** How many bits of `approximate` are right: -log2 of the relative error. */
export function correctBits(approximate: bigint, exact: bigint): number {
  const error = approximate > exact ? approximate - exact : exact - approximate;
  if (error === 0n) return Infinity;
  const magnitude = exact < 0n ? -exact : exact;
  return magnitude.toString(2).length - error.toString(2).length;
}

/** Newton's method from above. */
export function sqrt(x: bigint): bigint {
  const square = x << BITS;
  let root = 1n << BigInt(Math.ceil(square.toString(2).length / 2));
  for (;;) {
    const next = (root + square / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

/** Euler: pi/4 = arctan(1/2) + arctan(1/3) */
export const PI = 4n * (arctan(UNIT / 2n) + arctan(UNIT / 3n));

function arctan(x: bigint): bigint {
  const square = -times(x, x);
  let sum = 0n;
  for (let n = 1n, power = x; power !== 0n && power !== -1n; n += 2n, power = times(power, square)) sum += power / n;
  return sum;
}

/** 2/sqrt(pi) (x - x^3/3 + x^5/(5 2!) - ...): large terms cancel, and there are bits enough for them. */
export function erf(x: bigint): bigint {
  const square = -times(x, x);
  let sum = 0n;
  let term = x;
  for (let n = 1n; term !== 0n && term !== -1n; n++) {
    sum += term / (2n * n - 1n);
    term = times(term, square) / n;
  }
  return over(2n * sum, sqrt(PI));
}

/** The Taylor series at x less a multiple of pi. */
export function sinSquared(x: bigint): bigint {
  const r = x % PI;
  const square = -times(r, r);
  let sum = 0n;
  let term = r;
  for (let n = 2n; term !== 0n && term !== -1n; n += 2n) {
    sum += term;
    term = times(term, square) / (n * (n + 1n));
  }
  return times(sum, sum);
}
