import { InvertibleActivation, Parameters } from "../activation";
import { Lanes } from "../lanes";

/**
 * softShrink(x) = x - lambda for x > lambda, x + lambda for x < -lambda, 0 between; the derivative at both kinks is 0.
 *
 * The difference is taken as |x| + b + c with b = -lambda and what b loses in single precision in c: exact near the kink.
 */
@final
export class SoftShrink<T extends number> implements InvertibleActivation {
  @inline
  forward(x: v128): v128 {
    // Where it is not above 0, 0; the sign of x in either case.
    return Lanes.withSign<T>(Lanes.atLeast<T>(this.shrunk(x), Lanes.splat<T>(0)), x);
  }

  @inline
  gradient(dy: v128, x: v128): v128 {
    return Lanes.passed<T>(dy, v128.gt<T>(this.shrunk(x), Lanes.splat<T>(0)), x);
  }

  @inline
  gradientFromOutput(dy: v128, y: v128): v128 {
    return Lanes.passed<T>(dy, v128.ne<T>(y, Lanes.splat<T>(0)), y);
  }

  @inline
  private shrunk(x: v128): v128 {
    return v128.add<T>(v128.add<T>(Lanes.abs<T>(x), Parameters.b<T>()), Parameters.c<T>());
  }
}
