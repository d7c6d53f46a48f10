import { Lanes } from "../lanes";
import { Log } from "../math/log";
import { Memory } from "../memory";
import { Row } from "../rows/row";

/**
 * The loss of each row, -sum_j p_j ln softmax(x)_j, and `scale` times its gradient, softmax(x) sum(p) - p, in one sweep.
 * Returns the sum of the losses.
 */
export abstract class SoftmaxCrossEntropy {
  /**
   * p = (1 - smoothing) w_label at the label, and smoothing / columns of each class's weight w_j in addition. `weights` may
   * be 0 where they are all 1 and nothing is smoothed. A row whose label is `ignored` counts nothing.
   */
  static labels<T extends number>(
    x: usize, labels: usize, gradient: usize, losses: usize, rows: usize, columns: usize, scale: f64,
    ignored: i32, weights: usize, smoothing: f64,
  ): f64 {
    const bytes = columns * sizeof<T>();
    const share = smoothing / (columns as f64);
    const spread = smoothing > 0 ? share * Row.sum<T>(weights, bytes) : 0;
    const shareOfGradient = Lanes.splat<T>(share * scale);
    let total: f64 = 0;
    for (; rows > 0; rows--, x += bytes, gradient += bytes, labels += 4, losses += sizeof<T>()) {
      const label = load<i32>(labels);
      if (label == ignored) {
        memory.fill(gradient, 0, bytes);
        store<T>(losses, 0 as T);
        continue;
      }
      const at = (label as usize) * sizeof<T>();
      const weight = weights ? load<T>(weights + at) as f64 : 1;
      const atLabel = (1 - smoothing) * weight;
      const mass = atLabel + spread;
      const maximum = Row.maximum<T>(x, bytes);
      const lanes = v128.splat<T>(maximum);
      // A class without weight counts nothing, also where its logit is -Infinity.
      let distance = atLabel == 0 ? 0 : atLabel * ((maximum as f64) - (load<T>(x + at) as f64));
      if (smoothing > 0) distance += share * Row.distance<T>(weights, x, bytes, lanes);
      let sum = Row.exponentials<T>(x, gradient, bytes, lanes);
      const own = load<T>(gradient + at) as f64;
      let others = sum - own;
      let log: f64;
      if (others < own) {
        // What the others have is all that is left of the loss and of the gradient where the label is nearly certain.
        store<T>(gradient + at, 0 as T);
        others = Row.sum<T>(gradient, bytes);
        sum = own + others;
        log = SoftmaxCrossEntropy.log1p(own - 1 + others);
      } else {
        log = SoftmaxCrossEntropy.ln(sum);
      }
      const loss = mass * log + distance;
      store<T>(losses, loss as T);
      total += loss;
      const factor = Lanes.splat<T>((mass / sum) * scale);
      if (smoothing > 0) {
        let p = gradient, w = weights;
        for (let rest = bytes; rest > 0; rest = Memory.next(rest), p += 16, w += 16) {
          const y = v128.mul<T>(Memory.load<T>(p, rest), factor);
          Memory.store<T>(p, Lanes.multiplySubtract<T>(Memory.load<T>(w, rest), shareOfGradient, y), rest);
        }
      } else {
        Row.scale<T>(gradient, bytes, factor);
      }
      store<T>(gradient + at, ((((spread - share * weight) * own - (atLabel + share * weight) * others) / sum) * scale) as T);
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
      const weight = Lanes.splat<T>(mass / sum);
      const beyond = Memory.overshoot(bytes);
      for (let rest = bytes; rest > 0; rest = Memory.next(rest), p += 16, gradient += 16) {
        const y = v128.mul<T>(Memory.load<T>(gradient, rest), weight);
        Memory.store<T>(gradient, v128.mul<T>(v128.sub<T>(y, Memory.load<T>(p, rest)), factor), rest);
      }
      p -= beyond;
      gradient -= beyond;
    }
    return total;
  }

  /** q = w (p (1 - smoothing) + smoothing / columns): probabilities smoothed and weighted, for `probabilities`. */
  static weigh<T extends number>(p: usize, weights: usize, q: usize, rows: usize, columns: usize, smoothing: f64): void {
    const bytes = columns * sizeof<T>();
    const kept = Lanes.splat<T>(1 - smoothing);
    const share = Lanes.splat<T>(smoothing / (columns as f64));
    const beyond = Memory.overshoot(bytes);
    for (; rows > 0; rows--) {
      let w = weights;
      for (let rest = bytes; rest > 0; rest = Memory.next(rest), p += 16, q += 16, w += 16) {
        const smoothed = Lanes.multiplyAdd<T>(Memory.load<T>(p, rest), kept, share);
        Memory.store<T>(q, v128.mul<T>(Memory.load<T>(w, rest), smoothed), rest);
      }
      p -= beyond;
      q -= beyond;
    }
  }

  @inline private static ln(x: f64): f64 {
    return v128.extract_lane<f64>(Log.ln<f64>(v128.splat<f64>(x)), 0);
  }

  @inline private static log1p(x: f64): f64 {
    return v128.extract_lane<f64>(Log.log1p<f64>(v128.splat<f64>(x)), 0);
  }
}
