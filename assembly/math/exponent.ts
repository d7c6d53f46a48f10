import { Lanes } from "../lanes";
import { Exact } from "./exact";
import { Exp } from "./exp";

/** The exponent u that a function makes of its x, and how it is reduced: u = k ln 2 + r. */
export interface Exponent {
  /** u */
  of(x: v128): v128;
  /** The x of it. */
  at(u: v128): v128;
  /** The x of high + low, where low is the smaller part. */
  sumAt(high: v128, low: v128): v128;
  /** k, as from `Exp.round` */
  round(x: v128): v128;
  // r is that of the remainder, which is `coarse` less `fine` as in `Exp`.
  remainder(x: v128, k: v128): v128;
  coarse(x: v128, k: v128): v128;
  fine(k: v128): v128;
  // The x where the derivative of u sigma(u) is 0, in two parts.
  center(): v128;
  centerRest(): v128;
}

/** The u where the derivative of u sigma(u) is 0, in two parts. */
const CENTER: f64 = -1.2784645427610737;
const CENTER_REST: f64 = -1.0946994183093437e-16;

/** x itself */
@final
export class Natural<T extends number> implements Exponent {
  @inline
  of(x: v128): v128 {
    return x;
  }

  @inline
  at(u: v128): v128 {
    return u;
  }

  @inline
  sumAt(high: v128, low: v128): v128 {
    return v128.add<T>(high, low);
  }

  @inline
  round(x: v128): v128 {
    return Exp.round<T>(x);
  }

  @inline
  coarse(x: v128, k: v128): v128 {
    return Exp.coarse<T>(x, k);
  }

  @inline
  fine(k: v128): v128 {
    return Exp.fine<T>(k);
  }

  @inline
  remainder(x: v128, k: v128): v128 {
    return Exp.remainder<T>(x, k);
  }

  @inline
  center(): v128 {
    return Lanes.splat<f64>(CENTER);
  }

  @inline
  centerRest(): v128 {
    return Lanes.splat<f64>(CENTER_REST);
  }
}

/**
 * |a| x / b with the parameters a and b. It is rounded, which e^u magnifies; so what is reduced is x, by multiples of
 * ln 2 in its own unit b/|a|, and only what is left is multiplied.
 */
@final
export class Scaled implements Exponent {
  private static factor: v128 = i32x4(0, 0, 0, 0);
  private static unit: v128 = i32x4(0, 0, 0, 0);
  private static perStep: v128 = i32x4(0, 0, 0, 0);
  private static stepHigh: v128 = i32x4(0, 0, 0, 0);
  private static stepLow: v128 = i32x4(0, 0, 0, 0);
  private static centerHigh: v128 = i32x4(0, 0, 0, 0);
  private static centerLow: v128 = i32x4(0, 0, 0, 0);

  static set(a: f64, b: f64): void {
    const divisor = Lanes.abs<f64>(f64x2.splat(a));
    const multiplier = f64x2.splat(b);
    Scaled.factor = v128.div<f64>(divisor, multiplier);
    Scaled.unit = v128.div<f64>(multiplier, divisor);
    Scaled.perStep = v128.mul<f64>(Scaled.factor, Lanes.splat<f64>(1.4426950408889634));
    const ln2 = Lanes.splat<f64>(0.6931471805599453);
    const step = v128.div<f64>(v128.mul<f64>(ln2, multiplier), divisor);
    // Short enough for products with k to be exact.
    Scaled.stepHigh = v128.andnot(step, i64x2.splat(0x7ff));
    const lost = Scaled.rest(step, ln2, Lanes.splat<f64>(2.3190468138462996e-17), multiplier, divisor);
    Scaled.stepLow = v128.add<f64>(v128.sub<f64>(step, Scaled.stepHigh), lost);
    const center = Lanes.splat<f64>(CENTER);
    Scaled.centerHigh = v128.div<f64>(v128.mul<f64>(center, multiplier), divisor);
    Scaled.centerLow = Scaled.rest(Scaled.centerHigh, center, Lanes.splat<f64>(CENTER_REST), multiplier, divisor);
  }

  /** (high + low) b / a less what it is rounded to. */
  private static rest(rounded: v128, high: v128, low: v128, b: v128, a: v128): v128 {
    const product = v128.mul<f64>(high, b);
    const ofProduct = Lanes.multiplyAdd<f64>(low, b, Exact.productError(high, b, product));
    return v128.add<f64>(Exact.quotientError(product, a, rounded), v128.div<f64>(ofProduct, a));
  }

  @inline
  of(x: v128): v128 {
    return v128.mul<f64>(x, Scaled.factor);
  }

  @inline
  at(u: v128): v128 {
    return v128.mul<f64>(u, Scaled.unit);
  }

  /** Rounded about once. */
  @inline
  sumAt(high: v128, low: v128): v128 {
    const sum = v128.add<f64>(high, low);
    const lost = v128.sub<f64>(low, v128.sub<f64>(sum, high));
    return v128.add<f64>(v128.div<f64>(sum, Scaled.factor), this.at(lost));
  }

  @inline
  round(x: v128): v128 {
    return Lanes.multiplyAdd<f64>(x, Scaled.perStep, Exp.shift<f64>());
  }

  @inline
  coarse(x: v128, k: v128): v128 {
    return Lanes.multiplySubtract<f64>(Exp.integer<f64>(k), Scaled.stepHigh, x);
  }

  @inline
  fine(k: v128): v128 {
    return v128.mul<f64>(Exp.integer<f64>(k), Scaled.stepLow);
  }

  @inline
  remainder(x: v128, k: v128): v128 {
    return v128.sub<f64>(this.coarse(x, k), this.fine(k));
  }

  @inline
  center(): v128 {
    return Scaled.centerHigh;
  }

  @inline
  centerRest(): v128 {
    return Scaled.centerLow;
  }
}
