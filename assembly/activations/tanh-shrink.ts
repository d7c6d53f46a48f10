import { WideActivation } from "../activation";
import { Lanes } from "../lanes";
import { Exact } from "../math/exact";
import { HyperbolicTangent } from "../math/hyperbolic-tangent";
import { Polynomial } from "../math/polynomial";
import { Wide } from "../math/wide";

/** tanhShrink(x) = x - tanh(x); its derivative is tanh(x)^2 */
@final
export class TanhShrink<T extends number> implements WideActivation {
  @inline
  forward(x: v128): v128 {
    const magnitude = Lanes.abs<f64>(x);
    const isLarge = v128.ge<f64>(magnitude, Lanes.splat<f64>(1));
    let y = magnitude;
    if (v128.any_true(isLarge)) y = this.large(magnitude);
    if (!Lanes.all<f64>(isLarge)) y = Lanes.select(isLarge, y, this.small(magnitude));
    return Lanes.withSign<f64>(y, x);
  }

  /** From 1 on as x - 1 + 2 / (1 + e^2x): nothing cancels. */
  @inline
  private large(x: v128): v128 {
    const one = Lanes.splat<f64>(1);
    const twice = Lanes.atMost<f64>(v128.add<f64>(x, x), Lanes.splat<f64>(80));
    const tail = v128.div<f64>(Lanes.splat<f64>(2), v128.add<f64>(one, Wide.unscale<T>(Wide.exp<T>(twice))));
    return v128.add<f64>(v128.sub<f64>(x, one), tail);
  }

  /** x^3 P(x^2) for 0 <= x < 1 */
  @inline
  private small(x: v128): v128 {
    const z = v128.mul<f64>(x, x);
    const cube = v128.mul<f64>(x, z);
    if (sizeof<T>() == 4) return v128.mul<f64>(cube, this.series(z));
    const third = Lanes.splat<f64>(0.3333333333333333);
    const curve = v128.mul<f64>(z, this.series(z));
    const series = v128.add<f64>(third, curve);
    const y = v128.mul<f64>(cube, series);
    // What the cube, the sum and its constant were rounded by.
    const ofCube = Lanes.multiplyAdd<f64>(x, Exact.productError(x, x, z), Exact.productError(x, z, cube));
    const ofSeries = v128.add<f64>(v128.sub<f64>(curve, v128.sub<f64>(series, third)), Lanes.splat<f64>(1.850371707708594e-17));
    const lost = Lanes.multiplyAdd<f64>(ofCube, series, v128.mul<f64>(cube, ofSeries));
    return v128.add<f64>(y, v128.add<f64>(lost, Exact.productError(cube, series, y)));
  }

  @inline
  derivative(x: v128): v128 {
    const t = HyperbolicTangent.of<T>(x);
    return v128.mul<f64>(t, t);
  }

  /** (x - tanh x) / x^3 in z = x^2 <= 1, for f64 less 1/3 and divided by z: minimax, fitted with Sollya's fpminimax; relative error 4.5e-10 (f32), 2^-54 (f64). */
  @inline
  private series(z: v128): v128 {
    if (sizeof<T>() == 4) {
      const z2 = v128.mul<f64>(z, z);
      const z4 = v128.mul<f64>(z2, z2);
      let p = Lanes.splat<f64>(4.847072660526042e-05);
      p = Lanes.multiplyAdd<f64>(p, z4, Polynomial.cubic<f64>(z, z2, 0.008826264508969693, -0.0034784140088129135, 0.0012421869343598841, -0.00033770607784175215));
      p = Lanes.multiplyAdd<f64>(p, z4, Polynomial.cubic<f64>(z, z2, 0.333333333183707, -0.13333330902249632, 0.05396759722874929, -0.021862579323717567));
      return p;
    }
    const z2 = v128.mul<f64>(z, z);
    const z4 = v128.mul<f64>(z2, z2);
    let p = Lanes.multiplyAdd<f64>(Lanes.splat<f64>(-2.474961778723896e-08), z2, Polynomial.linear<f64>(z, -1.3680761244656511e-06, 2.601510038350097e-07));
    p = Lanes.multiplyAdd<f64>(p, z4, Polynomial.cubic<f64>(z, z2, -9.644025201205123e-05, 3.8357666092429307e-05, -1.4573526176719777e-05, 4.9644278157481385e-06));
    p = Lanes.multiplyAdd<f64>(p, z4, Polynomial.cubic<f64>(z, z2, -0.0035921264625258416, 0.0014558235376139856, -0.0005899749843147599, 0.00023894549433439304));
    p = Lanes.multiplyAdd<f64>(p, z4, Polynomial.cubic<f64>(z, z2, -0.13333333333332875, 0.05396825396794606, -0.021869488526930242, 0.008863235377125965));
    return p;
  }
}
