import { InvertibleActivation, Parameters } from "../activation";
import { Lanes } from "../lanes";

/** threshold(x) = x for x > lower, a otherwise; the derivative at the kink is 0. */
@final
export class Threshold<T extends number> implements InvertibleActivation {
  @inline
  forward(x: v128): v128 {
    const value = Lanes.select(v128.gt<T>(x, Parameters.lower<T>()), x, Parameters.a<T>());
    return v128.or(value, v128.ne<T>(x, x));
  }

  @inline
  gradient(dy: v128, x: v128): v128 {
    return Lanes.passed<T>(dy, v128.gt<T>(x, Parameters.lower<T>()), x);
  }

  /** For a <= lower, where y > lower says x > lower. */
  @inline
  gradientFromOutput(dy: v128, y: v128): v128 {
    return this.gradient(dy, y);
  }
}
