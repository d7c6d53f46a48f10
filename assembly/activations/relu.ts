import { InvertibleActivation } from "../activation";
import { Lanes } from "../lanes";

/** relu(x) = 0 for x < 0, x otherwise (so relu(-0) is -0); relu'(0) = 0 */
@final
export class Relu<T extends number> implements InvertibleActivation {
  @inline
  forward(x: v128): v128 {
    return Lanes.atLeast<T>(x, Lanes.splat<T>(0));
  }

  @inline
  gradient(dy: v128, x: v128): v128 {
    return Lanes.passed<T>(dy, v128.gt<T>(x, Lanes.splat<T>(0)), x);
  }

  @inline
  gradientFromOutput(dy: v128, y: v128): v128 {
    return this.gradient(dy, y);
  }
}
