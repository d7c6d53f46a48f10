import { Parameters, WideActivation } from "../activation";
import { Lanes } from "../lanes";
import { Angle } from "../math/angle";
import { Exact } from "../math/exact";
import { Sine } from "../math/sine";

/** snake(x) = x + b sin(ax)^2, b = 1/a; its derivative is 1 + sin(2ax) = 2 sin(ax + pi/4)^2, which is never negative. */
@final
export class Snake<T extends number> implements WideActivation {
  @inline
  forward(x: v128): v128 {
    const a = Parameters.a<f64>();
    const b = Parameters.b<f64>();
    const u = v128.mul<f64>(x, a);
    const rounded = this.rounded(a);
    let rest = Lanes.splat<f64>(0);
    if (rounded) rest = Exact.productError(x, a, u);
    const r = Angle.reduce(x, a, u, rest, 0);
    const steep = Angle.isSteep(r);
    const angle = Angle.fold(r, steep);
    const tail = Sine.rest<T>(angle);
    const sine = v128.add<f64>(angle, tail);
    const square = v128.mul<f64>(sine, sine);
    // sin^2 is the square, or 1 less the square of the sine of the complement.
    const one = v128.and(steep, Lanes.splat<f64>(1));
    const sign = v128.and(steep, Lanes.splat<f64>(-0.0));
    const sum = v128.add<f64>(one, v128.xor(square, sign));
    const wave = v128.mul<f64>(sum, b);
    let y = v128.add<f64>(x, wave);
    if (sizeof<T>() == 8) {
      // Between -2/a and 0 x and the wave nearly cancel: what was rounded on the way counts.
      const ofSine = v128.sub<f64>(tail, v128.sub<f64>(sine, angle));
      const twice = v128.add<f64>(sine, sine);
      const ofSquare = v128.xor(v128.mul<f64>(twice, ofSine), sign);
      let ofSum = v128.add<f64>(v128.sub<f64>(v128.xor(square, sign), v128.sub<f64>(sum, one)), ofSquare);
      if (rounded) {
        // The sine of 2r times what u was rounded by, where no turns were taken off it.
        const cosine = v128.sqrt<f64>(v128.sub<f64>(Lanes.splat<f64>(1), square));
        const ofAngle = v128.mul<f64>(v128.mul<f64>(twice, cosine), Lanes.alongside<f64>(rest, r));
        const product = v128.mul<f64>(wave, a);
        const ofWave = v128.sub<f64>(v128.sub<f64>(sum, product), Exact.productError(wave, a, product));
        const ofProducts = v128.add<f64>(ofWave, v128.xor(Exact.productError(sine, sine, square), sign));
        ofSum = v128.add<f64>(ofSum, v128.add<f64>(ofProducts, v128.and(ofAngle, v128.eq<f64>(r, u))));
      }
      const ofY = v128.sub<f64>(wave, v128.sub<f64>(y, x));
      y = v128.add<f64>(y, v128.add<f64>(ofY, v128.mul<f64>(ofSum, b)));
    }
    // What is added to an infinite x makes no difference.
    return Lanes.select(v128.eq<f64>(Lanes.abs<f64>(u), Lanes.splat<f64>(Infinity)), x, y);
  }

  @inline
  derivative(x: v128): v128 {
    const a = Parameters.a<f64>();
    const u = v128.mul<f64>(x, a);
    let rest = Lanes.splat<f64>(0);
    if (this.rounded(a)) rest = Exact.productError(x, a, u);
    const r = Angle.reduce(x, a, u, rest, 1);
    const steep = Angle.isSteep(r);
    const angle = Angle.fold(r, steep);
    const tail = Sine.rest<T>(angle);
    const sine = v128.add<f64>(angle, tail);
    let square = v128.mul<f64>(sine, sine);
    if (sizeof<T>() == 8) {
      const ofSine = v128.sub<f64>(tail, v128.sub<f64>(sine, angle));
      square = Lanes.multiplyAdd<f64>(v128.add<f64>(sine, sine), ofSine, square);
    }
    const half = Lanes.select(steep, v128.sub<f64>(Lanes.splat<f64>(1), square), square);
    return v128.add<f64>(half, half);
  }

  /** Whether products with a are rounded: with a power of two they are not, and float32 has no digits for it. */
  @inline
  private rounded(a: v128): bool {
    return sizeof<T>() == 8 && v128.any_true(v128.and(a, v128.splat<i64>(0x000fffffffffffff)));
  }
}
