import { Activation, Parameters } from "../activation";
import { Lanes } from "../lanes";

/** heaviside(x) = 0 for x < 0, a for x = 0, 1 for x > 0; the derivative is 0 everywhere. */
@final
export class Heaviside<T extends number> implements Activation {
  @inline
  forward(x: v128): v128 {
    const zero = Lanes.splat<T>(0);
    const step = v128.or(v128.and(v128.gt<T>(x, zero), Lanes.splat<T>(1)), v128.and(v128.eq<T>(x, zero), Parameters.a<T>()));
    return v128.or(step, v128.ne<T>(x, x));
  }

  @inline
  gradient(dy: v128, x: v128): v128 {
    return v128.mul<T>(dy, v128.and(v128.ne<T>(x, x), x));
  }
}
