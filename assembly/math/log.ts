import { Lanes } from "../lanes";
import { Exp } from "./exp";
import { Exponent } from "./exponent";
import { Polynomial } from "./polynomial";

export abstract class Log {
  /**
   * ln x for normal x > 0; NaN for NaN. For what else there is ask `log1p`.
   *
   * x = 2^k (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)].
   */
  @inline static ln<T extends number>(x: v128): v128 {
    const f = v128.sub<T>(Log.significand<T>(x), Lanes.splat<T>(1));
    return v128.or(Log.assemble<T, T>(Log.exponent<T>(x), f, Lanes.splat<T>(0)), v128.ne<T>(x, x));
  }

  /** ln(1 + e) for 0 <= e <= 1 in lanes of L, with the precision of T: f is exact without a look at the bits. */
  @inline static onePlus<L extends number, T extends number>(e: v128): v128 {
    const one = Lanes.splat<L>(1);
    const large = v128.gt<L>(e, Lanes.splat<L>(0.4142135623730951));
    const halved = v128.mul<L>(v128.sub<L>(e, one), Lanes.splat<L>(0.5));
    return Log.assemble<L, T>(v128.and(large, one), Lanes.select(large, halved, e), Lanes.splat<L>(0));
  }

  /** ln(1 + e^-u) in the unit of x, u its exponent, 0 <= u <= 1060 and f64, times 2^512 where the mask `far` is set. */
  @inline static onePlusExp<E extends Exponent>(x: v128, far: v128): v128 {
    const exponent = changetype<E>(0);
    const k = exponent.round(x);
    const r = exponent.of(exponent.remainder(x, k));
    const bend = Exp.bend(r);
    const n = Exp.below(r, bend);
    const scale = Exp.scale<f64>();
    // With e^u = 2^k p/n and t = n / (2^k p + n/2) it is 2 artanh(t/2); 2^k times 2^-512 is within the range.
    const power = Exp.power<f64>(k, -512);
    const half = Lanes.splat<f64>(3.7291703656001034e-155);
    const divisor = Exp.combined(v128.add<f64>(power, half), v128.sub<f64>(power, half), r, Exp.bendBeside(n, r, bend));
    const t = v128.div<f64>(v128.mul<f64>(n, Lanes.multipliedBy<f64>(scale, far, 512)), divisor);
    const near = v128.andnot(t, far);
    const z = v128.mul<f64>(near, near);
    return exponent.sumAt(t, v128.mul<f64>(v128.mul<f64>(t, z), Log.bend(z)));
  }

  /** (2 artanh(t/2) - t) / t^3 in z = t^2 <= 4/9: minimax, fitted with Sollya's fpminimax; error relative to the logarithm 4.7e-18. */
  @inline private static bend(z: v128): v128 {
    const w = v128.mul<f64>(z, z);
    const high = Lanes.multiplyAdd<f64>(Polynomial.linear<f64>(z, 1.6788843281585086e-07, 7.706963726209238e-08), v128.mul<f64>(w, w), Polynomial.cubic<f64>(z, w, 8.877827096008259e-05, 1.8781203479245953e-05, 4.063180453888078e-06, 9.1557088766705e-07));
    return Lanes.multiplyAdd<f64>(high, v128.mul<f64>(w, w), Polynomial.cubic<f64>(z, w, 0.08333333333333333, 0.012500000000003949, 0.0022321428568250153, 0.00043402778716353636));
  }

  /** ln(1 + x) for every x in f64 lanes, with the precision of T. */
  @inline static log1p<T extends number>(x: v128): v128 {
    const one = Lanes.splat<f64>(1);
    const infinity = Lanes.splat<f64>(Infinity);
    const sum = v128.add<f64>(one, x);
    const f = v128.sub<f64>(Log.significand<f64>(sum), one);
    // What 1 + x rounds away, to first order.
    const lost = v128.div<f64>(v128.sub<f64>(x, v128.sub<f64>(sum, one)), sum);
    const ln = Log.assemble<f64, T>(Log.exponent<f64>(sum), f, lost);
    const regular = v128.and(v128.gt<f64>(x, Lanes.splat<f64>(-1)), v128.lt<f64>(x, infinity));
    if (Lanes.all<f64>(regular)) return ln;
    // Infinity where x is Infinity, -Infinity at -1, NaN below and for NaN.
    const limit = Lanes.select(v128.eq<f64>(sum, Lanes.splat<f64>(0)), Lanes.splat<f64>(-Infinity), Lanes.multiplyAdd<f64>(x, infinity, infinity));
    return Lanes.select(regular, ln, limit);
  }

  /**
   * k ln 2 + ln(1 + f) + rest in lanes of L, with the precision of T: ln(1 + f) = 2 artanh(s), s = f / (2 + f), written as
   * f - (f^2/2 - s (f^2/2 + R(s^2))) so that the leading term is exact (the scheme of FreeBSD's e_log.c).
   */
  @inline private static assemble<L extends number, T extends number>(k: v128, f: v128, rest: v128): v128 {
    const s = v128.div<L>(f, v128.add<L>(Lanes.splat<L>(2), f));
    const z = v128.mul<L>(s, s);
    const half = v128.mul<L>(Lanes.splat<L>(0.5), v128.mul<L>(f, f));
    const high = Lanes.splat<L>(sizeof<L>() == 4 ? 0.693145751953125 : 0.693147180559890330187045037746429443359375);
    const low = Lanes.splat<L>(sizeof<L>() == 4 ? 1.428606765330187e-6 : 5.4979230187083711552e-14);
    const artanh = v128.mul<L>(s, Lanes.multiplyAdd<L>(z, Log.tail<L, T>(z), half));
    const small = v128.add<L>(artanh, Lanes.multiplyAdd<L>(k, low, rest));
    return v128.sub<L>(v128.mul<L>(k, high), v128.sub<L>(v128.sub<L>(half, small), f));
  }

  // Both work on the bits less those of sqrt(1/2): what is left above the significand is k.

  @inline private static exponent<T extends number>(x: v128): v128 {
    if (sizeof<T>() == 4) return f32x4.convert_i32x4_s(i32x4.shr_s(v128.sub<i32>(x, v128.splat<i32>(0x3f3504f3)), 23));
    // No vector conversion from i64: 2^52 + 1022 + k as bits, less 2^52 + 1022.
    const k = i64x2.shr_u(v128.sub<i64>(x, v128.splat<i64>(0x0006a09e667f3bcd)), 52);
    return v128.sub<f64>(v128.or(k, v128.splat<f64>(4503599627370496.0)), v128.splat<f64>(4503599627371518.0));
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
  @inline private static tail<L extends number, T extends number>(z: v128): v128 {
    const w = v128.mul<L>(z, z);
    if (sizeof<T>() == 4) return Polynomial.cubic<L>(z, w, 0.6666667, 0.3999955, 0.28589645, 0.2257702);
    const low = Polynomial.cubic<f64>(z, w, 0.666666666666667, 0.39999999999899455, 0.28571428626141565, 0.2222221109872039);
    const high = Lanes.multiplyAdd<f64>(Lanes.splat<f64>(0.14617777370074664), w, Polynomial.linear<f64>(z, 0.18182892073179122, 0.15331617715861426));
    return Lanes.multiplyAdd<f64>(high, v128.mul<f64>(w, w), low);
  }
}
