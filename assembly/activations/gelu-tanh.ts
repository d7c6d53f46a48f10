import { WideActivation } from "../activation";
import { Lanes } from "../lanes";
import { Exact } from "../math/exact";
import { Exp } from "../math/exp";
import { Natural } from "../math/exponent";
import { GatedLinear } from "../math/gated-linear";
import { Logistic } from "../math/logistic";
import { Polynomial } from "../math/polynomial";
import { Wide } from "../math/wide";

/** 2 sqrt(2/pi) */
const FACTOR: f64 = 1.5957691216057308;
const CUBIC: f64 = 0.044715;

/**
 * The approximation of gelu with a tanh, x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) = x sigma(v) with
 * v = 2 sqrt(2/pi) (x + 0.044715 x^3).
 */
@final
export class GeluTanh<T extends number> implements WideActivation {
  @inline
  forward(x: v128): v128 {
    const bounded = this.bounded(x);
    const v = this.argument(bounded);
    if (sizeof<T>() == 4) return GatedLinear.value<T, Natural<f64>>(x, v);
    const w = Lanes.atLeast<f64>(Lanes.atMost<f64>(Lanes.negate<f64>(v), Lanes.splat<f64>(Wide.underflow<T>())), Lanes.splat<f64>(-40));
    const k = Exp.round<f64>(w);
    const sigma = Logistic.ofParts<f64>(k, this.remainder(w, k, this.rest(bounded, v)));
    return GatedLinear.completed(GatedLinear.timesScaled(x, sigma), x, v128.lt<f64>(v, Lanes.splat<f64>(-Wide.underflow<T>())));
  }

  /** With e = e^-|v|: D = e (1 - |x| v' + e) / (1 + e)^2 on the left, 1 - D on the right. */
  @inline
  derivative(x: v128): v128 {
    const one = Lanes.splat<f64>(1);
    const magnitude = Lanes.abs<f64>(this.bounded(x));
    const v = this.argument(magnitude);
    const rest = this.rest(magnitude, v);
    const u = Lanes.negate<f64>(Wide.magnitude<T>(v));
    const k = Exp.round<f64>(u);
    const scaled = sizeof<T>() == 4 ? Wide.exp<T>(u) : Wide.ofParts(k, this.remainder(u, k, rest));
    const e = Wide.unscale<T>(scaled);
    // |x| v' = v + 2 sqrt(2/pi) |x| 2 0.044715 x^2
    const bend = v128.mul<f64>(v128.mul<f64>(magnitude, Lanes.splat<f64>(2 * FACTOR)), this.relative(magnitude));
    const numerator = v128.add<f64>(v128.sub<f64>(one, v), v128.sub<f64>(v128.sub<f64>(e, rest), bend));
    let left = Wide.unscale<T>(v128.div<f64>(v128.mul<f64>(scaled, numerator), Wide.squareOfOnePlus(e)));
    if (sizeof<T>() == 8) {
      const near = v128.lt<f64>(Lanes.abs<f64>(v128.sub<f64>(magnitude, Lanes.splat<f64>(0.75))), Lanes.splat<f64>(0.4));
      if (v128.any_true(near)) left = Lanes.select(near, this.nearZero(Lanes.negate<f64>(magnitude)), left);
    }
    return Lanes.select(v128.lt<f64>(x, Lanes.splat<f64>(0)), left, v128.sub<f64>(one, left));
  }

  /** Where sigma(v) is neither 0 nor 1. */
  @inline
  private bounded(x: v128): v128 {
    return Lanes.atMost<f64>(Lanes.atLeast<f64>(x, Lanes.splat<f64>(-25)), Lanes.splat<f64>(25));
  }

  /** 0.044715 x^2 */
  @inline
  private relative(x: v128): v128 {
    return v128.mul<f64>(v128.mul<f64>(x, x), Lanes.splat<f64>(CUBIC));
  }

  @inline
  private argument(x: v128): v128 {
    const cubic = v128.mul<f64>(x, v128.add<f64>(Lanes.splat<f64>(1), this.relative(x)));
    return v128.mul<f64>(cubic, Lanes.splat<f64>(FACTOR));
  }

  /** u - rest less k ln 2 */
  @inline
  private remainder(u: v128, k: v128, rest: v128): v128 {
    return v128.sub<f64>(Exp.coarse<f64>(u, k), v128.add<f64>(Exp.fine<f64>(k), rest));
  }

  /** What `argument` rounds away: e^-v magnifies it by v. */
  @inline
  private rest(x: v128, v: v128): v128 {
    if (sizeof<T>() == 4) return Lanes.splat<f64>(0);
    const one = Lanes.splat<f64>(1);
    const factor = Lanes.splat<f64>(FACTOR);
    const coefficient = Lanes.splat<f64>(CUBIC);
    const square = v128.mul<f64>(x, x);
    const relative = v128.mul<f64>(square, coefficient);
    const sum = v128.add<f64>(one, relative);
    const cubic = v128.mul<f64>(x, sum);
    const part = v128.sub<f64>(sum, one);
    const ofSum = v128.add<f64>(v128.sub<f64>(one, v128.sub<f64>(sum, part)), v128.sub<f64>(relative, part));
    const ofRelative = Lanes.multiplyAdd<f64>(coefficient, Exact.productError(x, x, square), Exact.productError(square, coefficient, relative));
    const ofCubic = Lanes.multiplyAdd<f64>(x, v128.add<f64>(ofSum, ofRelative), Exact.productError(x, sum, cubic));
    // The factor itself is rounded, too.
    const ofFactor = Lanes.multiplyAdd<f64>(cubic, Lanes.splat<f64>(-9.96930880911092e-17), Exact.productError(cubic, factor, v));
    return Lanes.multiplyAdd<f64>(factor, ofCubic, ofFactor);
  }

  /**
   * The derivative within 0.4 of its zero, where its terms cancel, as (x - zero) P(t), t = x - -0.7524614220710163: interpolated at Chebyshev's points with
   * mpmath; relative error 2^-53.9.
   */
  @inline
  private nearZero(x: v128): v128 {
    const t = v128.sub<f64>(x, Lanes.splat<f64>(-0.7524614220710163));
    return v128.mul<f64>(v128.sub<f64>(t, Lanes.splat<f64>(3.4358218314355225e-17)), this.polynomial(t));
  }

  @inline
  private polynomial(t: v128): v128 {
    const t2 = v128.mul<f64>(t, t);
    const t4 = v128.mul<f64>(t2, t2);
    let p = Polynomial.cubic<f64>(t, t2, -1.587171061716848e-05, 5.891816814776448e-06, 2.150548796254571e-06, -8.94823044428972e-07);
    p = Lanes.multiplyAdd<f64>(p, t4, Polynomial.cubic<f64>(t, t2, -0.000927441063529269, 0.0002639273139810197, 0.00012424059658366617, -3.49522043993341e-05));
    p = Lanes.multiplyAdd<f64>(p, t4, Polynomial.cubic<f64>(t, t2, -0.016619328342108684, 0.019682309459511237, 0.00526105921201227, -0.002422731831253172));
    p = Lanes.multiplyAdd<f64>(p, t4, Polynomial.cubic<f64>(t, t2, 0.4304000910248585, 0.3875184461357889, -0.01578285352185593, -0.11394448308095628));
    return p;
  }
}
