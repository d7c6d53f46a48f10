import { Lanes } from "../lanes";
import { Exp } from "../math/exp";
import { Memory } from "../memory";
import { Interleaved, MOST } from "./interleaved";
import { Row } from "./row";

/** Bytes of a part of a row, which stay in the cache between its maximum and its exponentials. */
const PART: usize = 16384;

/**
 * softmax(x)_i = e^x_i / sum_j e^x_j, over rows of `columns` elements; the maximum is taken off first.
 *
 * A row goes through memory twice: y = e^(x - reference), and y divided by the sum. The reference is the maximum of the first
 * part, until one comes that is larger by more than 1.
 */
export abstract class Softmax {
  static forward<T extends number>(x: usize, y: usize, rows: usize, columns: usize): void {
    const bytes = columns * sizeof<T>();
    if (bytes <= MOST) return Interleaved.forward<T>(x, y, rows, bytes, false);
    for (; rows > 0; rows--, x += bytes, y += bytes) {
      // Finite, for parts in which everything is -Infinity.
      let reference = Row.least<T>();
      let sum: f64 = 0;
      for (let at: usize = 0; at < bytes; at += PART) {
        const part = min(bytes - at, PART);
        const maximum = Row.maximum<T>(x + at, part);
        if (maximum > reference + (1 as T)) {
          if (at > 0) {
            const factor = Exp.decay<T>(v128.splat<T>((maximum - reference) as T));
            Row.scale<T>(y, at, factor);
            sum *= v128.extract_lane<T>(factor, 0) as f64;
          }
          reference = maximum;
        }
        sum += Row.exponentials<T>(x + at, y + at, part, v128.splat<T>(reference));
      }
      Row.scale<T>(y, bytes, Lanes.splat<T>(1 / sum));
    }
  }

  /** dx = y (dy - sum_j dy_j y_j): the whole vector-Jacobian product. */
  static backwardFromOutput<T extends number>(dy: usize, y: usize, dx: usize, rows: usize, columns: usize): void {
    const bytes = columns * sizeof<T>();
    for (; rows > 0; rows--) {
      const dot = Lanes.splat<T>(Row.dot<T>(dy, y, bytes));
      let rest = bytes;
      for (; rest >= 32; rest -= 32, dy += 32, y += 32, dx += 32) {
        const first = Softmax.centred<T>(v128.load(dy), v128.load(y), dot);
        const second = Softmax.centred<T>(v128.load(dy, 16), v128.load(y, 16), dot);
        v128.store(dx, first);
        v128.store(dx, second, 16);
      }
      for (; rest > 0; rest = Memory.next(rest), dy += 16, y += 16, dx += 16) {
        Memory.store<T>(dx, Softmax.centred<T>(Memory.load<T>(dy, rest), Memory.load<T>(y, rest), dot), rest);
      }
      const beyond = Memory.overshoot(bytes);
      dy -= beyond;
      y -= beyond;
      dx -= beyond;
    }
  }

  @inline private static centred<T extends number>(dy: v128, y: v128, dot: v128): v128 {
    return v128.mul<T>(y, v128.sub<T>(dy, dot));
  }
}
