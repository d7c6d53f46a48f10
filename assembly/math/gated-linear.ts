import { Lanes } from "../lanes";
import { Polynomial } from "./polynomial";
import { Wide } from "./wide";

/** x sigma(u), of which SiLU, swish and the approximations of GELU are made. `rest` is what u was rounded by. */
export abstract class GatedLinear {
  @inline static value<T extends number>(x: v128, u: v128, rest: v128): v128 {
    let sigma = Wide.logistic<T>(Lanes.negate<f64>(u));
    let y: v128;
    if (sizeof<T>() == 4) {
      y = v128.mul<f64>(x, sigma);
    } else {
      // sigma(u + rest) = sigma(u) (1 + rest sigma(-u))
      const other = v128.sub<f64>(Lanes.splat<f64>(1), Wide.unscale<T>(sigma));
      sigma = Lanes.multiplyAdd<f64>(sigma, v128.mul<f64>(rest, other), sigma);
      // Whichever order neither overflows nor loses digits below the normal range.
      const large = v128.gt<f64>(Lanes.abs<f64>(x), Lanes.splat<f64>(1e150));
      y = Lanes.select(large, v128.mul<f64>(x, Wide.unscale<T>(sigma)), Wide.unscale<T>(v128.mul<f64>(x, sigma)));
    }
    // -0, and not NaN, at -Infinity.
    return Lanes.withSign<f64>(v128.andnot(y, v128.lt<f64>(u, Lanes.splat<f64>(-Wide.underflow<T>()))), x);
  }

  /**
   * d/du of u sigma(u) at u + rest. With e = e^-|u| it is D = e (1 - |u| + e) / (1 + e)^2 for u < 0, which has a zero, and
   * 1 - D for u > 0.
   */
  @inline static slope<T extends number>(u: v128, rest: v128): v128 {
    const one = Lanes.splat<f64>(1);
    const magnitude = Wide.magnitude<T>(u);
    const scaled = Wide.expOf<T>(Lanes.negate<f64>(magnitude), Lanes.negate<f64>(Lanes.alongside<f64>(rest, u)));
    const e = Wide.unscale<T>(scaled);
    const numerator = v128.add<f64>(v128.sub<f64>(one, magnitude), e);
    let left = Wide.unscale<T>(v128.div<f64>(v128.mul<f64>(scaled, numerator), Wide.squareOfOnePlus(e)));
    if (sizeof<T>() == 8) {
      const near = v128.lt<f64>(Lanes.abs<f64>(v128.sub<f64>(magnitude, Lanes.splat<f64>(1.28))), Lanes.splat<f64>(0.4));
      left = Lanes.select(near, GatedLinear.nearZero(magnitude, Lanes.alongside<f64>(rest, u)), left);
    }
    return Lanes.select(v128.lt<f64>(u, Lanes.splat<f64>(0)), left, v128.sub<f64>(one, left));
  }

  /**
   * D within 0.4 of its zero, where the numerator cancels, as (u - zero) P(t), t = u - -1.2784645427610737 with u = -(magnitude + rest):
   * interpolated at Chebyshev's points with mpmath; relative error 2^-53.2.
   */
  @inline private static nearZero(magnitude: v128, rest: v128): v128 {
    const t = v128.sub<f64>(Lanes.splat<f64>(1.2784645427610737), magnitude);
    return v128.mul<f64>(v128.sub<f64>(t, v128.add<f64>(rest, Lanes.splat<f64>(-1.0946994183093437e-16))), GatedLinear.polynomial(t));
  }

  @inline private static polynomial(t: v128): v128 {
    const t2 = v128.mul<f64>(t, t);
    const t4 = v128.mul<f64>(t2, t2);
    let p = Polynomial.cubic<f64>(t, t2, 8.590115545201334e-07, -3.1077442053510006e-08, -8.934411666782806e-08, -1.6884981821851752e-08);
    p = Lanes.multiplyAdd<f64>(p, t4, Polynomial.cubic<f64>(t, t2, -4.090535424774789e-05, -2.973354912851559e-05, -2.9424885122094624e-06, 2.34611356715965e-06));
    p = Lanes.multiplyAdd<f64>(p, t4, Polynomial.cubic<f64>(t, t2, -0.006606589138368469, 0.00012662741007429587, 0.0007985218823734223, 0.00018570724392180348));
    p = Lanes.multiplyAdd<f64>(p, t4, Polynomial.cubic<f64>(t, t2, 0.2178117057198001, 0.1466487969969469, 0.018874814223782406, -0.015222655223187977));
    return p;
  }
}
