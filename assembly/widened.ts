import { Activation, WideActivation } from "./activation";

/** A wide activation on lanes of T, for loops over those. */
@final
export class Widened<T extends number, F extends WideActivation> implements Activation {
  @inline
  forward(x: v128): v128 {
    const f = changetype<F>(0);
    if (sizeof<T>() == 8) return f.forward(x);
    return this.narrow(f.forward(f64x2.promote_low_f32x4(x)), f.forward(this.high(x)));
  }

  @inline
  derivative(x: v128): v128 {
    const f = changetype<F>(0);
    if (sizeof<T>() == 8) return f.derivative(x);
    return this.narrow(f.derivative(f64x2.promote_low_f32x4(x)), f.derivative(this.high(x)));
  }

  /** The upper two of four f32 as f64. */
  @inline
  private high(x: v128): v128 {
    return f64x2.promote_low_f32x4(v128.shuffle<i64>(x, x, 1, 0));
  }

  @inline
  private narrow(low: v128, high: v128): v128 {
    return v128.shuffle<i64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
  }
}
