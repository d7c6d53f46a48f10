import { Lanes } from "../lanes";
import { Polynomial } from "./polynomial";

/**
 * The exponential function in pieces: e^u = 2^k (1 + m) with an integer k and |m| < 0.42.
 *
 * The kernels put the pieces together as each needs them. 2^k is exact, and m keeps its relative accuracy near 0,
 * so 1/(1+e^u) = 2^-k / (2^-k + 1 + m) or tanh come out with two or three roundings instead of five.
 *
 * A power of two beyond the type's range is asked for with a bias and the result scaled back: one multiplication
 * by `scale`, which rounds once into the subnormal numbers.
 */
export abstract class Exp {
  /** u / ln 2 rounded to an integer, which then stands in the low bits: 1.5 * 2^(digits - 1) pushes the fraction out. */
  @inline static round<T extends number>(u: v128): v128 {
    return Lanes.multiplyAdd<T>(u, Lanes.splat<T>(1.4426950408889634), Exp.shift<T>());
  }

  /** k as a number. */
  @inline static integer<T extends number>(rounded: v128): v128 {
    return v128.sub<T>(rounded, Exp.shift<T>());
  }

  /** 2^(bias + k), k from `round`. */
  @inline static power<T extends number>(rounded: v128, bias: i32): v128 {
    if (sizeof<T>() == 4) return v128.add<i32>(v128.shl<i32>(rounded, 23), v128.splat<i32>((127 + bias) << 23));
    return v128.add<i64>(v128.shl<i64>(rounded, 52), v128.splat<i64>(((1023 + bias) as i64) << 52));
  }

  /** 2^(bias - k), k from `round`. */
  @inline static inversePower<T extends number>(rounded: v128, bias: i32): v128 {
    if (sizeof<T>() == 4) return v128.sub<i32>(v128.splat<i32>((127 + bias) << 23), v128.shl<i32>(rounded, 23));
    return v128.sub<i64>(v128.splat<i64>(((1023 + bias) as i64) << 52), v128.shl<i64>(rounded, 52));
  }

  /** m = e^(u - k ln 2) - 1. */
  @inline static mantissa<T extends number>(u: v128, rounded: v128): v128 {
    return Exp.expm1<T>(Lanes.multiplySubtract<T>(Exp.integer<T>(rounded), Exp.low<T>(), Exp.coarse<T>(u, rounded)));
  }

  // u - k ln 2 with ln 2 in two parts (Cody and Waite 1980): `coarse` is u less the first, which is short enough to be
  // exact; `fine` is the second.

  @inline static coarse<T extends number>(u: v128, rounded: v128): v128 {
    const high = sizeof<T>() == 4 ? 0.693145751953125 : 0.693147180559890330187045037746429443359375;
    return Lanes.multiplySubtract<T>(Exp.integer<T>(rounded), Lanes.splat<T>(high), u);
  }

  @inline static fine<T extends number>(rounded: v128): v128 {
    return v128.mul<T>(Exp.integer<T>(rounded), Exp.low<T>());
  }

  @inline private static low<T extends number>(): v128 {
    return Lanes.splat<T>(sizeof<T>() == 4 ? 1.428606765330187e-6 : 5.4979230187083711552e-14);
  }

  /** e^r - 1 */
  @inline static expm1<T extends number>(r: v128): v128 {
    const z = v128.mul<T>(r, r);
    return Lanes.multiplyAdd<T>(z, Exp.tail<T>(r, z), r);
  }

  /** e^r - 1 - r */
  @inline static curve<T extends number>(r: v128): v128 {
    const z = v128.mul<T>(r, r);
    return v128.mul<T>(z, Exp.tail<T>(r, z));
  }

  /**
   * (e^r - 1 - r) / r^2 for |r| <= ln(2)/2: minimax polynomials fitted with Sollya's fpminimax on that interval.
   * Error of r + r^2 tail(r) relative to e^r: 1.1e-8 = 2^-26.5 (f32), 1.1e-18 = 2^-59.6 (f64).
   */
  @inline private static tail<T extends number>(r: v128, z: v128): v128 {
    if (sizeof<T>() == 4) {
      const high = Lanes.multiplyAdd<T>(Lanes.splat<T>(0.0013934969), z, Polynomial.linear<T>(r, 0.041666467, 0.008363252));
      return Lanes.multiplyAdd<T>(high, z, Polynomial.linear<T>(r, 0.5, 0.16666576));
    }
    const w = v128.mul<T>(z, z);
    const low = Polynomial.cubic<T>(r, z, 0.5, 0.1666666666666667, 0.04166666666666668, 0.008333333333325893);
    const middle = Polynomial.cubic<T>(r, z, 0.0013888888888876985, 0.00019841269875426528, 2.480158734242292e-05, 2.755725480165392e-06);
    const high = Lanes.multiplyAdd<T>(Lanes.splat<T>(2.0920350863753917e-09), z, Polynomial.linear<T>(r, 2.755725700403135e-07, 2.5105421021060707e-08));
    return Lanes.multiplyAdd<T>(Lanes.multiplyAdd<T>(high, w, middle), w, low);
  }

  @inline private static shift<T extends number>(): v128 {
    return Lanes.splat<T>(sizeof<T>() == 4 ? 12582912.0 : 6755399441055744.0);
  }

  /** Half of the exponent range: the bias that brings every exponent a kernel meets into it. */
  @inline static bias<T extends number>(): i32 {
    return sizeof<T>() == 4 ? 64 : 512;
  }

  /** 2^-bias. */
  @inline static scale<T extends number>(): v128 {
    return Lanes.splat<T>(sizeof<T>() == 4 ? 5.421010862427522e-20 : 7.458340731200207e-155);
  }

  /** From here on e^-u rounds to 0, also times 2: nothing is lost by taking a larger u for this one. */
  @inline static underflow<T extends number>(): v128 {
    return Lanes.splat<T>(sizeof<T>() == 4 ? 106.0 : 748.0);
  }

  /** Where e^u, u <= 0, is a normal number, which `ordinary` gives: a mask. */
  @inline static isOrdinary<T extends number>(u: v128): v128 {
    return v128.gt<T>(u, Lanes.splat<T>(sizeof<T>() == 4 ? -87 : -708));
  }

  /** e^u where it is a normal number, k added to the exponent that 1 + m has; for u <= 0 the bits of `decay`. */
  @inline static ordinary<T extends number>(u: v128): v128 {
    const k = Exp.round<T>(u);
    const y = v128.add<T>(Lanes.splat<T>(1), Exp.mantissa<T>(u, k));
    if (sizeof<T>() == 4) return v128.add<i32>(y, v128.shl<i32>(k, 23));
    return v128.add<i64>(y, v128.shl<i64>(k, 52));
  }

  /** e^-u for u >= 0, subnormal results included. */
  @inline static decay<T extends number>(u: v128): v128 {
    const x = Lanes.negate<T>(Lanes.atMost<T>(u, Exp.underflow<T>()));
    const k = Exp.round<T>(x);
    const power = Exp.power<T>(k, Exp.bias<T>());
    const m = Exp.mantissa<T>(x, k);
    return v128.mul<T>(Lanes.multiplyAdd<T>(power, m, power), Exp.scale<T>());
  }
}
