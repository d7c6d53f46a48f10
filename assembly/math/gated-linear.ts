import { Lanes } from "../lanes";
import { Exp } from "./exp";
import { Exponent } from "./exponent";
import { Logistic } from "./logistic";
import { Wide } from "./wide";

/** x sigma(u), of which SiLU, swish and the approximations of GELU are made. */
export abstract class GatedLinear {
  /** x sigma(u), u the exponent of v. */
  @inline static value<T extends number, E extends Exponent>(x: v128, v: v128): v128 {
    const w = Lanes.negate<f64>(v);
    const y = sizeof<T>() == 4 ? v128.mul<f64>(x, Wide.logistic<T, E>(w)) : GatedLinear.timesScaled(x, Logistic.scaled<f64, E>(w));
    return GatedLinear.completed(y, x, v128.gt<f64>(w, changetype<E>(0).at(Lanes.splat<f64>(Wide.underflow<T>()))));
  }

  /** x sigma where sigma comes scaled, in whichever order neither overflows nor loses digits below the normal range. */
  @inline static timesScaled(x: v128, sigma: v128): v128 {
    const large = v128.gt<f64>(Lanes.abs<f64>(x), Lanes.splat<f64>(1e150));
    return Lanes.select(large, v128.mul<f64>(x, v128.mul<f64>(sigma, Exp.scale<f64>())), v128.mul<f64>(v128.mul<f64>(x, sigma), Exp.scale<f64>()));
  }

  /** -0, and not NaN, where sigma(u) is none: at -Infinity. */
  @inline static completed(y: v128, x: v128, gone: v128): v128 {
    return Lanes.withSign<f64>(v128.andnot(y, gone), x);
  }

  /**
   * d/du of u sigma(u), u the exponent of x: e (1 + u + e) / (1 + e)^2 with e = e^u. What has the zero is 1 + u + e = t + c (e^t - 1),
   * where t = u - zero and c = e^zero: two terms of the same sign.
   */
  @inline static slope<T extends number, E extends Exponent>(x: v128): v128 {
    const exponent = changetype<E>(0);
    const one = Lanes.splat<f64>(1);
    if (sizeof<T>() == 4) {
      const u = exponent.of(x);
      const magnitude = Wide.magnitude<T>(u);
      const e = Wide.exp<T>(Lanes.negate<f64>(magnitude));
      const numerator = v128.add<f64>(v128.sub<f64>(one, magnitude), e);
      const left = v128.div<f64>(v128.mul<f64>(e, numerator), Wide.squareOfOnePlus(e));
      return Lanes.select(v128.lt<f64>(u, Lanes.splat<f64>(0)), left, v128.sub<f64>(one, left));
    }
    const c = Lanes.splat<f64>(0.2784645427610738);
    // From the upper bound on it is 1.
    const v = Lanes.atMost<f64>(Lanes.atLeast<f64>(x, exponent.at(Lanes.splat<f64>(-Wide.underflow<T>()))), exponent.at(Lanes.splat<f64>(45)));
    const u = exponent.of(v);
    const near = v128.sub<f64>(v, exponent.center());
    const k = exponent.round(near);
    // u - k ln 2 - zero
    const coarse = v128.sub<f64>(exponent.coarse(v, k), exponent.center());
    const r = exponent.of(v128.sub<f64>(coarse, v128.add<f64>(exponent.fine(k), exponent.centerRest())));
    const t = exponent.of(v128.sub<f64>(near, exponent.centerRest()));
    const bend = Exp.bend(r);
    // e^t = 2^k p/n
    const scaled = Exp.power<f64>(k, Exp.bias<f64>());
    const power = v128.mul<f64>(scaled, Exp.scale<f64>());
    const n = Exp.below(r, bend);
    // p - 2, p = n + 2r
    const twice = v128.add<f64>(r, r);
    const high = v128.add<f64>(v128.sub<f64>(n, Lanes.splat<f64>(2)), twice);
    const product = v128.mul<f64>(scaled, Lanes.multiplyAdd<f64>(c, high, v128.add<f64>(c, c)));
    // n (e^t - 1)
    const rise = Lanes.multiplyAdd<f64>(power, twice, v128.mul<f64>(v128.sub<f64>(power, one), n));
    const other = v128.mul<f64>(product, Exp.scale<f64>());
    const sum = v128.add<f64>(other, n);
    // What it was rounded by counts twice in its square.
    const lost = v128.sub<f64>(other, v128.sub<f64>(sum, n));
    const square = Lanes.multiplyAdd<f64>(v128.add<f64>(sum, sum), lost, v128.mul<f64>(sum, sum));
    const left = Lanes.multiplyAdd<f64>(t, n, v128.mul<f64>(c, rise));
    // On its right n (1 + u + e) as it stands is rounded less often.
    const right = Lanes.multiplyAdd<f64>(u, n, sum);
    const numerator = v128.mul<f64>(product, Lanes.select(v128.gt<f64>(u, Lanes.splat<f64>(-0.5)), right, left));
    // And far on its left sigma (1 + u - u sigma), which is rounded least often.
    const far = v128.lt<f64>(u, Lanes.splat<f64>(-2));
    const quotient = v128.div<f64>(Lanes.select(far, product, numerator), Lanes.select(far, sum, square));
    const sigma = v128.mul<f64>(quotient, Exp.scale<f64>());
    const factor = Lanes.multiplySubtract<f64>(u, sigma, v128.add<f64>(one, u));
    return v128.mul<f64>(v128.mul<f64>(quotient, Lanes.select(far, factor, one)), Exp.scale<f64>());
  }
}
