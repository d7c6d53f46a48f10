import { Lanes } from "../lanes";
import { Memory } from "../memory";
import { Row } from "./row";

/** softmax(x)_i = e^x_i / sum_j e^x_j, over rows of `columns` elements; the maximum is taken off first. */
export abstract class Softmax {
  static forward<T extends number>(x: usize, y: usize, rows: usize, columns: usize): void {
    const bytes = columns * sizeof<T>();
    for (; rows > 0; rows--, x += bytes, y += bytes) {
      const sum = Row.exponentials<T>(x, y, bytes, v128.splat<T>(Row.maximum<T>(x, bytes)));
      const divisor = Lanes.splat<T>(sum);
      let p = y;
      for (let rest = bytes; rest > 0; rest = Memory.next(rest), p += 16) {
        Memory.store<T>(p, v128.div<T>(Memory.load<T>(p, rest), divisor), rest);
      }
    }
  }

  /** dx = y (dy - sum_j dy_j y_j): the whole vector-Jacobian product. */
  static backwardFromOutput<T extends number>(dy: usize, y: usize, dx: usize, rows: usize, columns: usize): void {
    const bytes = columns * sizeof<T>();
    for (; rows > 0; rows--) {
      const dot = Lanes.splat<T>(Row.dot<T>(dy, y, bytes));
      for (let rest = bytes; rest > 0; rest = Memory.next(rest), dy += 16, y += 16, dx += 16) {
        const centred = v128.sub<T>(Memory.load<T>(dy, rest), dot);
        Memory.store<T>(dx, v128.mul<T>(Memory.load<T>(y, rest), centred), rest);
      }
      const beyond = Memory.overshoot(bytes);
      dy -= beyond;
      y -= beyond;
      dx -= beyond;
    }
  }
}
