import { FastBackward, FastForward, InvertibleWideActivation, Parameters } from "../activation";
import { Lanes } from "../lanes";
import { Log } from "../math/log";
import { Single } from "../math/single";
import { Wide } from "../math/wide";

/** softplus(x) = ln(1 + e^ax) / a = max(x, 0) + ln(1 + e^-|ax|) / a; its derivative is sigma(ax) = 1 - e^-ay */
@final
export class Softplus<T extends number> implements InvertibleWideActivation, FastForward, FastBackward {
  @inline
  forward(x: v128): v128 {
    const a = Parameters.a<f64>();
    const u = v128.mul<f64>(x, a);
    const rest = Lanes.alongside<f64>(Wide.productRest(x, a, u), u);
    const magnitude = Wide.magnitude<T>(u);
    const e = Wide.expOf<T>(Lanes.negate<f64>(magnitude), Lanes.negate<f64>(rest));
    const logarithm = Log.onePlus<f64, T>(Wide.unscale<T>(e));
    // Where ln(1 + e) = e may be subnormal, it is scaled back after 1/a may have made a number of it.
    const far = v128.gt<f64>(magnitude, Lanes.splat<f64>(700));
    const scaled = v128.div<f64>(sizeof<T>() == 4 ? logarithm : Lanes.select(far, e, logarithm), a);
    const tail = sizeof<T>() == 4 ? scaled : Lanes.select(far, Wide.unscale<T>(scaled), scaled);
    return v128.add<f64>(Lanes.atLeast<f64>(x, Lanes.splat<f64>(0)), tail);
  }

  @inline
  derivative(x: v128): v128 {
    const a = Parameters.a<f64>();
    const u = v128.mul<f64>(x, a);
    const sigma = Wide.logistic<T>(Lanes.negate<f64>(u));
    if (sizeof<T>() == 4) return sigma;
    const other = v128.sub<f64>(Lanes.splat<f64>(1), Wide.unscale<T>(sigma));
    return Wide.unscale<T>(Lanes.multiplyAdd<f64>(sigma, v128.mul<f64>(Wide.productRest(x, a, u), other), sigma));
  }

  @inline
  derivativeFromOutput(y: v128): v128 {
    return Lanes.abs<f64>(Wide.expm1<T>(Lanes.negate<f64>(v128.mul<f64>(y, Parameters.a<f64>()))));
  }

  @inline
  ordinary(x: v128): v128 {
    return v128.ge<f32>(x, Parameters.lower<f32>());
  }

  @inline
  fast(x: v128): v128 {
    const u = Lanes.atLeast<f32>(v128.or(x, Lanes.splat<f32>(-0.0)), Lanes.splat<f32>(-87));
    return Single.logOnePlusExp(u, Lanes.atLeast<f32>(x, Lanes.splat<f32>(0)));
  }

  @inline
  fastGradient(dy: v128, x: v128): v128 {
    const bounded = Lanes.atMost<f32>(x, Lanes.splat<f32>(80));
    return v128.div<f32>(dy, Single.onePlusExp(Lanes.negate<f32>(bounded)));
  }
}
