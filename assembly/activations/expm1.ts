import { FastBackward, FastForward, InvertibleWideActivation } from "../activation";
import { Lanes } from "../lanes";
import { Exp } from "../math/exp";
import { Single } from "../math/single";
import { Wide } from "../math/wide";

/** e^x - 1; its derivative is e^x. */
@final
export class Expm1<T extends number> implements InvertibleWideActivation, FastForward, FastBackward {
  @inline
  forward(x: v128): v128 {
    // From the bound on the double overflows.
    const half = Wide.halfExpm1<T>(Lanes.atMost<f64>(x, Lanes.splat<f64>(sizeof<T>() == 4 ? 700 : 710)));
    return Lanes.withSign<f64>(Wide.orTiny<T>(v128.add<f64>(half, half), x), x);
  }

  @inline
  derivative(x: v128): v128 {
    return Wide.full<T>(x);
  }

  @inline
  derivativeFromOutput(y: v128): v128 {
    return v128.add<f64>(y, Lanes.splat<f64>(1));
  }

  @inline
  ordinary(x: v128): v128 {
    return Single.isOrdinary(x);
  }

  @inline
  fast(x: v128): v128 {
    return Lanes.withSign<f32>(Single.expm1(x), x);
  }

  @inline
  fastGradient(dy: v128, x: v128): v128 {
    return v128.mul<f32>(dy, Exp.ordinary<f32>(x));
  }
}
