import { InvertibleLongActivation } from "../activation";
import { Lanes } from "../lanes";

/** softsign(x) = x / (1 + |x|); softsign'(x) = 1 / (1 + |x|)^2 = (1 - |y|)^2 */
@final
export class Softsign<T extends number> implements InvertibleLongActivation {
  @inline
  forward(x: v128): v128 {
    const one = Lanes.splat<T>(1);
    // The largest finite number gives 1, too.
    const magnitude = Lanes.atMost<T>(Lanes.abs<T>(x), Lanes.splat<T>(sizeof<T>() == 4 ? 3.4028234663852886e38 : 1.7976931348623157e308));
    return Lanes.withSign<T>(v128.div<T>(magnitude, v128.add<T>(one, magnitude)), x);
  }

  @inline
  gradient(dy: v128, x: v128): v128 {
    const divisor = v128.add<T>(Lanes.splat<T>(1), Lanes.abs<T>(x));
    // In two steps, since the square may be beyond the range.
    return v128.div<T>(v128.div<T>(dy, divisor), divisor);
  }

  @inline
  gradientFromOutput(dy: v128, y: v128): v128 {
    const rest = v128.sub<T>(Lanes.splat<T>(1), Lanes.abs<T>(y));
    return v128.mul<T>(dy, v128.mul<T>(rest, rest));
  }
}
