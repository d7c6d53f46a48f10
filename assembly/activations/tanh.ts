import { InvertibleActivation } from "../activation";
import { Lanes } from "../lanes";
import { Exp } from "../math/exp";

/** tanh(x) = (e^2x - 1) / (e^2x + 1); tanh'(x) = 4 e^2x / (e^2x + 1)^2 */
@final
export class Tanh<T extends number> implements InvertibleActivation {
  /** With e^2|x| = 2^k (1 + m): (m + (1 - 2^-k)) / (m + (1 + 2^-k)), and the sign of x. */
  @inline
  forward(x: v128): v128 {
    const magnitude = Lanes.abs<T>(x);
    // Above the bound tanh rounds to 1.
    const u = Lanes.atMost<T>(v128.add<T>(magnitude, magnitude), Lanes.splat<T>(sizeof<T>() == 4 ? 20 : 40));
    const k = Exp.round<T>(u);
    const m = Exp.mantissa<T>(u, k);
    const s = Exp.inversePower<T>(k, 0);
    const one = Lanes.splat<T>(1);
    const y = v128.div<T>(v128.add<T>(m, v128.sub<T>(one, s)), v128.add<T>(m, v128.add<T>(one, s)));
    return Lanes.withSign<T>(y, x);
  }

  /** With e^2|x| = 2^k (1 + m): 4 2^-k (1 + m) / (2^-k + 1 + m)^2. */
  @inline
  derivative(x: v128): v128 {
    const magnitude = Lanes.abs<T>(x);
    const u = Lanes.atMost<T>(v128.add<T>(magnitude, magnitude), Exp.underflow<T>());
    const k = Exp.round<T>(u);
    const m = Exp.mantissa<T>(u, k);
    const power = Exp.inversePower<T>(k, Exp.bias<T>());
    const one = Lanes.splat<T>(1);
    const denominator = v128.add<T>(v128.add<T>(one, v128.mul<T>(power, Exp.scale<T>())), m);
    const half = v128.mul<T>(denominator, Lanes.splat<T>(0.5));
    return v128.mul<T>(v128.div<T>(v128.mul<T>(power, v128.add<T>(one, m)), v128.mul<T>(half, half)), Exp.scale<T>());
  }

  /** 1 - y^2 without its cancellation. */
  @inline
  derivativeFromOutput(y: v128): v128 {
    const one = Lanes.splat<T>(1);
    return v128.mul<T>(v128.sub<T>(one, y), v128.add<T>(one, y));
  }
}
