import { Lanes } from "../lanes";
import { Exp } from "./exp";
import { Exponent } from "./exponent";

/** 1/(1 + e^u), of which sigmoid and the derivatives of sigmoid and tanh are made. */
export abstract class Logistic {
  /** 1/(1 + e^u), u the exponent of x. */
  @inline static value<T extends number, E extends Exponent>(x: v128): v128 {
    return v128.mul<T>(Logistic.scaled<T, E>(x), Exp.scale<T>());
  }

  /** 2^bias / (1 + e^u), u the exponent of x: scaled, since the result may be subnormal. */
  @inline static scaled<T extends number, E extends Exponent>(x: v128): v128 {
    const exponent = changetype<E>(0);
    // Below the lower bound it rounds to 1.
    const v = Lanes.atLeast<T>(Lanes.atMost<T>(x, exponent.at(Lanes.splat<T>(sizeof<T>() == 4 ? 106 : 1060))), exponent.at(Lanes.splat<T>(-40)));
    const k = exponent.round(v);
    return Logistic.ofParts<T>(k, exponent.of(exponent.remainder(v, k)));
  }

  /** 2^bias / (1 + 2^k e^r) */
  @inline static ofParts<T extends number>(k: v128, r: v128): v128 {
    // A power of two by a sum, which grows with u also where it is rounded.
    const power = Exp.inversePower<T>(k, Exp.bias<T>());
    return v128.div<T>(power, Logistic.denominator<T>(v128.mul<T>(power, Exp.scale<T>()), Exp.expm1<T>(r)));
  }

  /** e^u / (1 + e^u)^2, u the exponent of x, 0 <= u <= 1060, for f64: 2^-k n p / (p + 2^-k n)^2. */
  @inline static slope<E extends Exponent>(x: v128): v128 {
    const exponent = changetype<E>(0);
    const k = exponent.round(x);
    const r = exponent.of(exponent.remainder(x, k));
    const below = Exp.below(r, Exp.bend(r));
    const p = Exp.above(below, r);
    const n = v128.mul<f64>(Exp.inversePower<f64>(k, Exp.bias<f64>()), below);
    const sum = Lanes.multiplyAdd<f64>(n, Exp.scale<f64>(), p);
    return v128.mul<f64>(v128.div<f64>(v128.mul<f64>(n, p), v128.mul<f64>(sum, sum)), Exp.scale<f64>());
  }

  /** With e^u = 2^k (1 + m) and s = 2^-k: 1/(1 + e^u) = s / (1 + s + m), and this is 1 + s + m. */
  @inline private static denominator<T extends number>(s: v128, m: v128): v128 {
    const one = Lanes.splat<T>(1);
    const sum = v128.add<T>(one, s);
    // What 1 + s rounds away, once s is about half a unit in the last place of 1.
    const lost = v128.sub<T>(s, v128.sub<T>(sum, one));
    return v128.add<T>(sum, v128.add<T>(m, lost));
  }

  /**
   * dy factor y (1 - y) for y = 1/(1 + e^u), u >= 0: y <= 1/2, so nothing cancels. Where y is very small it is scaled up
   * until it has met dy, so that no digit is lost, nor the whole of it.
   */
  @inline static gradient<T extends number>(dy: v128, u: v128, factor: f64): v128 {
    const single = sizeof<T>() == 4;
    // Here the largest dy gives 0, too.
    const v = Lanes.atMost<T>(u, Lanes.splat<T>(single ? 195.5 : 1458));
    const tiny = v128.gt<T>(v, Lanes.splat<T>(single ? 85 : 700));
    const k = Exp.round<T>(v);
    const scaled = Lanes.multipliedBy<T>(Exp.inversePower<T>(k, 0), tiny, single ? 156 : 1084);
    let y: v128;
    if (single) {
      y = v128.div<T>(scaled, Logistic.denominator<T>(v128.andnot(scaled, tiny), Exp.mantissa<T>(v, k)));
    } else {
      const r = Exp.remainder<f64>(v, k);
      const below = Exp.below(r, Exp.bend(r));
      const n = v128.mul<f64>(scaled, below);
      y = v128.div<f64>(n, v128.add<f64>(Exp.above(below, r), v128.andnot(n, tiny)));
    }
    const one = Lanes.splat<T>(1);
    let slope = v128.mul<T>(y, v128.sub<T>(one, v128.andnot(y, tiny)));
    if (factor != 1) slope = v128.mul<T>(slope, Lanes.splat<T>(factor));
    const back = Lanes.multipliedBy<T>(one, tiny, single ? -78 : -542);
    return v128.mul<T>(v128.mul<T>(v128.mul<T>(dy, back), slope), back);
  }
}
