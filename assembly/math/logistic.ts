import { Lanes } from "../lanes";
import { Exp } from "./exp";

/** 1/(1 + e^u), of which sigmoid and the derivatives of sigmoid and tanh are made. */
export abstract class Logistic {
  /** 2^bias / (1 + e^u) for u from -40 to Exp.underflow: the result scaled, since it may be subnormal. */
  @inline static scaled<T extends number>(u: v128): v128 {
    const k = Exp.round<T>(u);
    const m = Exp.mantissa<T>(u, k);
    // With e^u = 2^k (1 + m): 2^-k / (1 + 2^-k + m).
    const power = Exp.inversePower<T>(k, Exp.bias<T>());
    const s = v128.mul<T>(power, Exp.scale<T>());
    const one = Lanes.splat<T>(1);
    const sum = v128.add<T>(one, s);
    // What 1 + s rounds away, once s is about half a unit in the last place of 1.
    const lost = v128.sub<T>(s, v128.sub<T>(sum, one));
    return v128.div<T>(power, v128.add<T>(sum, v128.add<T>(m, lost)));
  }

  /** 2^bias y (1 - y) for y = 1/(1 + e^u), u from 0 to Exp.underflow: y <= 1/2, so nothing cancels. */
  @inline static scaledSlope<T extends number>(u: v128): v128 {
    const y = Logistic.scaled<T>(u);
    return v128.mul<T>(y, v128.sub<T>(Lanes.splat<T>(1), v128.mul<T>(y, Exp.scale<T>())));
  }
}
