import { InvertibleWideActivation } from "../activation";
import { Lanes } from "../lanes";
import { Log } from "../math/log";
import { Wide } from "../math/wide";

/** ln(1 + x), NaN for x < -1; its derivative is 1/(1 + x). */
@final
export class Log1p<T extends number> implements InvertibleWideActivation {
  @inline
  forward(x: v128): v128 {
    return Lanes.withSign<f64>(Log.log1p<T>(x), x);
  }

  @inline
  derivative(x: v128): v128 {
    const one = Lanes.splat<f64>(1);
    return v128.div<f64>(one, v128.add<f64>(one, x));
  }

  /** e^-y */
  @inline
  derivativeFromOutput(y: v128): v128 {
    return Wide.full<T>(Lanes.negate<f64>(y));
  }
}
