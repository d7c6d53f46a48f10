import { Lanes } from "../lanes";

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
   * Error relative to the logarithm: 6.1e-11 (f32), 4.5e-18 (f64).
   */
  @inline private static tail<T extends number>(z: v128): v128 {
    if (sizeof<T>() == 4) {
      let p = Lanes.splat<T>(0.2257702052593231201171875);
      p = v128.add<T>(v128.mul<T>(p, z), Lanes.splat<T>(0.2858964502811431884765625));
      p = v128.add<T>(v128.mul<T>(p, z), Lanes.splat<T>(0.399995505809783935546875));
      return v128.add<T>(v128.mul<T>(p, z), Lanes.splat<T>(0.666666686534881591796875));
    }
    let p = Lanes.splat<T>(0.146177773700746638230185681095463223755359649658203125);
    p = v128.add<T>(v128.mul<T>(p, z), Lanes.splat<T>(0.1533161771586142585466205900956992991268634796142578125));
    p = v128.add<T>(v128.mul<T>(p, z), Lanes.splat<T>(0.1818289207317912159478368039344786666333675384521484375));
    p = v128.add<T>(v128.mul<T>(p, z), Lanes.splat<T>(0.22222211098720390243244082739693112671375274658203125));
    p = v128.add<T>(v128.mul<T>(p, z), Lanes.splat<T>(0.285714286261415650880479688566992990672588348388671875));
    p = v128.add<T>(v128.mul<T>(p, z), Lanes.splat<T>(0.399999999998994548722208719482296146452426910400390625));
    return v128.add<T>(v128.mul<T>(p, z), Lanes.splat<T>(0.66666666666666696272695990004174411296844482421875));
  }
}
