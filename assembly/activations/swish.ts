import { Parameters, WideActivation } from "../activation";
import { Lanes } from "../lanes";
import { Scaled } from "../math/exponent";
import { GatedLinear } from "../math/gated-linear";

/** swish(x) = x sigma(a x) */
@final
export class Swish<T extends number> implements WideActivation {
  @inline
  forward(x: v128): v128 {
    return GatedLinear.value<T, Scaled>(x, this.along(x));
  }

  @inline
  derivative(x: v128): v128 {
    return GatedLinear.slope<T, Scaled>(this.along(x));
  }

  /** What |a| is multiplied by. */
  @inline
  private along(x: v128): v128 {
    return Lanes.alongside<f64>(x, Parameters.a<f64>());
  }
}
