import { InvertibleWideActivation, Parameters } from "../activation";
import { Lanes } from "../lanes";
import { HyperbolicTangent } from "../math/hyperbolic-tangent";
import { Wide } from "../math/wide";

/** softcap(x) = a tanh(x/a); its derivative is 1 - tanh(x/a)^2 */
@final
export class Softcap<T extends number> implements InvertibleWideActivation {
  @inline
  forward(x: v128): v128 {
    const a = Parameters.a<f64>();
    const u = v128.div<f64>(x, a);
    const y = v128.mul<f64>(a, HyperbolicTangent.of<T>(u, Wide.quotientRest<T>(x, a, u)));
    if (sizeof<T>() == 4) return y;
    // x itself where the quotient may be subnormal.
    return Lanes.select(v128.lt<f64>(Lanes.abs<f64>(u), Lanes.splat<f64>(1e-9)), x, y);
  }

  @inline
  derivative(x: v128): v128 {
    const a = Parameters.a<f64>();
    const u = v128.div<f64>(x, a);
    return HyperbolicTangent.slope<T>(u, Wide.quotientRest<T>(x, a, u));
  }

  /** (a - y)(a + y) / a^2, each factor on its own: neither cancels nor overflows. */
  @inline
  derivativeFromOutput(y: v128): v128 {
    const a = Parameters.a<f64>();
    return v128.mul<f64>(v128.div<f64>(v128.sub<f64>(a, y), a), v128.div<f64>(v128.add<f64>(a, y), a));
  }
}
