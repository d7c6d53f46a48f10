import { Parameters, WideActivation } from "../activation";
import { GatedLinear } from "../math/gated-linear";
import { Wide } from "../math/wide";

/** swish(x) = x sigma(a x) */
@final
export class Swish<T extends number> implements WideActivation {
  @inline
  forward(x: v128): v128 {
    const u = v128.mul<f64>(x, Parameters.a<f64>());
    return GatedLinear.value<T>(x, u, Wide.productRest<T>(x, Parameters.a<f64>(), u));
  }

  @inline
  derivative(x: v128): v128 {
    const u = v128.mul<f64>(x, Parameters.a<f64>());
    return GatedLinear.slope<T>(u, Wide.productRest<T>(x, Parameters.a<f64>(), u));
  }
}
