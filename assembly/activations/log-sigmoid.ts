import { FastBackward, FastForward, InvertibleWideActivation } from "../activation";
import { Lanes } from "../lanes";
import { Natural } from "../math/exponent";
import { Single } from "../math/single";
import { Wide } from "../math/wide";

/** logSigmoid(x) = ln sigma(x) = -ln(1 + e^-x); its derivative is sigma(-x) = 1 - e^y */
@final
export class LogSigmoid<T extends number> implements InvertibleWideActivation, FastForward, FastBackward {
  @inline
  forward(x: v128): v128 {
    const tail = Wide.logOnePlusExp<T, Natural<f64>>(Wide.magnitude<T>(x), Lanes.splat<f64>(0));
    return v128.sub<f64>(Lanes.atMost<f64>(x, Lanes.splat<f64>(-0.0)), tail);
  }

  @inline
  derivative(x: v128): v128 {
    return Wide.logistic<T, Natural<f64>>(x);
  }

  @inline
  derivativeFromOutput(y: v128): v128 {
    return Lanes.abs<f64>(Wide.expm1<T>(y));
  }

  @inline
  ordinary(x: v128): v128 {
    return v128.le<f32>(x, Lanes.splat<f32>(87));
  }

  @inline
  fast(x: v128): v128 {
    const u = Lanes.atLeast<f32>(v128.or(x, Lanes.splat<f32>(-0.0)), Lanes.splat<f32>(-87));
    return Lanes.negate<f32>(Single.logOnePlusExp(u, Lanes.negate<f32>(Lanes.atMost<f32>(x, Lanes.splat<f32>(-0.0)))));
  }

  @inline
  fastGradient(dy: v128, x: v128): v128 {
    return v128.div<f32>(dy, Single.onePlusExp(Lanes.atLeast<f32>(x, Lanes.splat<f32>(-80))));
  }
}
