import { FastBackward, FastForward, WideActivation } from "../activation";
import { Lanes } from "../lanes";
import { Gaussian } from "../math/gaussian";
import { Polynomial } from "../math/polynomial";
import { Wide } from "../math/wide";

/** gelu(x) = x Phi(x), Phi the distribution function of the normal distribution; gelu'(x) = Phi(x) + x phi(x) */
@final
export class Gelu<T extends number> implements WideActivation, FastForward, FastBackward {
  @inline
  forward(x: v128): v128 {
    const magnitude = Lanes.abs<f64>(x);
    // |x| (1 - Phi(|x|)), which is taken from x on the right and from 0 on the left.
    const missing = sizeof<T>() == 4 ? Gaussian.moment<T>(magnitude) : this.missing(magnitude);
    return v128.sub<f64>(Lanes.atLeast<f64>(x, Lanes.splat<f64>(-0.0)), missing);
  }

  /** x (1 - Phi(x)) for x >= 0 and f64: near 0 from the series of Phi. */
  @inline
  private missing(x: v128): v128 {
    const isSmall = v128.lt<f64>(x, Lanes.splat<f64>(0.6));
    let y = x;
    if (!Lanes.all<f64>(isSmall)) y = Wide.unscale<T>(Gaussian.moment<T>(x));
    if (v128.any_true(isSmall)) {
      const center = v128.mul<f64>(x, Gaussian.center(v128.mul<f64>(x, x)));
      y = Lanes.select(isSmall, v128.mul<f64>(x, v128.sub<f64>(Lanes.splat<f64>(0.5), center)), y);
    }
    return y;
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
      const isSmall = v128.lt<f64>(magnitude, Lanes.splat<f64>(0.4));
      if (v128.any_true(isSmall)) {
        const slope = Lanes.multiplyAdd<f64>(Wide.unscale<T>(bell), factor, Gaussian.center(v128.mul<f64>(magnitude, magnitude)));
        left = Lanes.select(isSmall, Lanes.multiplySubtract<f64>(magnitude, slope, Lanes.splat<f64>(0.5)), left);
      }
      const near = v128.lt<f64>(Lanes.abs<f64>(v128.sub<f64>(magnitude, Lanes.splat<f64>(0.75))), Lanes.splat<f64>(0.4));
      if (v128.any_true(near)) left = Lanes.select(near, this.nearZero(Lanes.negate<f64>(magnitude)), left);
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

  @inline
  ordinary(x: v128): v128 {
    return v128.ge<f32>(x, Lanes.splat<f32>(-13));
  }

  /** As `forward`: with |x| (1 - Phi(|x|)) = phi(|x|) (1 - h) for large |x|. */
  @inline
  fast(x: v128): v128 {
    const magnitude = Lanes.atMost<f32>(Lanes.abs<f32>(x), Lanes.splat<f32>(13));
    const rounded = Gaussian.rounded(v128.mul<f32>(magnitude, magnitude), 0.5);
    const factor = Lanes.splat<f32>(0.3989422804014327);
    const rest = Gaussian.density(Gaussian.remainder(magnitude, rounded, 0.5));
    const difference = Lanes.multiplySubtract<f32>(v128.add<f32>(factor, rest), this.deficit(magnitude), rest);
    const large = Gaussian.descended(v128.add<f32>(factor, difference), rounded);
    const small = v128.mul<f32>(magnitude, this.tail(magnitude));
    const missing = Lanes.select(v128.lt<f32>(magnitude, Lanes.splat<f32>(1.1)), small, large);
    return v128.sub<f32>(Lanes.atLeast<f32>(x, Lanes.splat<f32>(-0.0)), missing);
  }

  /** As `derivative`, with D = phi(|x|) (zero - |x|) (1 + g): g in f32 lanes, what it is part of in f64 lanes. */
  @inline
  fastGradient(dy: v128, x: v128): v128 {
    const g = this.excess(Lanes.atMost<f32>(Lanes.abs<f32>(x), Lanes.splat<f32>(13)));
    const low = this.gradientOf(Lanes.lowDoubles(dy), Lanes.lowDoubles(x), Lanes.lowDoubles(g));
    const high = this.gradientOf(Lanes.highDoubles(dy), Lanes.highDoubles(x), Lanes.highDoubles(g));
    return Lanes.singles(low, high);
  }

  @inline
  private gradientOf(dy: v128, x: v128, g: v128): v128 {
    const one = Lanes.splat<f64>(1);
    const magnitude = Lanes.atMost<f64>(Lanes.abs<f64>(x), Lanes.splat<f64>(13));
    const bell = Wide.exp<T>(v128.mul<f64>(v128.mul<f64>(magnitude, magnitude), Lanes.splat<f64>(-0.5)));
    const distance = Lanes.multiplySubtract<f64>(magnitude, Lanes.splat<f64>(0.3989422804014327), Lanes.splat<f64>(0.2999214252477206));
    const left = v128.mul<f64>(v128.mul<f64>(bell, distance), v128.add<f64>(one, g));
    return v128.mul<f64>(dy, Lanes.select(v128.lt<f64>(x, Lanes.splat<f64>(0)), left, v128.sub<f64>(one, left)));
  }

  // Minimax, the coefficients rounded to f32 one after the other and the remaining ones fitted anew.

  /** 1 - Phi(x) for 0 <= x <= 1.1: in x - 0.52, so that little cancels; relative error 2^-26.7. */
  @inline
  private tail(x: v128): v128 {
    const t = v128.sub<f32>(x, Lanes.splat<f32>(0.52));
    let p = Polynomial.linear<f32>(t, 0.0002575619, -0.00031610104);
    p = Lanes.multiplyAdd<f32>(p, t, Lanes.splat<f32>(0.0031037233));
    p = Lanes.multiplyAdd<f32>(p, t, Lanes.splat<f32>(-0.00420844));
    p = Lanes.multiplyAdd<f32>(p, t, Lanes.splat<f32>(-0.020609936));
    p = Lanes.multiplyAdd<f32>(p, t, Lanes.splat<f32>(0.04237619));
    p = Lanes.multiplyAdd<f32>(p, t, Lanes.splat<f32>(0.09060813));
    p = Lanes.multiplyAdd<f32>(p, t, Lanes.splat<f32>(-0.3484925));
    p = Lanes.multiplyAdd<f32>(p, t, Lanes.splat<f32>(0.3015318));
    return p;
  }

  /**
   * h = 1 - x (1 - Phi(x)) / phi(x) for x >= 1.1, about 1/x^2; error relative to 1 - h 2^-25.8. In x - 1.34 and so scaled that
   * rounding costs little where h counts most.
   */
  @inline
  private deficit(x: v128): v128 {
    const t = v128.sub<f32>(x, Lanes.splat<f32>(1.34));
    let p = Polynomial.linear<f32>(t, 15.1372385, 1.40325999);
    p = Lanes.multiplyAdd<f32>(p, t, Lanes.splat<f32>(65.51577));
    p = Lanes.multiplyAdd<f32>(p, t, Lanes.splat<f32>(117.641014));
    let q = Polynomial.linear<f32>(t, 18.8926163, 1.40339589);
    q = Lanes.multiplyAdd<f32>(q, t, Lanes.splat<f32>(112.908813));
    q = Lanes.multiplyAdd<f32>(q, t, Lanes.splat<f32>(364.79071));
    q = Lanes.multiplyAdd<f32>(q, t, Lanes.splat<f32>(628.476624));
    q = Lanes.multiplyAdd<f32>(q, t, Lanes.splat<f32>(457.593536));
    return v128.div<f32>(p, q);
  }

  /** g = D / (phi(x) (zero - x)) - 1 for x >= 0, at most 2/3; error relative to 1 + g 2^-25.3. */
  @inline
  private excess(x: v128): v128 {
    let p = Polynomial.linear<f32>(x, 5.6355033, 0.75173527);
    p = Lanes.multiplyAdd<f32>(p, x, Lanes.splat<f32>(17.324415));
    p = Lanes.multiplyAdd<f32>(p, x, Lanes.splat<f32>(22.594812));
    let q = v128.add<f32>(x, Lanes.splat<f32>(8.07161));
    q = Lanes.multiplyAdd<f32>(q, x, Lanes.splat<f32>(28.192945));
    q = Lanes.multiplyAdd<f32>(q, x, Lanes.splat<f32>(48.451504));
    q = Lanes.multiplyAdd<f32>(q, x, Lanes.splat<f32>(33.870037));
    return v128.div<f32>(p, q);
  }
}
