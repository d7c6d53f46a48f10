import { InvertibleActivation } from "../activation";
import { Lanes } from "../lanes";
import { Exp } from "../math/exp";
import { Logistic } from "../math/logistic";

/** sigma(x) = 1/(1 + e^-x); sigma'(x) = sigma(x) (1 - sigma(x)), an even function */
@final
export class Sigmoid<T extends number> implements InvertibleActivation {
  @inline
  forward(x: v128): v128 {
    // Beyond the lower bound sigma rounds to 1.
    const u = Lanes.atLeast<T>(Lanes.atMost<T>(Lanes.negate<T>(x), Exp.underflow<T>()), Lanes.splat<T>(-40));
    return v128.mul<T>(Logistic.scaled<T>(u), Exp.scale<T>());
  }

  @inline
  derivative(x: v128): v128 {
    const u = Lanes.atMost<T>(Lanes.abs<T>(x), Exp.underflow<T>());
    return v128.mul<T>(Logistic.scaledSlope<T>(u), Exp.scale<T>());
  }

  @inline
  derivativeFromOutput(y: v128): v128 {
    return v128.mul<T>(y, v128.sub<T>(Lanes.splat<T>(1), y));
  }
}
