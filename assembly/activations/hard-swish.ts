import { Activation } from "../activation";
import { Lanes } from "../lanes";

/** hardSwish(x) = x min(max(x + 3, 0), 6) / 6; the derivative is (x + 1.5)/3 between -3 and 3, 0 at -3 and 1 at 3. */
@final
export class HardSwish<T extends number> implements Activation {
  @inline
  forward(x: v128): v128 {
    const three = Lanes.splat<T>(3);
    // x + 3 is 0 from -3 down, also at -Infinity, which 0 would make NaN.
    const left = Lanes.atLeast<T>(x, Lanes.splat<T>(-3));
    const curved = v128.div<T>(v128.mul<T>(left, v128.add<T>(left, three)), Lanes.splat<T>(6));
    return Lanes.select(v128.lt<T>(x, three), curved, x);
  }

  @inline
  gradient(dy: v128, x: v128): v128 {
    const three = Lanes.splat<T>(3);
    const line = v128.div<T>(v128.add<T>(x, Lanes.splat<T>(1.5)), three);
    const slope = Lanes.select(v128.lt<T>(x, three), line, Lanes.splat<T>(1));
    return v128.mul<T>(dy, Lanes.where<T>(v128.gt<T>(x, Lanes.splat<T>(-3)), slope, x));
  }
}
