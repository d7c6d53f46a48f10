import { WideActivation } from "../activation";
import { Lanes } from "../lanes";
import { GatedLinear } from "../math/gated-linear";

/** silu(x) = x sigma(x) */
@final
export class Silu<T extends number> implements WideActivation {
  @inline
  forward(x: v128): v128 {
    return GatedLinear.value<T>(x, x, Lanes.splat<f64>(0));
  }

  @inline
  derivative(x: v128): v128 {
    return GatedLinear.slope<T>(x, Lanes.splat<f64>(0));
  }
}
