import { FastBackward, FastForward, InvertibleWideActivation, Parameters } from "../activation";
import { Lanes } from "../lanes";
import { Exp } from "../math/exp";
import { Single } from "../math/single";
import { Wide } from "../math/wide";

/** elu(x) = b x for x > 0, a (e^x - 1) otherwise; elu'(0) = a. ELU and CELU have b = 1, SELU its two constants. */
@final
export class Elu<T extends number> implements InvertibleWideActivation, FastForward, FastBackward {
  @inline
  forward(x: v128): v128 {
    const zero = Lanes.splat<f64>(0);
    const left = v128.mul<f64>(Parameters.a<f64>(), Wide.expm1<T>(Lanes.atMost<f64>(x, zero)));
    return Lanes.select(v128.ge<f64>(x, zero), v128.mul<f64>(x, Parameters.b<f64>()), left);
  }

  @inline
  derivative(x: v128): v128 {
    const left = Wide.unscale<T>(v128.mul<f64>(Parameters.a<f64>(), Wide.exp<T>(Wide.clamp<T>(x, 0))));
    return Lanes.select(v128.gt<f64>(x, Lanes.splat<f64>(0)), Parameters.b<f64>(), left);
  }

  /** For a >= 0, where y has the sign of x. */
  @inline
  derivativeFromOutput(y: v128): v128 {
    return Lanes.select(v128.gt<f64>(y, Lanes.splat<f64>(0)), Parameters.b<f64>(), v128.add<f64>(y, Parameters.a<f64>()));
  }

  @inline
  ordinary(x: v128): v128 {
    return v128.ge<f32>(x, Parameters.lower<f32>());
  }

  @inline
  fast(x: v128): v128 {
    const zero = Lanes.splat<f32>(0);
    const missing = Single.oneMinusExp(Lanes.atMost<f32>(x, zero));
    return Lanes.multiplySubtract<f32>(Parameters.a<f32>(), missing, v128.mul<f32>(Lanes.atLeast<f32>(x, zero), Parameters.b<f32>()));
  }

  @inline
  fastGradient(dy: v128, x: v128): v128 {
    const zero = Lanes.splat<f32>(0);
    const left = v128.mul<f32>(Parameters.a<f32>(), Exp.ordinary<f32>(Lanes.atMost<f32>(x, zero)));
    return v128.mul<f32>(dy, Lanes.select(v128.gt<f32>(x, zero), Parameters.b<f32>(), left));
  }
}
