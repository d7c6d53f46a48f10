import { FastForward, WideActivation } from "../activation";
import { Lanes } from "../lanes";
import { Natural } from "../math/exponent";
import { GatedLinear } from "../math/gated-linear";
import { Single } from "../math/single";
import { Wide } from "../math/wide";

/** silu(x) = x sigma(x) */
@final
export class Silu<T extends number> implements WideActivation, FastForward {
  @inline
  forward(x: v128): v128 {
    return GatedLinear.value<T, Natural<f64>>(x, x);
  }

  @inline
  derivative(x: v128): v128 {
    return sizeof<T>() == 4 ? this.plainSlope(x) : GatedLinear.slope<T, Natural<f64>>(x);
  }

  /** e (1 + x + e) / (1 + e)^2 with e = e^x, which for f32 is precise enough. */
  @inline
  private plainSlope(x: v128): v128 {
    const one = Lanes.splat<f64>(1);
    // From the bound on it is 1.
    const bounded = Wide.clamp<T>(x, 60);
    const e = Wide.exp<T>(bounded);
    const numerator = v128.mul<f64>(e, v128.add<f64>(v128.add<f64>(one, bounded), e));
    const sum = v128.add<f64>(one, e);
    return v128.div<f64>(numerator, v128.mul<f64>(sum, sum));
  }

  @inline
  ordinary(x: v128): v128 {
    return v128.ge<f32>(x, Lanes.splat<f32>(-87));
  }

  @inline
  fast(x: v128): v128 {
    // From the bound on it is x.
    return v128.div<f32>(x, Single.onePlusExp(Lanes.negate<f32>(Lanes.atMost<f32>(x, Lanes.splat<f32>(80)))));
  }
}
