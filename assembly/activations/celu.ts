import { InvertibleWideActivation, Parameters } from "../activation";
import { Lanes } from "../lanes";
import { Wide } from "../math/wide";

/** celu(x) = x for x > 0, a (e^(x/a) - 1) otherwise, a > 0: an ELU without a kink. */
@final
export class Celu<T extends number> implements InvertibleWideActivation {
  @inline
  forward(x: v128): v128 {
    const zero = Lanes.splat<f64>(0);
    const u = v128.div<f64>(Lanes.atMost<f64>(x, zero), Parameters.a<f64>());
    const left = v128.mul<f64>(Parameters.a<f64>(), Wide.expm1<T>(u));
    // x itself where the quotient is 0 or may be subnormal, too.
    return Lanes.select(v128.gt<f64>(u, Lanes.splat<f64>(-1e-17)), x, left);
  }

  @inline
  derivative(x: v128): v128 {
    const one = Lanes.splat<f64>(1);
    const u = v128.div<f64>(x, Parameters.a<f64>());
    const e = Wide.expOf<T>(Wide.clamp<T>(u, 0), Wide.quotientRest<T>(x, Parameters.a<f64>(), u));
    return Lanes.select(v128.gt<f64>(x, Lanes.splat<f64>(0)), one, Wide.unscale<T>(e));
  }

  /** (y + a)/a */
  @inline
  derivativeFromOutput(y: v128): v128 {
    const left = v128.div<f64>(v128.add<f64>(y, Parameters.a<f64>()), Parameters.a<f64>());
    return Lanes.select(v128.gt<f64>(y, Lanes.splat<f64>(0)), Lanes.splat<f64>(1), left);
  }
}
