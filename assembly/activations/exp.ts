import { FastBackward, FastForward, InvertibleWideActivation } from "../activation";
import { Lanes } from "../lanes";
import { Single } from "../math/single";
import { Wide } from "../math/wide";

/** e^x, its own derivative. */
@final
export class Exp<T extends number> implements InvertibleWideActivation, FastForward, FastBackward {
  @inline
  forward(x: v128): v128 {
    return Wide.full<T>(x);
  }

  @inline
  derivative(x: v128): v128 {
    return Wide.full<T>(x);
  }

  @inline
  derivativeFromOutput(y: v128): v128 {
    return y;
  }

  @inline
  ordinary(x: v128): v128 {
    return v128.le<f32>(Lanes.abs<f32>(x), Lanes.splat<f32>(87));
  }

  @inline
  fast(x: v128): v128 {
    return Single.exp(x);
  }

  @inline
  fastGradient(dy: v128, x: v128): v128 {
    return v128.mul<f32>(dy, Single.exp(x));
  }
}
