import { Lanes } from "../lanes";
import { Exp } from "../math/exp";
import { Log } from "../math/log";
import { Memory } from "../memory";

/**
 * The loss of each logit against its target, t max(-x, 0) + (1 - t) max(x, 0) + ln(1 + e^-|x|), and `scale` times its gradient,
 * sigma(x) - t. Returns the sum of the losses.
 */
export abstract class BinaryCrossEntropy {
  static withLogits<T extends number>(x: usize, targets: usize, gradient: usize, losses: usize, length: usize, scale: f64): f64 {
    const factor = Lanes.splat<T>(scale);
    const zero = Lanes.splat<T>(0);
    const one = Lanes.splat<T>(1);
    let total: f64 = 0;
    for (let bytes = length * sizeof<T>(); bytes > 0; bytes = Memory.next(bytes), x += 16, targets += 16, gradient += 16, losses += 16) {
      const v = Memory.load<T>(x, bytes);
      const t = Memory.load<T>(targets, bytes);
      const negative = v128.sub<T>(one, t);
      const e = Exp.decay<T>(Lanes.abs<T>(v));
      const loss = v128.add<T>(BinaryCrossEntropy.line<T>(v, t, negative), Log.onePlus<T, T>(e));
      Memory.store<T>(losses, loss, bytes);
      total += Lanes.sum<T>(Memory.fill<T>(loss, bytes, zero)) as f64;
      const tail = v128.div<T>(e, v128.add<T>(one, e));
      Memory.store<T>(gradient, v128.mul<T>(BinaryCrossEntropy.slope<T>(v, tail, t, negative), factor), bytes);
    }
    return total;
  }

  /**
   * As withLogits with the loss of what is positive taken `weights` times: p t ln(1 + e^-x) + (1 - t) ln(1 + e^x). The
   * weights, whole vectors of them, are gone through again and again, from `offset` bytes on. `losses` may be 0.
   */
  static weighted<T extends number>(
    x: usize, targets: usize, gradient: usize, losses: usize, length: usize, scale: f64, weights: usize, offset: usize, period: usize,
  ): f64 {
    const factor = Lanes.splat<T>(scale);
    const zero = Lanes.splat<T>(0);
    const one = Lanes.splat<T>(1);
    const end = weights + period;
    let w = weights + offset;
    let total: f64 = 0;
    for (let bytes = length * sizeof<T>(); bytes > 0; bytes = Memory.next(bytes), x += 16, targets += 16, gradient += 16) {
      const v = Memory.load<T>(x, bytes);
      const t = Memory.load<T>(targets, bytes);
      const positive = v128.mul<T>(v128.load(w), t);
      const negative = v128.sub<T>(one, t);
      const both = v128.add<T>(positive, negative);
      const e = Exp.decay<T>(Lanes.abs<T>(v));
      const loss = Lanes.multiplyAdd<T>(both, Log.onePlus<T, T>(e), BinaryCrossEntropy.line<T>(v, positive, negative));
      if (losses) {
        Memory.store<T>(losses, loss, bytes);
        losses += 16;
      }
      total += Lanes.sum<T>(Memory.fill<T>(loss, bytes, zero)) as f64;
      const tail = v128.mul<T>(both, v128.div<T>(e, v128.add<T>(one, e)));
      Memory.store<T>(gradient, v128.mul<T>(BinaryCrossEntropy.slope<T>(v, tail, positive, negative), factor), bytes);
      w += 16;
      if (w == end) w = weights;
    }
    return total;
  }

  /** (positive + negative) sigma(x) - positive from the tail, (positive + negative) e/(1 + e) with e = e^-|x|: it stays where sigma is nearly 1. */
  @inline private static slope<T extends number>(x: v128, tail: v128, positive: v128, negative: v128): v128 {
    return Lanes.select(v128.gt<T>(x, Lanes.splat<T>(0)), v128.sub<T>(negative, tail), v128.sub<T>(tail, positive));
  }

  /** positive max(-x, 0) + negative max(x, 0), of which one is 0, also for an infinite x: nothing cancels. */
  @inline private static line<T extends number>(x: v128, positive: v128, negative: v128): v128 {
    const zero = Lanes.splat<T>(0);
    const slope = Lanes.select(v128.gt<T>(x, zero), negative, positive);
    return v128.andnot(v128.mul<T>(Lanes.abs<T>(x), slope), v128.eq<T>(slope, zero));
  }
}
