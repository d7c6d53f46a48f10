import { InvertibleActivation, Parameters } from "../activation";
import { Lanes } from "../lanes";

/**
 * hardSigmoid(x) = min(max(alpha x + beta, 0), 1); the derivative at both kinks is 0.
 *
 * The line is computed as a (x + b) + c with a = alpha, b = beta/alpha and what b loses in single precision in c: x + b is
 * exact near the zero of the line, where alpha x + beta would cancel.
 */
@final
export class HardSigmoid<T extends number> implements InvertibleActivation {
  @inline
  forward(x: v128): v128 {
    const line = v128.add<T>(v128.mul<T>(v128.add<T>(x, Parameters.b<T>()), Parameters.a<T>()), Parameters.c<T>());
    return Lanes.atMost<T>(Lanes.atLeast<T>(line, Lanes.splat<T>(0)), Lanes.splat<T>(1));
  }

  @inline
  gradient(dy: v128, x: v128): v128 {
    const inside = v128.and(v128.gt<T>(x, Parameters.lower<T>()), v128.lt<T>(x, Parameters.upper<T>()));
    return v128.mul<T>(dy, Lanes.where<T>(inside, Parameters.a<T>(), x));
  }

  @inline
  gradientFromOutput(dy: v128, y: v128): v128 {
    const inside = v128.and(v128.gt<T>(y, Lanes.splat<T>(0)), v128.lt<T>(y, Lanes.splat<T>(1)));
    return v128.mul<T>(dy, Lanes.where<T>(inside, Parameters.a<T>(), y));
  }
}
