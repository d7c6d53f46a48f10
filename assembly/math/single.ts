import { Lanes } from "../lanes";
import { Exp } from "./exp";
import { Polynomial } from "./polynomial";

/** Exponentials in f32 lanes for ordinary arguments, |u| <= 87, where e^u and e^-u are normal numbers; e^u itself is `Exp.ordinary`. */
export abstract class Single {
  /** For which lanes: a mask. */
  @inline static isOrdinary(u: v128): v128 {
    return v128.le<f32>(Lanes.abs<f32>(u), Lanes.splat<f32>(87));
  }

  /** e^u - 1; +0 for -0. */
  @inline static expm1(u: v128): v128 {
    const k = Exp.round<f32>(u);
    const power = Exp.power<f32>(k, 0);
    return Lanes.multiplyAdd<f32>(power, Exp.mantissa<f32>(u, k), v128.sub<f32>(power, Lanes.splat<f32>(1)));
  }

  /** 1 + e^u */
  @inline static onePlusExp(u: v128): v128 {
    const k = Exp.round<f32>(u);
    const power = Exp.power<f32>(k, 0);
    // In this order nothing of the 1 is lost next to a large power before it has met the rest.
    return v128.add<f32>(power, Lanes.multiplyAdd<f32>(power, Exp.mantissa<f32>(u, k), Lanes.splat<f32>(1)));
  }

  /** 1 - e^u for u <= 0. */
  @inline static oneMinusExp(u: v128): v128 {
    const k = Exp.round<f32>(u);
    const power = Exp.power<f32>(k, 0);
    // ln 2 in one part: what k ln 2 rounds away counts the less, the larger it is.
    const r = Lanes.multiplySubtract<f32>(Exp.integer<f32>(k), Lanes.splat<f32>(0.6931471805599453), u);
    return Lanes.multiplySubtract<f32>(power, Exp.expm1<f32>(r), v128.sub<f32>(Lanes.splat<f32>(1), power));
  }

  /** high + ln(1 + e^u) for u <= 0, high being 0 or -u. */
  @inline static logOnePlusExp(u: v128, high: v128): v128 {
    const k = Exp.round<f32>(u);
    const power = Exp.power<f32>(k, 0);
    const m = Exp.mantissa<f32>(u, k);
    const e = Lanes.multiplyAdd<f32>(power, m, power);
    // ln(1 + e) = e - s (e - z tail(z)) with s = e/(2 + e), z = s^2. Of e the power is exact and the largest: it comes last.
    const s = v128.div<f32>(e, v128.add<f32>(Lanes.splat<f32>(2), e));
    const z = v128.mul<f32>(s, s);
    const bend = Lanes.multiplySubtract<f32>(z, Single.tail(z), e);
    const rest = Lanes.multiplySubtract<f32>(s, bend, v128.mul<f32>(power, m));
    return v128.add<f32>(power, v128.add<f32>(rest, high));
  }

  /**
   * (2 artanh(s) - 2 s) / s^3 as a polynomial in z = s^2 <= 1/9: minimax, fitted with Sollya's fpminimax; error relative to
   * 2 artanh(s) 1.6e-8 = 2^-25.9.
   */
  @inline private static tail(z: v128): v128 {
    return Polynomial.cubic<f32>(z, v128.mul<f32>(z, z), 0.66666638851165771484375, 0.4000793993473052978515625, 0.2822583019733428955078125, 0.269248664379119873046875);
  }
}
