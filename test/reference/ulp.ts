import type { DoubleDouble } from './double-double.js';

/** (hi + lo) 2^exponent: true results near the ends of the range of a double keep all their digits. */
export interface Exact extends DoubleDouble {
  readonly exponent: number;
}

export const exact = (value: DoubleDouble, exponent = 0): Exact => ({ hi: value.hi, lo: value.lo, exponent });

/** As a double. */
export const nearest = ({ hi, exponent }: Exact): number => hi * 2 ** exponent;

const POWERS = Float64Array.from({ length: 1074 + 1025 }, (_, i) => 2 ** (i - 1074));

/** 2^n, faster than by **. */
const power = (n: number): number => POWERS[Math.min(n, 1024) + 1074]!;

const number = new Float64Array(1);
const words = new Uint32Array(number.buffer);

/** The exponent of the power of two at or below |x|; -1023 for subnormal numbers. */
function exponentOf(x: number): number {
  number[0] = x;
  return ((words[1]! >>> 20) & 0x7ff) - 1023;
}

/** From here on a number rounds to Infinity as a float32. */
const OVERFLOW32 = 2 ** 128 - 2 ** 103;

/** The distance of the float32 numbers around x. */
export function ulp32(x: number): number {
  return power(Math.max(exponentOf(x), -126) - 23);
}

/** The distance of the float64 numbers around x. */
export function ulp64(x: number): number {
  return power(Math.max(exponentOf(x), -1022) - 52);
}

/**
 * The error of a float32 in units in the last place of the true value, subnormal numbers included. NaN and what is
 * beyond the range have to be met: there the error is 0 or Infinity.
 */
export function error32(result: number, truth: number): number {
  if (truth !== truth) return result !== result ? 0 : Infinity;
  if (Math.abs(truth) >= OVERFLOW32) return result === Math.sign(truth) * Infinity ? 0 : Infinity;
  const error = Math.abs(result - truth) / ulp32(truth);
  return error === error ? error : Infinity;
}

/** The same for a float64. */
export function error64(result: number, { hi, lo, exponent }: Exact): number {
  if (hi !== hi) return result !== result ? 0 : Infinity;
  // Halved, since 2^1024 is no double.
  if (Math.abs(hi) / 2 >= power(1023 - exponent) - power(969 - exponent)) return result === Math.sign(hi) * Infinity ? 0 : Infinity;
  const error = Math.abs(result * power(-exponent) - hi - lo);
  // hi may be a power of two that the true value lies below, where the numbers are closer.
  const below = lo !== 0 && lo < 0 === hi > 0 && Math.abs(hi) === power(exponentOf(hi));
  const binade = Math.max(exponentOf(hi) - (below ? 1 : 0), -1022 - exponent);
  return error === error ? error / power(binade - 52) : Infinity;
}
