import { FastBackward, FastForward, InvertibleWideActivation } from "../activation";
import { Exp as Pieces } from "../math/exp";
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
    return Single.isOrdinary(x);
  }

  @inline
  fast(x: v128): v128 {
    return Pieces.ordinary<f32>(x);
  }

  @inline
  fastGradient(dy: v128, x: v128): v128 {
    return v128.mul<f32>(dy, Pieces.ordinary<f32>(x));
  }
}
