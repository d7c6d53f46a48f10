import { WideActivation } from "../activation";
import { Lanes } from "../lanes";
import { Exp } from "../math/exp";
import { Polynomial } from "../math/polynomial";
import { Wide } from "../math/wide";

/**
 * mish(x) = x tanh(ln(1 + e^x)) = x w (w + 2) / (w (w + 2) + 2) with w = e^x.
 *
 * Its derivative is w (4 + 4x + w (6 + 4x + w (4 + w))) / (w (w + 2) + 2)^2, with a zero at -1.19.
 */
@final
export class Mish<T extends number> implements WideActivation {
  @inline
  forward(x: v128): v128 {
    if (sizeof<T>() == 4) return this.plain(x);
    const two = Lanes.splat<f64>(2);
    const right = v128.gt<f64>(x, Lanes.splat<f64>(-0.3));
    const bounded = Wide.clamp<T>(x, 20);
    const k = Exp.round<f64>(bounded);
    const power = Exp.power<f64>(k, Wide.bias<T>());
    const m = Wide.mantissa<T>(bounded, k);
    const w = Wide.unscale<T>(Lanes.multiplyAdd<f64>(power, m, power));
    const divisor = Lanes.multiplyAdd<f64>(w, v128.add<f64>(w, two), two);
    // On the left x w - x w w (w + 1) / divisor, on the right x - 2 x / divisor, which is x from the bound on. x times a power
    // of two is exact, and so is the sum of x w in two parts.
    const exact = v128.mul<f64>(bounded, power);
    const bent = v128.mul<f64>(exact, m);
    const product = v128.add<f64>(exact, bent);
    const ofLeft = v128.mul<f64>(product, v128.mul<f64>(w, v128.add<f64>(w, Lanes.splat<f64>(1))));
    const quotient = v128.div<f64>(Lanes.select(right, v128.mul<f64>(bounded, two), ofLeft), divisor);
    const lost = v128.sub<f64>(bent, v128.sub<f64>(product, exact));
    const left = Wide.unscale<T>(v128.sub<f64>(product, v128.sub<f64>(quotient, lost)));
    return Lanes.select(right, Lanes.withSign<f64>(v128.sub<f64>(x, quotient), x), left);
  }

  /** x h / (1 + h) with h = w + w^2/2, which for f32 is precise enough. */
  @inline
  private plain(x: v128): v128 {
    const bounded = Lanes.atLeast<f64>(x, Lanes.splat<f64>(-Wide.underflow<T>()));
    const w = Wide.exp<T>(Lanes.atMost<f64>(bounded, Lanes.splat<f64>(20)));
    const h = Lanes.multiplyAdd<f64>(v128.mul<f64>(w, w), Lanes.splat<f64>(0.5), w);
    return v128.mul<f64>(bounded, v128.div<f64>(h, v128.add<f64>(Lanes.splat<f64>(1), h)));
  }

  @inline
  derivative(x: v128): v128 {
    const two = Lanes.splat<f64>(2);
    const four = Lanes.splat<f64>(4);
    const v = Wide.clamp<T>(x, 40);
    const k = Exp.round<f64>(v);
    const power = Exp.power<f64>(k, Wide.bias<T>());
    const m = Wide.mantissa<T>(v, k);
    const w = Wide.unscale<T>(Lanes.multiplyAdd<f64>(power, m, power));
    const rise = v128.mul<f64>(w, v128.add<f64>(w, two));
    const n = v128.add<f64>(rise, two);
    const line = v128.mul<f64>(four, v);
    const bent = Lanes.multiplyAdd<f64>(w, v128.add<f64>(four, w), v128.add<f64>(Lanes.splat<f64>(6), line));
    const numerator = Lanes.multiplyAdd<f64>(w, bent, v128.add<f64>(four, line));
    const square = v128.mul<f64>(n, n);
    if (sizeof<T>() == 4) return v128.div<f64>(v128.mul<f64>(w, numerator), square);
    // Times e^x, by its parts.
    const exact = v128.mul<f64>(power, numerator);
    let slope = Wide.unscale<T>(v128.div<f64>(Lanes.multiplyAdd<f64>(exact, m, exact), square));
    // On the right it is a sum without cancellation, tanh(softplus(x)) and x times its derivative.
    const onRight = v128.gt<f64>(x, Lanes.splat<f64>(-0.1));
    if (v128.any_true(onRight)) {
      const bend = v128.div<f64>(v128.mul<f64>(v128.mul<f64>(line, w), v128.add<f64>(w, Lanes.splat<f64>(1))), square);
      slope = Lanes.select(onRight, v128.add<f64>(v128.div<f64>(rise, n), bend), slope);
    }
    const near = v128.lt<f64>(Lanes.abs<f64>(v128.add<f64>(x, Lanes.splat<f64>(0.8125))), Lanes.splat<f64>(0.78));
    if (v128.any_true(near)) slope = Lanes.select(near, this.nearZero(x), slope);
    return slope;
  }

  /**
   * The derivative from -1.6 to -0.03, where its terms cancel, as (x - zero) P(t), t = x + 0.8125: interpolated at Chebyshev's
   * points with mpmath; relative error 2^-53.2.
   */
  @inline
  private nearZero(x: v128): v128 {
    const distance = v128.sub<f64>(v128.sub<f64>(x, Lanes.splat<f64>(-1.1924312145154952)), Lanes.splat<f64>(-4.8484829848031044e-17));
    return v128.mul<f64>(distance, this.polynomial(v128.add<f64>(x, Lanes.splat<f64>(0.8125))));
  }

  @inline
  private polynomial(t: v128): v128 {
    const t2 = v128.mul<f64>(t, t);
    const t4 = v128.mul<f64>(t2, t2);
    let p = Polynomial.linear<f64>(t, -1.110957454312423e-08, -1.4527901009630011e-09);
    p = Lanes.multiplyAdd<f64>(p, t4, Polynomial.cubic<f64>(t, t2, -1.1912142995027765e-08, 2.196635795585895e-07, 7.328743174233125e-08, -1.0508429952267315e-08));
    p = Lanes.multiplyAdd<f64>(p, t4, Polynomial.cubic<f64>(t, t2, 2.1933538211800866e-05, 2.075120633174011e-06, -2.892919973552241e-06, -1.3748826047327097e-06));
    p = Lanes.multiplyAdd<f64>(p, t4, Polynomial.cubic<f64>(t, t2, -0.00036033781118648085, -0.00032180501605470703, -5.526812856640386e-05, 3.483556694258328e-05));
    p = Lanes.multiplyAdd<f64>(p, t4, Polynomial.cubic<f64>(t, t2, -0.01765241692257799, 0.0026677021573884175, 0.004260761639780063, 0.0010826745251026134));
    p = Lanes.multiplyAdd<f64>(p, t4, Polynomial.cubic<f64>(t, t2, 0.34931751771753916, 0.22405086781075376, 0.003781003727670181, -0.04715335293743543));
    return p;
  }
}
