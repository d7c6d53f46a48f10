import { InvertibleLongActivation } from "../activation";
import { Lanes } from "../lanes";
import { Exp } from "../math/exp";
import { Logistic } from "../math/logistic";

/** tanh(x) = (e^2x - 1) / (e^2x + 1); tanh'(x) = 1 - tanh(x)^2 = 4 sigma(2x) (1 - sigma(2x)), an even function */
@final
export class Tanh<T extends number> implements InvertibleLongActivation {
  @inline
  forward(x: v128): v128 {
    return this.value(x, Lanes.splat<T>(0), false);
  }

  /** tanh(x + rest), of which `hasRest` says whether there is any. */
  @inline
  value(x: v128, rest: v128, hasRest: bool): v128 {
    const magnitude = Lanes.abs<T>(x);
    // Above the bound tanh rounds to 1.
    const u = Lanes.atMost<T>(v128.add<T>(magnitude, magnitude), Lanes.splat<T>(sizeof<T>() == 4 ? 20 : 40));
    const k = Exp.round<T>(u);
    const s = Exp.inversePower<T>(k, 0);
    if (sizeof<T>() == 8 && !hasRest) {
      // With e^2|x| = (A + r) / (s (A - r)), s = 2^-k and A = 2 + bend: n / d, n = (1 - s) A + (1 + s) r, d = (1 + s) A + (1 - s) r.
      const one = Lanes.splat<f64>(1);
      const difference = v128.sub<f64>(one, s);
      const sum = v128.add<f64>(one, s);
      const coarse = Exp.coarse<f64>(u, k);
      const fine = Exp.fine<f64>(k);
      const r = v128.sub<f64>(coarse, fine);
      const bend = Exp.bend(r);
      const twice = v128.add<f64>(difference, difference);
      const large = v128.add<f64>(twice, r);
      // What r and this sum were rounded by.
      const lost = v128.add<f64>(v128.sub<f64>(r, v128.sub<f64>(large, twice)), v128.sub<f64>(v128.sub<f64>(coarse, r), fine));
      const small = v128.add<f64>(Lanes.multiplyAdd<f64>(s, r, v128.mul<f64>(difference, bend)), lost);
      const n = v128.add<f64>(large, small);
      // What n was rounded by belongs to d, too.
      const ofN = v128.sub<f64>(v128.sub<f64>(n, large), small);
      const rise = v128.add<f64>(Lanes.multiplyAdd<f64>(difference, r, v128.mul<f64>(sum, bend)), ofN);
      const quotient = v128.div<f64>(n, v128.add<f64>(v128.add<f64>(sum, sum), rise));
      // Never above 1, whichever way both were rounded.
      return Lanes.withSign<f64>(Lanes.atMost<f64>(quotient, Lanes.splat<f64>(1)), x);
    }
    // With e^2|x| = 2^k (1 + m) and s = 2^-k: n / (n + 2s), n = 1 - s + m.
    const twice = v128.add<T>(s, s);
    const coarse = Exp.coarse<T>(u, k);
    const fine = Exp.fine<T>(k);
    const large = v128.add<T>(v128.sub<T>(Lanes.splat<T>(1), s), coarse);
    const small = v128.sub<T>(Exp.curve<T>(v128.sub<T>(coarse, fine)), fine);
    const n = v128.add<T>(large, small);
    const denominator = v128.add<T>(n, twice);
    const quotient = v128.div<T>(n, denominator);
    // What the two sums round away, to first order; 0.5 is near 1 / (n + 2s) where that counts most, for small x, and 1 - s/2
    // everywhere.
    const ofN = v128.sub<T>(small, v128.sub<T>(n, large));
    const ofDenominator = v128.sub<T>(n, v128.sub<T>(denominator, twice));
    const missing = Lanes.multiplySubtract<T>(quotient, v128.add<T>(ofN, ofDenominator), ofN);
    const half = Lanes.splat<T>(0.5);
    let correction = v128.mul<T>(missing, hasRest ? Lanes.multiplySubtract<T>(s, half, Lanes.splat<T>(1)) : half);
    if (hasRest) {
      const slope = Lanes.multiplySubtract<T>(quotient, quotient, Lanes.splat<T>(1));
      correction = Lanes.multiplyAdd<T>(slope, Lanes.alongside<T>(rest, x), correction);
    }
    const y = v128.add<T>(quotient, correction);
    return Lanes.withSign<T>(y, x);
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
