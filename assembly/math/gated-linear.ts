import { Lanes } from "../lanes";
import { Exp } from "./exp";
import { Logistic } from "./logistic";
import { Wide } from "./wide";

/** x sigma(u), of which SiLU, swish and the approximations of GELU are made. `rest` is what u was rounded by. */
export abstract class GatedLinear {
  @inline static value<T extends number>(x: v128, u: v128, rest: v128): v128 {
    let y: v128;
    if (sizeof<T>() == 4) {
      y = v128.mul<f64>(x, Wide.logistic<T>(Lanes.negate<f64>(u), rest));
    } else {
      const v = Lanes.atLeast<f64>(Lanes.atMost<f64>(Lanes.negate<f64>(u), Lanes.splat<f64>(Wide.underflow<T>())), Lanes.splat<f64>(-40));
      const sigma = Logistic.scaled<f64>(v, Lanes.negate<f64>(rest));
      // Whichever order neither overflows nor loses digits below the normal range.
      const large = v128.gt<f64>(Lanes.abs<f64>(x), Lanes.splat<f64>(1e150));
      y = Lanes.select(large, v128.mul<f64>(x, v128.mul<f64>(sigma, Exp.scale<f64>())), v128.mul<f64>(v128.mul<f64>(x, sigma), Exp.scale<f64>()));
    }
    // -0, and not NaN, at -Infinity.
    return Lanes.withSign<f64>(v128.andnot(y, v128.lt<f64>(u, Lanes.splat<f64>(-Wide.underflow<T>()))), x);
  }

  /**
   * d/du of u sigma(u) at u + rest: e (1 + u + e) / (1 + e)^2 with e = e^u. What has the zero is 1 + u + e = t + c (e^t - 1), where
   * t = u - zero and c = e^zero: two terms of the same sign.
   */
  @inline static slope<T extends number>(u: v128, rest: v128): v128 {
    const one = Lanes.splat<f64>(1);
    if (sizeof<T>() == 4) {
      const magnitude = Wide.magnitude<T>(u);
      const e = Wide.exp<T>(Lanes.negate<f64>(magnitude));
      const numerator = v128.add<f64>(v128.sub<f64>(one, magnitude), e);
      const left = v128.div<f64>(v128.mul<f64>(e, numerator), Wide.squareOfOnePlus(e));
      return Lanes.select(v128.lt<f64>(u, Lanes.splat<f64>(0)), left, v128.sub<f64>(one, left));
    }
    const c = Lanes.splat<f64>(0.2784645427610738);
    // From the upper bound on it is 1.
    const v = Wide.clamp<T>(u, 45);
    const near = v128.sub<f64>(v, Lanes.splat<f64>(-1.2784645427610737));
    const k = Exp.round<f64>(near);
    // v + rest - k ln 2 - zero
    const low = v128.sub<f64>(v128.add<f64>(Exp.fine<f64>(k), Lanes.splat<f64>(-1.0946994183093437e-16)), rest);
    const r = v128.sub<f64>(v128.sub<f64>(Exp.coarse<f64>(v, k), Lanes.splat<f64>(-1.2784645427610737)), low);
    const t = v128.sub<f64>(near, v128.sub<f64>(Lanes.splat<f64>(-1.0946994183093437e-16), rest));
    const bend = Exp.bend(r);
    // e^t = 2^k p/n
    const scaled = Exp.power<f64>(k, Exp.bias<f64>());
    const power = v128.mul<f64>(scaled, Exp.scale<f64>());
    const n = Exp.below(r, bend);
    const high = v128.add<f64>(Exp.bendBeside(n, r, bend), r);
    const product = v128.mul<f64>(scaled, Lanes.multiplyAdd<f64>(c, high, v128.add<f64>(c, c)));
    // n (e^t - 1)
    const rise = Exp.combined(v128.sub<f64>(power, one), v128.add<f64>(power, one), r, bend);
    const sum = Lanes.multiplyAdd<f64>(product, Exp.scale<f64>(), n);
    const left = Lanes.multiplyAdd<f64>(t, n, v128.mul<f64>(c, rise));
    // On its right n (1 + u + e) as it stands is rounded less often.
    const right = Lanes.multiplyAdd<f64>(v, n, sum);
    const numerator = v128.mul<f64>(product, Lanes.select(v128.gt<f64>(v, Lanes.splat<f64>(-0.5)), right, left));
    // And far on its left sigma (1 + u - u sigma), which is rounded least often.
    const far = v128.lt<f64>(v, Lanes.splat<f64>(-2));
    const quotient = v128.div<f64>(Lanes.select(far, product, numerator), Lanes.select(far, sum, v128.mul<f64>(sum, sum)));
    const sigma = v128.mul<f64>(quotient, Exp.scale<f64>());
    const factor = v128.add<f64>(v128.add<f64>(one, v), Lanes.multiplySubtract<f64>(v, sigma, rest));
    return v128.mul<f64>(v128.mul<f64>(quotient, Lanes.select(far, factor, one)), Exp.scale<f64>());
  }
}
