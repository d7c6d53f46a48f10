import { Lanes } from "../lanes";
import { Polynomial } from "./polynomial";

export abstract class Log {
  /**
   * ln x for x >= 1 (the sums of a softmax); NaN for NaN, a large number for Infinity is not asked for.
   *
   * x = 2^k (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)], and ln(1 + f) = 2 artanh(s) with s = f / (2 + f), written as
   * f - (f^2/2 - s (f^2/2 + R(s^2))) so that the leading term is exact (the scheme of FreeBSD's e_log.c).
   */
  @inline static ln<T extends number>(x: v128): v128 {
    const one = Lanes.splat<T>(1);
    const k = Log.exponent<T>(x);
    const f = v128.sub<T>(Log.significand<T>(x), one);
    const s = v128.div<T>(f, v128.add<T>(Lanes.splat<T>(2), f));
    const z = v128.mul<T>(s, s);
    const half = v128.mul<T>(Lanes.splat<T>(0.5), v128.mul<T>(f, f));
    const high = Lanes.splat<T>(sizeof<T>() == 4 ? 0.693145751953125 : 0.693147180559890330187045037746429443359375);
    const low = Lanes.splat<T>(sizeof<T>() == 4 ? 1.428606765330187e-6 : 5.4979230187083711552e-14);
    const small = v128.add<T>(v128.mul<T>(s, v128.add<T>(half, v128.mul<T>(z, Log.tail<T>(z)))), v128.mul<T>(k, low));
    const ln = v128.sub<T>(v128.mul<T>(k, high), v128.sub<T>(v128.sub<T>(half, small), f));
    return v128.or(ln, v128.ne<T>(x, x));
  }

  // Both work on the bits less those of sqrt(1/2): what is left above the significand is k.

  @inline private static exponent<T extends number>(x: v128): v128 {
    if (sizeof<T>() == 4) return f32x4.convert_i32x4_s(i32x4.shr_s(v128.sub<i32>(x, v128.splat<i32>(0x3f3504f3)), 23));
    // No vector conversion from i64: 2^52 + k as bits, less 2^52.
    const k = i64x2.shr_u(v128.sub<i64>(x, v128.splat<i64>(0x3fe6a09e667f3bcd)), 52);
    return v128.sub<f64>(v128.or(k, v128.splat<f64>(4503599627370496.0)), v128.splat<f64>(4503599627370496.0));
  }

  @inline private static significand<T extends number>(x: v128): v128 {
    if (sizeof<T>() == 4) {
      const base = v128.splat<i32>(0x3f3504f3);
      return v128.add<i32>(v128.and(v128.sub<i32>(x, base), v128.splat<i32>(0x007fffff)), base);
    }
    const base = v128.splat<i64>(0x3fe6a09e667f3bcd);
    return v128.add<i64>(v128.and(v128.sub<i64>(x, base), v128.splat<i64>(0x000fffffffffffff)), base);
  }

  /**
   * (2 artanh(s) - 2 s) / s^3 as a polynomial in z = s^2, |s| <= 0.1717: minimax, fitted with Sollya's fpminimax.
   * Error relative to the logarithm: 6.2e-11 (f32), 4.9e-18 (f64).
   */
  @inline private static tail<T extends number>(z: v128): v128 {
    const w = v128.mul<T>(z, z);
    if (sizeof<T>() == 4) return Polynomial.cubic<T>(z, w, 0.6666667, 0.3999955, 0.28589645, 0.2257702);
    const low = Polynomial.cubic<T>(z, w, 0.666666666666667, 0.39999999999899455, 0.28571428626141565, 0.2222221109872039);
    const high = v128.add<T>(v128.mul<T>(Lanes.splat<T>(0.14617777370074664), w), Polynomial.linear<T>(z, 0.18182892073179122, 0.15331617715861426));
    return v128.add<T>(v128.mul<T>(high, v128.mul<T>(w, w)), low);
  }
}
