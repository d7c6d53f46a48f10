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
    const two = Lanes.splat<f64>(2);
    const positive = v128.gt<f64>(x, Lanes.splat<f64>(0));
    const bounded = Wide.clamp<T>(x, 20);
    const k = Exp.round<f64>(bounded);
    const power = Exp.power<f64>(k, Wide.bias<T>());
    const m = Wide.mantissa<T>(bounded, k);
    const w = Wide.unscale<T>(v128.add<f64>(power, v128.mul<f64>(power, m)));
    const sum = v128.add<f64>(w, two);
    const divisor = v128.add<f64>(v128.mul<f64>(w, sum), two);
    // On the left x w (w + 2) over the divisor; x times a power of two is exact. On the right x less 2 x over it, which is
    // nothing beside x from the bound on.
    const product = v128.mul<f64>(bounded, power);
    const left = v128.mul<f64>(v128.add<f64>(product, v128.mul<f64>(product, m)), sum);
    const right = v128.mul<f64>(bounded, Lanes.splat<f64>(-2));
    const quotient = v128.div<f64>(Lanes.select(positive, right, left), divisor);
    return Lanes.select(positive, v128.add<f64>(x, quotient), Wide.unscale<T>(quotient));
  }

  @inline
  derivative(x: v128): v128 {
    const two = Lanes.splat<f64>(2);
    const four = Lanes.splat<f64>(4);
    const v = Wide.clamp<T>(x, 40);
    const scaled = Wide.exp<T>(v);
    const w = Wide.unscale<T>(scaled);
    const rise = v128.mul<f64>(w, v128.add<f64>(w, two));
    const n = v128.add<f64>(rise, two);
    const line = v128.mul<f64>(four, v);
    const bent = v128.add<f64>(v128.add<f64>(Lanes.splat<f64>(6), line), v128.mul<f64>(w, v128.add<f64>(four, w)));
    const numerator = v128.add<f64>(v128.add<f64>(four, line), v128.mul<f64>(w, bent));
    let slope = Wide.unscale<T>(v128.div<f64>(v128.mul<f64>(scaled, numerator), v128.mul<f64>(n, n)));
    if (sizeof<T>() == 4) return slope;
    // On the right it is the sum of two positive terms, tanh(softplus(x)) and x times its derivative.
    const bend = v128.div<f64>(v128.mul<f64>(v128.mul<f64>(line, w), v128.add<f64>(w, Lanes.splat<f64>(1))), v128.mul<f64>(n, n));
    const right = v128.add<f64>(v128.div<f64>(rise, n), bend);
    slope = Lanes.select(v128.gt<f64>(x, Lanes.splat<f64>(0)), right, slope);
    const near = v128.lt<f64>(Lanes.abs<f64>(v128.add<f64>(x, Lanes.splat<f64>(1.19))), Lanes.splat<f64>(0.4));
    return Lanes.select(near, this.nearZero(x), slope);
  }

  /**
   * The derivative within 0.4 of its zero, where its terms cancel, as (x - zero) P(t), t = x - -1.1924312145154952: interpolated at Chebyshev's points with
   * mpmath; relative error 2^-52.3.
   */
  @inline
  private nearZero(x: v128): v128 {
    const t = v128.sub<f64>(x, Lanes.splat<f64>(-1.1924312145154952));
    return v128.mul<f64>(v128.sub<f64>(t, Lanes.splat<f64>(-4.8484829848031044e-17)), this.polynomial(t));
  }

  @inline
  private polynomial(t: v128): v128 {
    const t2 = v128.mul<f64>(t, t);
    const t4 = v128.mul<f64>(t2, t2);
    let p = Polynomial.cubic<f64>(t, t2, 9.717697637519946e-07, 2.9205716929602375e-06, 9.70766663673361e-07, -1.4756809596516618e-08);
    p = v128.add<f64>(v128.mul<f64>(p, t4), Polynomial.cubic<f64>(t, t2, 0.0002541297231129784, -4.196135272026123e-05, -5.5833256479631653e-05, -1.7301011568445935e-05));
    p = v128.add<f64>(v128.mul<f64>(p, t4), Polynomial.cubic<f64>(t, t2, -0.015821126561377397, -0.0033606849268819797, 0.0010924055248051512, 0.0009898180957110508));
    p = v128.add<f64>(v128.mul<f64>(p, t4), Polynomial.cubic<f64>(t, t2, 0.26694791404953455, 0.20473126408010586, 0.04190782104360688, -0.020271822716685435));
    return p;
  }
}
