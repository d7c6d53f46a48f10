import { Lanes } from "../lanes";
import { Tanh } from "../activations/tanh";
import { Wide } from "./wide";

export abstract class HyperbolicTangent {
  /** tanh(x + rest) in f64 lanes, with the precision of T. */
  @inline static of<T extends number>(x: v128, rest: v128): v128 {
    if (sizeof<T>() == 8) return changetype<Tanh<f64>>(0).value(x, rest, true);
    const magnitude = Lanes.abs<f64>(x);
    const t = Wide.expm1<T>(Lanes.negate<f64>(v128.add<f64>(magnitude, magnitude)));
    return Lanes.withSign<f64>(v128.div<f64>(Lanes.abs<f64>(t), v128.add<f64>(Lanes.splat<f64>(2), t)), x);
  }

  /** 1 - tanh(u + rest)^2 = 4 e / (1 + e)^2 with e = e^-2|u + rest|. */
  @inline static slope<T extends number>(u: v128, rest: v128): v128 {
    const magnitude = Wide.magnitude<T>(v128.add<f64>(u, u));
    const shift = Lanes.alongside<f64>(v128.add<f64>(rest, rest), u);
    return v128.mul<f64>(Wide.bell<T>(magnitude, shift), Lanes.splat<f64>(4));
  }
}
