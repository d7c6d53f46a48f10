import { Lanes } from "../lanes";
import { Memory } from "../memory";

/** Elements whose squares are added up before they go to the total: short runs keep the rounding error of long sums small. */
const RUN: usize = 512;

/** The loss of each element against its target, (y - t)^2, and `scale` times its gradient, 2 (y - t). */
export abstract class SquaredError {
  /** `losses` may be 0 where only their sum is asked for, which is what is returned. */
  static elements<T extends number>(y: usize, targets: usize, gradient: usize, losses: usize, length: usize, scale: f64): f64 {
    const factor = Lanes.splat<T>(2 * scale);
    let bytes = length * sizeof<T>();
    let total: f64 = 0;
    while (bytes > 0) {
      let run = min(bytes, RUN * sizeof<T>());
      bytes -= run;
      let sum = f64x2.splat(0);
      for (; run > 0; run = Memory.next(run), y += 16, targets += 16, gradient += 16) {
        // Beyond the end both are 0.
        const difference = v128.sub<T>(Memory.load<T>(y, run), Memory.load<T>(targets, run));
        if (losses) {
          Memory.store<T>(losses, v128.mul<T>(difference, difference), run);
          losses += 16;
        }
        Memory.store<T>(gradient, v128.mul<T>(difference, factor), run);
        sum = f64x2.add(sum, SquaredError.squares<T>(difference));
      }
      total += Lanes.sum<f64>(sum);
    }
    return total;
  }

  /** The squares in double precision; of float32, those of two lanes added. */
  @inline private static squares<T extends number>(x: v128): v128 {
    if (sizeof<T>() == 8) return f64x2.mul(x, x);
    const low = Lanes.lowDoubles(x);
    const high = Lanes.highDoubles(x);
    return Lanes.multiplyAdd<f64>(low, low, f64x2.mul(high, high));
  }
}
