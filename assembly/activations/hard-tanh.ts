import { InvertibleActivation, Parameters } from "../activation";
import { Lanes } from "../lanes";

/** hardTanh(x) = min(max(x, lower), upper); the derivative at both kinks is 0. */
@final
export class HardTanh<T extends number> implements InvertibleActivation {
  @inline
  forward(x: v128): v128 {
    return Lanes.atMost<T>(Lanes.atLeast<T>(x, Parameters.lower<T>()), Parameters.upper<T>());
  }

  @inline
  gradient(dy: v128, x: v128): v128 {
    const inside = v128.and(v128.gt<T>(x, Parameters.lower<T>()), v128.lt<T>(x, Parameters.upper<T>()));
    return Lanes.passed<T>(dy, inside, x);
  }

  @inline
  gradientFromOutput(dy: v128, y: v128): v128 {
    return this.gradient(dy, y);
  }
}
