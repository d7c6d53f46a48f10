import { quotientError } from './exact.js';

/** Beyond this e^x is 0 or Infinity, whatever number it is multiplied by. */
export const EXTREME = 1500;
/** An integer whose power of e is within 2^-64 of a double. */
const SHIFT = 652;
const SCALE = 6.918274648626584e-284;

/** factor e^x for x <= 0, rounded once where it is below the normal range or e^x alone would be. */
export function exponential(x: number, factor: number): number {
  if (x > -700) return factor * Math.exp(x);
  return x < -EXTREME ? (factor < 0 ? -0 : 0) : factor * Math.exp(x + SHIFT) * SCALE;
}

/** ln(1 + e^(x + rest)) / divisor for x <= 0 */
export function logOnePlusExp(x: number, rest: number, divisor: number): number {
  if (x < -EXTREME) return 0;
  const small = x < -40;
  const e = Math.exp(x);
  const numerator = small ? 1 : Math.log1p(e);
  const quotient = numerator / divisor;
  const lost = quotientError(numerator, divisor, quotient);
  if (!small) return quotient + (lost + (e * rest) / (1 + e) / divisor);
  const y = exponential(x, quotient);
  return y + y * (rest + lost * divisor);
}

/** sigma(u + rest) */
export function logistic(u: number, rest: number): number {
  if (u < -EXTREME) return 0;
  if (u > EXTREME) return 1;
  const e = Math.exp(-Math.abs(u));
  const other = 1 / (1 + e);
  return u < 0 ? exponential(u, other + other * other * rest) : other + other * e * other * rest;
}
