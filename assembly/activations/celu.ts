import { InvertibleWideActivation, Parameters } from "../activation";
import { Lanes } from "../lanes";
import { Exp } from "../math/exp";
import { Scaled } from "../math/exponent";
import { Wide } from "../math/wide";

/** celu(x) = x for x > 0, b (e^(x/b) - 1) otherwise, b > 0: an ELU without a kink. */
@final
export class Celu<T extends number> implements InvertibleWideActivation {
  @inline
  forward(x: v128): v128 {
    const left = sizeof<T>() == 4 ? this.plainLeft(x) : this.left(x);
    return Lanes.select(v128.ge<f64>(x, Lanes.splat<f64>(0)), x, left);
  }

  /** b (2^k - 1) + 2^k b (e^r - 1), where b r comes without a product: tiny x are their own result. */
  @inline
  private left(x: v128): v128 {
    const exponent = changetype<Scaled>(0);
    // Below the bound it is -b.
    const v = Lanes.atLeast<f64>(x, exponent.at(Lanes.splat<f64>(-40)));
    const k = exponent.round(v);
    const power = Exp.power<f64>(k, 0);
    const t = exponent.remainder(v, k);
    const r = exponent.of(t);
    const rise = v128.div<f64>(v128.add<f64>(t, t), Exp.below(r, Exp.bend(r)));
    return Lanes.multiplyAdd<f64>(power, rise, v128.mul<f64>(Parameters.b<f64>(), v128.sub<f64>(power, Lanes.splat<f64>(1))));
  }

  /** The same as it stands, which for f32 is precise enough. */
  @inline
  private plainLeft(x: v128): v128 {
    const u = v128.div<f64>(Lanes.atMost<f64>(x, Lanes.splat<f64>(0)), Parameters.b<f64>());
    // x itself where the quotient may be subnormal.
    return Lanes.select(v128.gt<f64>(u, Lanes.splat<f64>(-1e-17)), x, v128.mul<f64>(Parameters.b<f64>(), Wide.expm1<T>(u)));
  }

  @inline
  derivative(x: v128): v128 {
    const zero = Lanes.splat<f64>(0);
    let e: v128;
    if (sizeof<T>() == 4) {
      e = Wide.exp<T>(Wide.clamp<T>(v128.div<f64>(x, Parameters.b<f64>()), 0));
    } else {
      const exponent = changetype<Scaled>(0);
      const v = Lanes.atMost<f64>(Lanes.atLeast<f64>(x, exponent.at(Lanes.splat<f64>(-Wide.underflow<T>()))), zero);
      const k = exponent.round(v);
      e = Wide.unscale<T>(Wide.ofParts(k, exponent.of(exponent.remainder(v, k))));
    }
    return Lanes.select(v128.gt<f64>(x, zero), Lanes.splat<f64>(1), e);
  }

  /** (y + b)/b */
  @inline
  derivativeFromOutput(y: v128): v128 {
    const left = v128.div<f64>(v128.add<f64>(y, Parameters.b<f64>()), Parameters.b<f64>());
    return Lanes.select(v128.gt<f64>(y, Lanes.splat<f64>(0)), Lanes.splat<f64>(1), left);
  }
}
