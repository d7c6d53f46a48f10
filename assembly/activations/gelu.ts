import { WideActivation } from "../activation";
import { Lanes } from "../lanes";
import { Gaussian } from "../math/gaussian";
import { Polynomial } from "../math/polynomial";
import { Wide } from "../math/wide";

/** gelu(x) = x Phi(x), Phi the distribution function of the normal distribution; gelu'(x) = Phi(x) + x phi(x) */
@final
export class Gelu<T extends number> implements WideActivation {
  @inline
  forward(x: v128): v128 {
    const magnitude = Lanes.abs<f64>(x);
    // |x| (1 - Phi(|x|)), which is taken from x on the right and from 0 on the left.
    let missing = Wide.unscale<T>(Gaussian.moment<T>(magnitude));
    if (sizeof<T>() == 8) {
      const center = v128.mul<f64>(magnitude, Gaussian.center(v128.mul<f64>(magnitude, magnitude)));
      const small = v128.mul<f64>(magnitude, v128.sub<f64>(Lanes.splat<f64>(0.5), center));
      missing = Lanes.select(v128.lt<f64>(magnitude, Lanes.splat<f64>(0.6)), small, missing);
    }
    return v128.sub<f64>(Lanes.atLeast<f64>(x, Lanes.splat<f64>(-0.0)), missing);
  }

  /** D = e^(-x^2/2) (tail - |x|/sqrt(2 pi)) on the left, 1 - D on the right. */
  @inline
  derivative(x: v128): v128 {
    const magnitude = Lanes.abs<f64>(x);
    const bounded = Lanes.atMost<f64>(magnitude, Lanes.splat<f64>(40));
    const factor = Lanes.splat<f64>(0.3989422804014327);
    const bell = Gaussian.bell<T>(magnitude, 0.5, Lanes.splat<f64>(1), Lanes.splat<f64>(0));
    let difference = Lanes.multiplySubtract<f64>(bounded, factor, Gaussian.tail<T>(magnitude));
    // What the factor was rounded by.
    if (sizeof<T>() == 8) difference = Lanes.multiplyAdd<f64>(bounded, Lanes.splat<f64>(2.49232720227773e-17), difference);
    let left = Wide.unscale<T>(v128.mul<f64>(bell, difference));
    if (sizeof<T>() == 8) {
      const slope = Lanes.multiplyAdd<f64>(Wide.unscale<T>(bell), factor, Gaussian.center(v128.mul<f64>(magnitude, magnitude)));
      const small = Lanes.multiplySubtract<f64>(magnitude, slope, Lanes.splat<f64>(0.5));
      left = Lanes.select(v128.lt<f64>(magnitude, Lanes.splat<f64>(0.4)), small, left);
      const near = v128.lt<f64>(Lanes.abs<f64>(v128.sub<f64>(magnitude, Lanes.splat<f64>(0.75))), Lanes.splat<f64>(0.4));
      left = Lanes.select(near, this.nearZero(Lanes.negate<f64>(magnitude)), left);
    }
    return Lanes.select(v128.lt<f64>(x, Lanes.splat<f64>(0)), left, v128.sub<f64>(Lanes.splat<f64>(1), left));
  }

  /**
   * The derivative within 0.4 of its zero, where the two terms cancel, as (x - zero) P(t), t = x - -0.7517915246935645: interpolated at Chebyshev's points with
   * mpmath; relative error 2^-54.0.
   */
  @inline
  private nearZero(x: v128): v128 {
    const t = v128.sub<f64>(x, Lanes.splat<f64>(-0.7517915246935645));
    return v128.mul<f64>(v128.sub<f64>(t, Lanes.splat<f64>(1.4956759177009883e-17)), this.polynomial(t));
  }

  @inline
  private polynomial(t: v128): v128 {
    const t2 = v128.mul<f64>(t, t);
    const t4 = v128.mul<f64>(t2, t2);
    let p = Polynomial.cubic<f64>(t, t2, -7.741499720278594e-06, 4.3311168627753455e-07, 5.458101244352478e-07, -2.548167592393178e-09);
    p = Lanes.multiplyAdd<f64>(p, t4, Polynomial.cubic<f64>(t, t2, -0.000744826753236446, 0.00018633974948674607, 8.61584432371175e-05, -1.1214419704823098e-05));
    p = Lanes.multiplyAdd<f64>(p, t4, Polynomial.cubic<f64>(t, t2, -0.014771522148159914, 0.019421679838192277, 0.0045392283752938075, -0.002239538068219271));
    p = Lanes.multiplyAdd<f64>(p, t4, Polynomial.cubic<f64>(t, t2, 0.4314939923140469, 0.388284982990552, -0.01819967639867179, -0.11400823329722173));
    return p;
  }
}
