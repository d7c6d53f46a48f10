import { FastBackward, FastForward, InvertibleLongActivation } from "../activation";
import { Lanes } from "../lanes";
import { Natural } from "../math/exponent";
import { Logistic } from "../math/logistic";
import { Single } from "../math/single";

/** sigma(x) = 1/(1 + e^-x); sigma'(x) = sigma(x) (1 - sigma(x)), an even function */
@final
export class Sigmoid<T extends number> implements InvertibleLongActivation, FastForward, FastBackward {
  @inline
  forward(x: v128): v128 {
    return Logistic.value<T, Natural<T>>(Lanes.negate<T>(x));
  }

  @inline
  gradient(dy: v128, x: v128): v128 {
    return Logistic.gradient<T>(dy, Lanes.abs<T>(x), 1);
  }

  @inline
  gradientFromOutput(dy: v128, y: v128): v128 {
    return v128.mul<T>(dy, v128.mul<T>(y, v128.sub<T>(Lanes.splat<T>(1), y)));
  }

  @inline
  ordinary(x: v128): v128 {
    return Single.isOrdinary(x);
  }

  @inline
  fast(x: v128): v128 {
    return v128.div<f32>(Lanes.splat<f32>(1), Single.onePlusExp(Lanes.negate<f32>(x)));
  }

  @inline
  fastGradient(dy: v128, x: v128): v128 {
    const one = Lanes.splat<f32>(1);
    const y = v128.div<f32>(one, Single.onePlusExp(Lanes.abs<f32>(x)));
    return v128.mul<f32>(dy, v128.mul<f32>(y, v128.sub<f32>(one, y)));
  }
}
