import { Lanes } from "../lanes";
import { Log } from "../math/log";
import { Memory } from "../memory";
import { Row } from "../rows/row";

/**
 * The loss of each row, -sum_j p_j ln softmax(x)_j, and `scale` times its gradient, softmax(x) sum(p) - p, in one sweep.
 * Returns the sum of the losses.
 */
export abstract class SoftmaxCrossEntropy {
  /** p = 1 at the label, 0 elsewhere. */
  static labels<T extends number>(x: usize, labels: usize, gradient: usize, losses: usize, rows: usize, columns: usize, scale: f64): f64 {
    const bytes = columns * sizeof<T>();
    const factor = Lanes.splat<T>(scale);
    let total: f64 = 0;
    for (; rows > 0; rows--, x += bytes, gradient += bytes, labels += 4, losses += sizeof<T>()) {
      const at = (load<i32>(labels) as usize) * sizeof<T>();
      const maximum = Row.maximum<T>(x, bytes);
      const chosen = load<T>(x + at) as f64;
      const sum = Row.exponentials<T>(x, gradient, bytes, v128.splat<T>(maximum));
      const divisor = Lanes.splat<T>(sum);
      const loss = SoftmaxCrossEntropy.ln(sum) - (chosen - (maximum as f64));
      store<T>(losses, loss as T);
      total += loss;
      const probability = (load<T>(gradient + at) as f64) / sum;
      let p = gradient;
      for (let rest = bytes; rest > 0; rest = Memory.next(rest), p += 16) {
        Memory.store<T>(p, v128.mul<T>(v128.div<T>(Memory.load<T>(p, rest), divisor), factor), rest);
      }
      store<T>(gradient + at, ((probability - 1) * scale) as T);
    }
    return total;
  }

  /** p given, a row of probabilities for each row of logits. */
  static probabilities<T extends number>(x: usize, p: usize, gradient: usize, losses: usize, rows: usize, columns: usize, scale: f64): f64 {
    const bytes = columns * sizeof<T>();
    const factor = Lanes.splat<T>(scale);
    let total: f64 = 0;
    for (; rows > 0; rows--, x += bytes, losses += sizeof<T>()) {
      const maximum = v128.splat<T>(Row.maximum<T>(x, bytes));
      const mass = Row.sum<T>(p, bytes);
      const distance = Row.distance<T>(p, x, bytes, maximum);
      const sum = Row.exponentials<T>(x, gradient, bytes, maximum);
      const loss = mass * SoftmaxCrossEntropy.ln(sum) + distance;
      store<T>(losses, loss as T);
      total += loss;
      const divisor = Lanes.splat<T>(sum);
      const weight = Lanes.splat<T>(mass);
      const beyond = Memory.overshoot(bytes);
      for (let rest = bytes; rest > 0; rest = Memory.next(rest), p += 16, gradient += 16) {
        const y = v128.mul<T>(v128.div<T>(Memory.load<T>(gradient, rest), divisor), weight);
        Memory.store<T>(gradient, v128.mul<T>(v128.sub<T>(y, Memory.load<T>(p, rest)), factor), rest);
      }
      p -= beyond;
      gradient -= beyond;
    }
    return total;
  }

  @inline private static ln(sum: f64): f64 {
    return v128.extract_lane<f64>(Log.ln<f64>(v128.splat<f64>(sum)), 0);
  }
}
