import { polynomial } from './exact.js';

/** A function around its zero, as (x - zero) P(x - zero): minimax polynomials, fitted with mpmath, relative error below 2^-53. */
export class NearZero {
  constructor(
    readonly zero: number,
    /** What `zero` is rounded by. */
    readonly rest: number,
    readonly radius: number,
    readonly coefficients: readonly number[],
  ) {}

  covers(x: number): boolean {
    return Math.abs(x - this.zero) <= this.radius;
  }

  at(x: number, rest = 0): number {
    const t = x - this.zero;
    return (t - (this.rest - rest)) * polynomial(this.coefficients, t);
  }
}
