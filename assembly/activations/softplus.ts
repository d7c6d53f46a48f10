import { FastBackward, FastForward, InvertibleWideActivation, Parameters } from "../activation";
import { Lanes } from "../lanes";
import { Scaled } from "../math/exponent";
import { Single } from "../math/single";
import { Wide } from "../math/wide";

/** softplus(x) = ln(1 + e^ax) / a = max(x, 0) + ln(1 + e^-|ax|) / a; its derivative is sigma(ax) = 1 - e^-ay */
@final
export class Softplus<T extends number> implements InvertibleWideActivation, FastForward, FastBackward {
  @inline
  forward(x: v128): v128 {
    const exponent = changetype<Scaled>(0);
    const magnitude = Lanes.atMost<f64>(Lanes.abs<f64>(x), exponent.at(Lanes.splat<f64>(Wide.underflow<T>())));
    // Where it may be subnormal, it is scaled back after 1/a may have made a number of it.
    const far = v128.gt<f64>(magnitude, exponent.at(Lanes.splat<f64>(700)));
    const logarithm = Wide.logOnePlusExp<T, Scaled>(magnitude, far);
    const tail = sizeof<T>() == 4 ? v128.div<f64>(logarithm, Parameters.a<f64>()) : v128.mul<f64>(logarithm, Lanes.multipliedBy<f64>(Lanes.splat<f64>(1), far, -512));
    return v128.add<f64>(Lanes.atLeast<f64>(x, Lanes.splat<f64>(0)), tail);
  }

  @inline
  derivative(x: v128): v128 {
    return Wide.logistic<T, Scaled>(Lanes.negate<f64>(x));
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
