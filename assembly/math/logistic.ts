import { Lanes } from "../lanes";
import { Exp } from "./exp";

/** 1/(1 + e^u), of which sigmoid and the derivatives of sigmoid and tanh are made. */
export abstract class Logistic {
  /** 2^bias / (1 + e^u) for u from -40 to Exp.underflow: the result scaled, since it may be subnormal. */
  @inline static scaled<T extends number>(u: v128): v128 {
    const k = Exp.round<T>(u);
    const power = Exp.inversePower<T>(k, Exp.bias<T>());
    return v128.div<T>(power, Logistic.denominator<T>(u, k, v128.mul<T>(power, Exp.scale<T>())));
  }

  /** With e^u = 2^k (1 + m) and s = 2^-k: 1/(1 + e^u) = s / (1 + s + m), and this is 1 + s + m. */
  @inline private static denominator<T extends number>(u: v128, k: v128, s: v128): v128 {
    const one = Lanes.splat<T>(1);
    const sum = v128.add<T>(one, s);
    // What 1 + s rounds away, once s is about half a unit in the last place of 1.
    const lost = v128.sub<T>(s, v128.sub<T>(sum, one));
    return v128.add<T>(sum, v128.add<T>(Exp.mantissa<T>(u, k), lost));
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
    const y = v128.div<T>(scaled, Logistic.denominator<T>(v, k, v128.andnot(scaled, tiny)));
    const one = Lanes.splat<T>(1);
    let slope = v128.mul<T>(y, v128.sub<T>(one, v128.andnot(y, tiny)));
    if (factor != 1) slope = v128.mul<T>(slope, Lanes.splat<T>(factor));
    const back = Lanes.multipliedBy<T>(one, tiny, single ? -78 : -542);
    return v128.mul<T>(v128.mul<T>(v128.mul<T>(dy, back), slope), back);
  }
}
