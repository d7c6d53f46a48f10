import { InvertibleActivation, Parameters } from "../activation";
import { Lanes } from "../lanes";

/** hardShrink(x) = x for |x| > upper, 0 otherwise; the derivative at both kinks is 0. */
@final
export class HardShrink<T extends number> implements InvertibleActivation {
  @inline
  forward(x: v128): v128 {
    return Lanes.where<T>(v128.gt<T>(Lanes.abs<T>(x), Parameters.upper<T>()), x, x);
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
