import { InvertibleActivation } from "../activation";
import { Lanes } from "../lanes";
import { Exp } from "../math/exp";

/** sigma(x) = 1/(1 + e^-x); sigma'(x) = sigma(x) (1 - sigma(x)) = e^-|x| / (1 + e^-|x|)^2 */
@final
export class Sigmoid<T extends number> implements InvertibleActivation {
  /** With e^-x = 2^k (1 + m): 2^-k / (2^-k + 1 + m). */
  @inline
  forward(x: v128): v128 {
    // Above the upper bound sigma rounds to 1.
    const bounded = Lanes.atLeast<T>(Lanes.atMost<T>(x, Lanes.splat<T>(sizeof<T>() == 4 ? 20 : 40)), Lanes.negate<T>(Exp.underflow<T>()));
    const u = Lanes.negate<T>(bounded);
    const k = Exp.round<T>(u);
    const power = Exp.inversePower<T>(k, Exp.bias<T>());
    const s = v128.mul<T>(power, Exp.scale<T>());
    const denominator = v128.add<T>(v128.add<T>(Lanes.splat<T>(1), s), Exp.mantissa<T>(u, k));
    return v128.mul<T>(v128.div<T>(power, denominator), Exp.scale<T>());
  }

  /** With e^|x| = 2^k (1 + m): 2^-k (1 + m) / (2^-k + 1 + m)^2. */
  @inline
  derivative(x: v128): v128 {
    const u = Lanes.atMost<T>(Lanes.abs<T>(x), Exp.underflow<T>());
    const k = Exp.round<T>(u);
    const m = Exp.mantissa<T>(u, k);
    const power = Exp.inversePower<T>(k, Exp.bias<T>());
    const one = Lanes.splat<T>(1);
    const denominator = v128.add<T>(v128.add<T>(one, v128.mul<T>(power, Exp.scale<T>())), m);
    const numerator = v128.mul<T>(power, v128.add<T>(one, m));
    return v128.mul<T>(v128.div<T>(numerator, v128.mul<T>(denominator, denominator)), Exp.scale<T>());
  }

  @inline
  derivativeFromOutput(y: v128): v128 {
    return v128.mul<T>(y, v128.sub<T>(Lanes.splat<T>(1), y));
  }
}
