import { InvertibleActivation, Parameters } from "../activation";
import { Lanes } from "../lanes";

/**
 * softShrink(x) = x - upper for x > upper, x + upper for x < -upper, 0 between; the derivative at both kinks is 0.
 *
 * The difference is taken as |x| + b + c with b = -upper and what b loses in single precision in c: exact near the kink.
 */
@final
export class SoftShrink<T extends number> implements InvertibleActivation {
  @inline
  forward(x: v128): v128 {
    const shrunk = v128.add<T>(v128.add<T>(Lanes.abs<T>(x), Parameters.b<T>()), Parameters.c<T>());
    // Where it is not above 0, 0; the sign of x in either case.
    return Lanes.withSign<T>(Lanes.atLeast<T>(shrunk, Lanes.splat<T>(0)), x);
  }

  @inline
  gradient(dy: v128, x: v128): v128 {
    return Lanes.passed<T>(dy, v128.gt<T>(Lanes.abs<T>(x), Parameters.upper<T>()), x);
  }

  @inline
  gradientFromOutput(dy: v128, y: v128): v128 {
    return Lanes.passed<T>(dy, v128.ne<T>(y, Lanes.splat<T>(0)), y);
  }
}
