import { InvertibleActivation, Parameters } from "../activation";
import { Lanes } from "../lanes";

/** leakyRelu(x) = x for x > 0, alpha x otherwise; leakyRelu'(0) = alpha */
@final
export class LeakyRelu<T extends number> implements InvertibleActivation {
  @inline
  forward(x: v128): v128 {
    return Lanes.select(v128.gt<T>(x, Lanes.splat<T>(0)), x, v128.mul<T>(x, Parameters.a<T>()));
  }

  @inline
  gradient(dy: v128, x: v128): v128 {
    const slope = Lanes.select(v128.gt<T>(x, Lanes.splat<T>(0)), Lanes.splat<T>(1), Parameters.a<T>());
    return v128.mul<T>(dy, v128.or(slope, v128.ne<T>(x, x)));
  }

  /** For alpha >= 0, where y has the sign of x. */
  @inline
  gradientFromOutput(dy: v128, y: v128): v128 {
    return this.gradient(dy, y);
  }
}
