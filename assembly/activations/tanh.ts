import { InvertibleLongActivation } from "../activation";
import { Lanes } from "../lanes";
import { Exp } from "../math/exp";
import { HyperbolicTangent } from "../math/hyperbolic-tangent";
import { Logistic } from "../math/logistic";

/** tanh(x) = (e^2x - 1) / (e^2x + 1); tanh'(x) = 1 - tanh(x)^2 = 4 sigma(2x) (1 - sigma(2x)), an even function */
@final
export class Tanh<T extends number> implements InvertibleLongActivation {
  @inline
  forward(x: v128): v128 {
    if (sizeof<T>() == 8) return HyperbolicTangent.of<T>(x);
    const magnitude = Lanes.abs<T>(x);
    // Above the bound tanh rounds to 1.
    const u = Lanes.atMost<T>(v128.add<T>(magnitude, magnitude), Lanes.splat<T>(20));
    const k = Exp.round<T>(u);
    const s = Exp.inversePower<T>(k, 0);
    // With e^2|x| = 2^k (1 + m) and s = 2^-k: n / (n + 2s), n = 1 - s + m.
    const twice = v128.add<T>(s, s);
    const coarse = Exp.coarse<T>(u, k);
    const fine = Exp.fine<T>(k);
    const large = v128.add<T>(v128.sub<T>(Lanes.splat<T>(1), s), coarse);
    const small = v128.sub<T>(Exp.curve<T>(v128.sub<T>(coarse, fine)), fine);
    const n = v128.add<T>(large, small);
    const denominator = v128.add<T>(n, twice);
    const quotient = v128.div<T>(n, denominator);
    // What the two sums round away, to first order; 0.5 is near 1 / (n + 2s) where that counts most, for small x.
    const ofN = v128.sub<T>(small, v128.sub<T>(n, large));
    const ofDenominator = v128.sub<T>(n, v128.sub<T>(denominator, twice));
    const missing = Lanes.multiplySubtract<T>(quotient, v128.add<T>(ofN, ofDenominator), ofN);
    return Lanes.withSign<T>(v128.add<T>(quotient, v128.mul<T>(missing, Lanes.splat<T>(0.5))), x);
  }

  @inline
  gradient(dy: v128, x: v128): v128 {
    const magnitude = Lanes.abs<T>(x);
    return Logistic.gradient<T>(dy, v128.add<T>(magnitude, magnitude), 4);
  }

  /** 1 - y^2 without its cancellation. */
  @inline
  gradientFromOutput(dy: v128, y: v128): v128 {
    const one = Lanes.splat<T>(1);
    return v128.mul<T>(dy, v128.mul<T>(v128.sub<T>(one, y), v128.add<T>(one, y)));
  }
}
