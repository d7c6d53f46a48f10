import { Lanes } from "../lanes";
import { Exp } from "./exp";
import { Exponent, Natural } from "./exponent";
import { Wide } from "./wide";

export abstract class HyperbolicTangent {
  /** tanh(x) in f64 lanes, with the precision of T. */
  @inline static of<T extends number>(x: v128): v128 {
    if (sizeof<T>() == 8) return HyperbolicTangent.inUnit<Natural<f64>>(x);
    const magnitude = Lanes.abs<f64>(x);
    const t = Wide.expm1<T>(Lanes.negate<f64>(v128.add<f64>(magnitude, magnitude)));
    return Lanes.withSign<f64>(v128.div<f64>(Lanes.abs<f64>(t), v128.add<f64>(Lanes.splat<f64>(2), t)), x);
  }

  /**
   * tanh(u) in the unit of x, u the exponent of x, for f64. With e^2|u| = (A + r) / (s (A - r)), s = 2^-k and A = 2 + bend: n / d,
   * n = (1 - s) A + (1 + s) r, d = (1 + s) A + (1 - s) r. In the unit r is what comes before the product: tiny x are their own result.
   */
  @inline static inUnit<E extends Exponent>(x: v128): v128 {
    const exponent = changetype<E>(0);
    const one = Lanes.splat<f64>(1);
    const magnitude = Lanes.abs<f64>(x);
    const twice = v128.add<f64>(magnitude, magnitude);
    const bounded = Lanes.atMost<f64>(twice, exponent.at(Lanes.splat<f64>(40)));
    const k = exponent.round(bounded);
    const s = Exp.inversePower<f64>(k, 0);
    const difference = v128.sub<f64>(one, s);
    const sum = v128.add<f64>(one, s);
    const t = exponent.remainder(bounded, k);
    const r = exponent.of(t);
    const bend = Exp.bend(r);
    const half = exponent.at(difference);
    const most = v128.add<f64>(half, half);
    const large = v128.add<f64>(most, t);
    const lost = v128.sub<f64>(t, v128.sub<f64>(large, most));
    const small = v128.add<f64>(Lanes.multiplyAdd<f64>(s, t, v128.mul<f64>(half, bend)), lost);
    const n = v128.add<f64>(large, small);
    // What n was rounded by belongs to d, too.
    const ofN = exponent.of(v128.sub<f64>(v128.sub<f64>(n, large), small));
    const rise = v128.add<f64>(Lanes.multiplyAdd<f64>(difference, r, v128.mul<f64>(sum, bend)), ofN);
    const quotient = v128.div<f64>(n, v128.add<f64>(v128.add<f64>(sum, sum), rise));
    // Never above 1, whichever way both were rounded, and 1 from the bound on.
    return Lanes.withSign<f64>(Lanes.atMost<f64>(Lanes.atLeast<f64>(quotient, v128.sub<f64>(twice, bounded)), exponent.at(one)), x);
  }
}
