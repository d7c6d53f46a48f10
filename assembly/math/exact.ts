import { Lanes } from "../lanes";

/** What rounding takes from products and quotients, in f64 lanes. */
export abstract class Exact {
  /** What x/a rounds away. */
  @inline static quotientError(x: v128, a: v128, quotient: v128): v128 {
    const product = v128.mul<f64>(quotient, a);
    const rest = v128.sub<f64>(v128.sub<f64>(x, product), Exact.productError(quotient, a, product));
    return v128.div<f64>(rest, a);
  }

  /** What a b rounds away, exactly (Dekker's product); NaN from 2^996 on. */
  @inline static productError(a: v128, b: v128, product: v128): v128 {
    const splitter = Lanes.splat<f64>(134217729);
    const as = v128.mul<f64>(splitter, a);
    const a1 = v128.sub<f64>(as, v128.sub<f64>(as, a));
    const a2 = v128.sub<f64>(a, a1);
    const bs = v128.mul<f64>(splitter, b);
    const b1 = v128.sub<f64>(bs, v128.sub<f64>(bs, b));
    const b2 = v128.sub<f64>(b, b1);
    const high = v128.add<f64>(v128.sub<f64>(v128.mul<f64>(a1, b1), product), v128.mul<f64>(a1, b2));
    return v128.add<f64>(v128.add<f64>(high, v128.mul<f64>(a2, b1)), v128.mul<f64>(a2, b2));
  }
}
