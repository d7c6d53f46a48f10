import { InvertibleActivation, WideActivation } from "../activation";
import { Lanes } from "../lanes";
import { Exp } from "../math/exp";
import { Logistic } from "../math/logistic";
import { Wide } from "../math/wide";

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
  gradient(dy: v128, x: v128): v128 {
    return Logistic.gradient<T>(dy, Lanes.abs<T>(x), 1);
  }

  @inline
  gradientFromOutput(dy: v128, y: v128): v128 {
    return v128.mul<T>(dy, v128.mul<T>(y, v128.sub<T>(Lanes.splat<T>(1), y)));
  }
}

/** The same in f64 lanes, as a gate needs it. */
@final
export class WideSigmoid<T extends number> implements WideActivation {
  @inline
  forward(x: v128): v128 {
    return Wide.unscale<T>(Wide.logistic<T>(Lanes.negate<f64>(x)));
  }

  @inline
  derivative(x: v128): v128 {
    return Wide.unscale<T>(Wide.bell<T>(Wide.exp<T>(Lanes.negate<f64>(Wide.magnitude<T>(x)))));
  }
}
