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
    return Exp.expm1<T>(Exp.remainder<T>(u, rounded));
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

  @inline static remainder<T extends number>(u: v128, rounded: v128): v128 {
    return Lanes.multiplySubtract<T>(Exp.integer<T>(rounded), Exp.low<T>(), Exp.coarse<T>(u, rounded));
  }

  @inline private static low<T extends number>(): v128 {
    return Lanes.splat<T>(sizeof<T>() == 4 ? 1.428606765330187e-6 : 5.4979230187083711552e-14);
  }

  // For f64 by e^r = (A + r) / (A - r) with A = r coth(r/2), a short polynomial in r^2: a division takes less than the
  // terms that it saves. From A - r as it is rounded, with 2r to A + r: the quotient lacks most of what it was rounded by.

  /** e^r - 1 */
  @inline static expm1<T extends number>(r: v128): v128 {
    if (sizeof<T>() == 8) return v128.div<f64>(v128.add<f64>(r, r), Exp.below(r, Exp.bend(r)));
    const z = v128.mul<T>(r, r);
    return Lanes.multiplyAdd<T>(z, Exp.tail<T>(r, z), r);
  }

  /** e^r - 1 - r */
  @inline static curve<T extends number>(r: v128): v128 {
    if (sizeof<T>() == 4) {
      const z = v128.mul<T>(r, r);
      return v128.mul<T>(z, Exp.tail<T>(r, z));
    }
    const bend = Exp.bend(r);
    return v128.div<f64>(v128.mul<f64>(r, v128.sub<f64>(r, bend)), Exp.below(r, bend));
  }

  /** A - r, rounded about once. */
  @inline static below(r: v128, bend: v128): v128 {
    return v128.add<f64>(Lanes.splat<f64>(2), v128.sub<f64>(bend, r));
  }

  /** A + r beside n = `below`. */
  @inline static above(n: v128, r: v128): v128 {
    return v128.add<f64>(n, v128.add<f64>(r, r));
  }

  /**
   * What to take for `bend` beside n = `below`: the quotient of the two then lacks most of what n was rounded by, and all of it
   * where n counts on both sides.
   */
  @inline static bendBeside(n: v128, r: v128, bend: v128): v128 {
    return v128.add<f64>(bend, v128.sub<f64>(v128.sub<f64>(n, Lanes.splat<f64>(2)), v128.sub<f64>(bend, r)));
  }

  /** a A + b r, rounded about once. */
  @inline static combined(a: v128, b: v128, r: v128, bend: v128): v128 {
    return v128.add<f64>(v128.add<f64>(a, a), Lanes.multiplyAdd<f64>(b, r, v128.mul<f64>(a, bend)));
  }

  /** A - 2 for |r| <= ln(2)/2 and f64: minimax, fitted with Sollya's fpminimax; error 7.8e-18, which makes 1.4e-18 = 2^-59 of e^r. */
  @inline static bend(r: v128): v128 {
    const z = v128.mul<f64>(r, r);
    const w = v128.mul<f64>(z, z);
    const high = Lanes.multiplyAdd<f64>(Lanes.splat<f64>(4.143047694849395e-08), z, Lanes.splat<f64>(-1.653404412464961e-06));
    const p = Lanes.multiplyAdd<f64>(Lanes.multiplyAdd<f64>(high, z, Lanes.splat<f64>(6.613756460514143e-05)), w, Polynomial.linear<f64>(z, 0.1666666666666666, -0.0027777777777538287));
    return v128.mul<f64>(z, p);
  }

  /**
   * (e^r - 1 - r) / r^2 for |r| <= ln(2)/2 and f32: a minimax polynomial fitted with Sollya's fpminimax on that interval.
   * Error of r + r^2 tail(r) relative to e^r: 1.1e-8 = 2^-26.5.
   */
  @inline private static tail<T extends number>(r: v128, z: v128): v128 {
    const high = Lanes.multiplyAdd<T>(Lanes.splat<T>(0.0013934969), z, Polynomial.linear<T>(r, 0.041666467, 0.008363252));
    return Lanes.multiplyAdd<T>(high, z, Polynomial.linear<T>(r, 0.5, 0.16666576));
  }

  @inline static shift<T extends number>(): v128 {
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
