import { InvertibleWideActivation, Parameters } from "../activation";
import { Lanes } from "../lanes";
import { Scaled } from "../math/exponent";
import { HyperbolicTangent } from "../math/hyperbolic-tangent";
import { Logistic } from "../math/logistic";
import { Wide } from "../math/wide";

/** softcap(x) = b tanh(x/b); its derivative is 1 - tanh(x/b)^2 */
@final
export class Softcap<T extends number> implements InvertibleWideActivation {
  @inline
  forward(x: v128): v128 {
    if (sizeof<T>() == 8) return HyperbolicTangent.inUnit<Scaled>(x);
    const b = Parameters.b<f64>();
    return v128.mul<f64>(b, HyperbolicTangent.of<T>(v128.div<f64>(x, b)));
  }

  /** 4 e / (1 + e)^2 with e = e^-2|x/b| */
  @inline
  derivative(x: v128): v128 {
    let bell: v128;
    if (sizeof<T>() == 8) {
      const twice = Lanes.abs<f64>(v128.add<f64>(x, x));
      bell = Logistic.slope<Scaled>(Lanes.atMost<f64>(twice, changetype<Scaled>(0).at(Lanes.splat<f64>(Wide.underflow<T>()))));
    } else {
      const u = v128.div<f64>(x, Parameters.b<f64>());
      const e = Wide.exp<T>(Lanes.negate<f64>(Wide.magnitude<T>(v128.add<f64>(u, u))));
      bell = v128.div<f64>(e, Wide.squareOfOnePlus(e));
    }
    return v128.mul<f64>(bell, Lanes.splat<f64>(4));
  }

  /** (b - y)(b + y) / b^2, each factor on its own: neither cancels nor overflows. */
  @inline
  derivativeFromOutput(y: v128): v128 {
    const b = Parameters.b<f64>();
    return v128.mul<f64>(v128.div<f64>(v128.sub<f64>(b, y), b), v128.div<f64>(v128.add<f64>(b, y), b));
  }
}
