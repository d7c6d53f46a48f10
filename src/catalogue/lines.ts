/** What functions made of lines share. */
import { type KernelParameters, none } from './types.js';

/** Unlike Math.min and Math.max it leaves a -0 at a bound of 0 as it is, as the instructions do. */
export const clamped = (x: number, lower: number, upper: number): number => (x < lower ? lower : x > upper ? upper : x);

/** The line alpha x + beta as a (x + b) + c: see assembly/activations/hard-sigmoid.ts. */
export function line(alpha: number, beta: number): KernelParameters {
  const b = beta / alpha;
  // A line that crosses 0 where there are no numbers needs no such care.
  return Math.abs(b) < 2 ** 900 ? { ...none, a: alpha, b } : { ...none, a: alpha, c: beta };
}

/** `slope` where the condition holds, 0 elsewhere; NaN for NaN. */
export const where = (x: number, condition: boolean, slope = 1): number => (x !== x ? x : condition ? slope : 0);

export function requireOrder(lowerName: string, lower: number, upperName: string, upper: number): void {
  if (lower > upper) throw new RangeError(`${lowerName} must not be above ${upperName}, got ${lowerName} ${lower} and ${upperName} ${upper}`);
}

/** Where f' is told from y by the sign of x. */
export function requireSign(name: string, slope: number): void {
  if (slope < 0) throw new RangeError(`${name} must not be negative, since the sign of x cannot be told from y then; got ${slope}`);
}
