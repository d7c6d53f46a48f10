import { sumError } from './exact.js';
import { EXTREME, exponential } from './exponential.js';
import { NearZero } from './near-zero.js';

/** x sigma(u + rest), of which SiLU, swish and the approximations of GELU are made. */
export function gated(x: number, u: number, rest: number): number {
  if (x === 0) return x;
  if (u < -EXTREME) return x < 0 ? -0 : 0;
  if (u > EXTREME) return x;
  const e = Math.exp(-Math.abs(u));
  const divisor = 1 + e;
  if (u >= 0) return (x - (x * e) / divisor) + ((x * e) / divisor / divisor) * rest;
  const y = exponential(u, x / divisor);
  // A 0 with the sign of x.
  return y + y * ((rest - sumError(1, e, divisor)) / divisor) || y;
}

/**
 * The derivative of x sigma(u(x)) at u + rest, where w + ofW is x u'(x): D = e (1 - |w| + e) / (1 + e)^2 with e = e^-|u| for
 * u < 0, and 1 - D for u > 0. D has a zero, near which its terms cancel.
 */
export function gatedSlope(u: number, rest: number, w: number, ofW: number): number {
  if (u < -EXTREME) return -0;
  if (u > EXTREME) return 1;
  const e = Math.exp(-Math.abs(u));
  const sign = u < 0 ? 1 : -1;
  const divisor = 1 + e;
  const difference = 1 - Math.abs(w) + (e * (1 + sign * rest) + sign * ofW);
  const left = exponential(-Math.abs(u), difference / (divisor * divisor));
  const whole = left + left * (sign * rest - (2 * sumError(1, e, divisor)) / divisor);
  return u < 0 ? whole : 1 - whole;
}

const siluZero = new NearZero(-1.2784645427610737, -1.0946994183093437e-16, 0.3, [
  0.2178117057198001, 0.14664879699694697, 0.018874814223786326, -0.015222655223207206, -0.006606589138755152,
  0.0001266274117635739, 0.0007985218996640402, 0.0001857071803019001, -4.09057590971e-05, -2.973238978285673e-05,
  -2.9373364782794423e-06, 2.336118484578605e-06, 8.252414444897792e-07,
]);

/** d/du of u sigma(u) at u + rest */
export function siluSlope(u: number, rest: number): number {
  return siluZero.covers(u) ? siluZero.at(u, rest) : gatedSlope(u, rest, u, rest);
}
