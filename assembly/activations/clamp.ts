import { Activation, Parameters } from "../activation";
import { Lanes } from "../lanes";

/** clamp(x) = min(max(x, lower), upper); the derivative at both kinks is 1. */
@final
export class Clamp<T extends number> implements Activation {
  @inline
  forward(x: v128): v128 {
    return Lanes.atMost<T>(Lanes.atLeast<T>(x, Parameters.lower<T>()), Parameters.upper<T>());
  }

  @inline
  gradient(dy: v128, x: v128): v128 {
    const inside = v128.and(v128.ge<T>(x, Parameters.lower<T>()), v128.le<T>(x, Parameters.upper<T>()));
    return Lanes.passed<T>(dy, inside, x);
  }
}
