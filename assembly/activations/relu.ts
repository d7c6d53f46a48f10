import { InvertibleActivation } from "../activation";
import { Lanes } from "../lanes";

/** relu(x) = max(x, 0); relu'(0) = 0 */
@final
export class Relu<T extends number> implements InvertibleActivation {
  /** Not pmax: relu(-0) is +0, as Math.max has it. */
  @inline
  forward(x: v128): v128 {
    return v128.andnot(x, v128.le<T>(x, Lanes.splat<T>(0)));
  }

  @inline
  derivative(x: v128): v128 {
    return Lanes.where<T>(v128.gt<T>(x, Lanes.splat<T>(0)), Lanes.splat<T>(1), x);
  }

  @inline
  derivativeFromOutput(y: v128): v128 {
    return this.derivative(y);
  }
}
