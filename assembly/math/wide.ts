import { Lanes } from "../lanes";
import { Exp } from "./exp";
import { Exponent } from "./exponent";
import { Log } from "./log";
import { Logistic } from "./logistic";
import { Polynomial } from "./polynomial";

/**
 * Exponentials in f64 lanes with the precision of T. For f64 results may be subnormal, so they come times 2^512 and are
 * rounded once by `unscale`; for f32 there is room below and the scale is 1.
 */
export abstract class Wide {
  /** From here on e^-u rounds to 0 also times u and times a legal parameter. */
  @inline static underflow<T extends number>(): f64 {
    return sizeof<T>() == 4 ? 700 : 1060;
  }

  @inline static bias<T extends number>(): i32 {
    return sizeof<T>() == 4 ? 0 : 512;
  }

  @inline static unscale<T extends number>(v: v128): v128 {
    return sizeof<T>() == 4 ? v : v128.mul<f64>(v, Exp.scale<f64>());
  }

  /** x, but within [-underflow, high]. */
  @inline static clamp<T extends number>(x: v128, high: f64): v128 {
    return Lanes.atMost<f64>(Lanes.atLeast<f64>(x, Lanes.splat<f64>(-Wide.underflow<T>())), Lanes.splat<f64>(high));
  }

  /** |x|, at most underflow. */
  @inline static magnitude<T extends number>(x: v128): v128 {
    return Lanes.atMost<f64>(Lanes.abs<f64>(x), Lanes.splat<f64>(Wide.underflow<T>()));
  }

  /** m of e^u = 2^k (1 + m). */
  @inline static mantissa<T extends number>(u: v128, k: v128): v128 {
    if (sizeof<T>() == 8) return Exp.mantissa<f64>(u, k);
    const r = Lanes.multiplySubtract<f64>(Exp.integer<f64>(k), Lanes.splat<f64>(0.6931471805599453), u);
    const z = v128.mul<f64>(r, r);
    return Lanes.multiplyAdd<f64>(z, Wide.tail(r, z), r);
  }

  /**
   * (e^r - 1 - r) / r^2 for |r| <= ln(2)/2 and f32, z = r^2: minimax, fitted with Sollya's fpminimax; error of r + z tail(r)
   * relative to e^r 2.3e-10 = 2^-32.
   */
  @inline private static tail(r: v128, z: v128): v128 {
    const high = Lanes.multiplyAdd<f64>(Polynomial.linear<f64>(r, 0.0013933644903856841, 0.0001990757649304075), z, Polynomial.linear<f64>(r, 0.04166646496451376, 0.008333286018324376));
    return Lanes.multiplyAdd<f64>(high, z, Polynomial.linear<f64>(r, 0.5000000013463214, 0.166666667564289));
  }

  /** e^u for u from -underflow to 350, scaled. */
  @inline static exp<T extends number>(u: v128): v128 {
    const k = Exp.round<f64>(u);
    const power = Exp.power<f64>(k, Wide.bias<T>());
    return Lanes.multiplyAdd<f64>(power, Wide.mantissa<T>(u, k), power);
  }

  /** 2^k e^r for f64, scaled. */
  @inline static ofParts(k: v128, r: v128): v128 {
    const power = Exp.power<f64>(k, Wide.bias<f64>());
    return Lanes.multiplyAdd<f64>(power, Exp.expm1<f64>(r), power);
  }

  /** e^u - 1 for u from -underflow to 0, and a little above. */
  @inline static expm1<T extends number>(u: v128): v128 {
    // What is -0 comes out as 0.
    const y = Wide.scaledExpm1<T>(u, 0);
    return sizeof<T>() == 4 ? y : Lanes.withSign<f64>(y, u);
  }

  /** y, or u where that is so small that e^u - 1 = u and half of it might be no number. */
  @inline static orTiny<T extends number>(y: v128, u: v128): v128 {
    return sizeof<T>() == 4 ? y : Lanes.select(v128.lt<f64>(Lanes.abs<f64>(u), Lanes.splat<f64>(1e-17)), u, y);
  }

  /** (e^u - 1)/2 for u from -underflow to 710. */
  @inline static halfExpm1<T extends number>(u: v128): v128 {
    return Wide.scaledExpm1<T>(u, -1);
  }

  /** (e^u - 1) 2^bias, within the range. */
  @inline private static scaledExpm1<T extends number>(u: v128, bias: i32): v128 {
    // Below the bound it is -1.
    const v = Lanes.atLeast<f64>(u, Lanes.splat<f64>(-40));
    const k = Exp.round<f64>(v);
    const power = Exp.power<f64>(k, bias);
    const most = v128.sub<f64>(power, Lanes.splat<f64>(bias == 0 ? 1 : 0.5));
    if (sizeof<T>() == 4) return Lanes.multiplyAdd<f64>(power, Wide.mantissa<T>(v, k), most);
    // The first two terms of e^u, which are exact, and then the rest.
    const coarse = Exp.coarse<f64>(v, k);
    const fine = Exp.fine<f64>(k);
    const rest = v128.sub<f64>(Exp.curve<f64>(v128.sub<f64>(coarse, fine)), fine);
    return Lanes.multiplyAdd<f64>(power, rest, Lanes.multiplyAdd<f64>(power, coarse, most));
  }

  /** (1 + e)^2 for 0 <= e <= 1, rounded about once. */
  @inline static squareOfOnePlus(e: v128): v128 {
    return Lanes.multiplyAdd<f64>(e, v128.add<f64>(Lanes.splat<f64>(2), e), Lanes.splat<f64>(1));
  }

  /** 1/(1 + e^u), u the exponent of x. */
  @inline static logistic<T extends number, E extends Exponent>(x: v128): v128 {
    if (sizeof<T>() == 8) return Logistic.value<f64, E>(x);
    // Below the lower bound it rounds to 1.
    const v = Lanes.atLeast<f64>(Lanes.atMost<f64>(changetype<E>(0).of(x), Lanes.splat<f64>(Wide.underflow<T>())), Lanes.splat<f64>(-40));
    const one = Lanes.splat<f64>(1);
    return v128.div<f64>(one, v128.add<f64>(one, Wide.exp<T>(v)));
  }

  /** ln(1 + e^-u), u the exponent of x, 0 <= u <= underflow; for f64 in the unit of x and times 2^512 where the mask `far` is set. */
  @inline static logOnePlusExp<T extends number, E extends Exponent>(x: v128, far: v128): v128 {
    return sizeof<T>() == 4 ? Log.onePlus<f64, T>(Wide.exp<T>(Lanes.negate<f64>(changetype<E>(0).of(x)))) : Log.onePlusExp<E>(x, far);
  }

  /** e^x for every x. */
  @inline static full<T extends number>(x: v128): v128 {
    if (sizeof<T>() == 8 && Lanes.all<f64>(v128.lt<f64>(Lanes.abs<f64>(x), Lanes.splat<f64>(708)))) return Exp.ordinary<f64>(x);
    // Beyond the bounds it is 0 and Infinity.
    const u = Wide.clamp<T>(x, sizeof<T>() == 4 ? 700 : 710);
    if (sizeof<T>() == 4) {
      // Beyond f32 already, but Infinity only where it is a double's: 0 times it is NaN then.
      const overflow = v128.gt<f64>(x, Lanes.splat<f64>(709.782712893384));
      return Lanes.select(overflow, Lanes.splat<f64>(Infinity), Wide.exp<T>(u));
    }
    // A power of two beyond the range of a double in two halves.
    const k = Exp.round<f64>(u);
    const m = Exp.mantissa<f64>(u, k);
    const bits = i64x2.sub(k, v128.splat<i64>(0x4338000000000000));
    const half = i64x2.shr_s(bits, 1);
    const one = v128.splat<i64>(1023 << 52);
    const first = i64x2.add(i64x2.shl(half, 52), one);
    const second = i64x2.add(i64x2.shl(i64x2.sub(bits, half), 52), one);
    return v128.mul<f64>(Lanes.multiplyAdd<f64>(first, m, first), second);
  }
}
