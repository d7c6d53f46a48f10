import { Lanes } from "../lanes";
import { Memory } from "../memory";
import { Row } from "./row";
import { Above, Excess, Selected } from "./terms";

/** sparsemax(x)_i = max(x_i - tau, 0) with the tau for which they sum to 1: the nearest point of the simplex. */
export abstract class Sparsemax {
  static forward<T extends number>(x: usize, y: usize, rows: usize, columns: usize): void {
    const bytes = columns * sizeof<T>();
    for (; rows > 0; rows--, x += bytes, y += bytes) {
      const maximum = v128.splat<T>(Row.maximum<T>(x, bytes));
      let p = x, q = y;
      for (let rest = bytes; rest > 0; rest = Memory.next(rest), p += 16, q += 16) {
        Memory.store<T>(q, v128.sub<T>(Memory.load<T>(p, rest), maximum), rest);
      }
      const tau = Sparsemax.threshold<T>(y, bytes);
      q = y;
      for (let rest = bytes; rest > 0; rest = Memory.next(rest), q += 16) {
        Memory.store<T>(q, Lanes.atLeast<T>(v128.sub<T>(Memory.load<T>(q, rest), tau), Lanes.splat<T>(0)), rest);
      }
    }
  }

  /** dx_i = dy_i less the mean of dy over the elements with y > 0, for those; 0 for the others. */
  static backwardFromOutput<T extends number>(dy: usize, y: usize, dx: usize, rows: usize, columns: usize): void {
    const bytes = columns * sizeof<T>();
    const zero = Lanes.splat<T>(0);
    for (; rows > 0; rows--) {
      const mean = Lanes.splat<T>(Row.totalOfPairs<T, Selected<T>>(dy, y, bytes, zero) / Row.total<T, Above<T>>(y, bytes, zero));
      for (let rest = bytes; rest > 0; rest = Memory.next(rest), dy += 16, y += 16, dx += 16) {
        const centred = v128.sub<T>(Memory.load<T>(dy, rest), mean);
        Memory.store<T>(dx, Lanes.where<T>(v128.gt<T>(Memory.load<T>(y, rest), zero), centred, centred), rest);
      }
      const beyond = Memory.overshoot(bytes);
      dy -= beyond;
      y -= beyond;
      dx -= beyond;
    }
  }

  /**
   * tau of a row with maximum 0, by Michelot's iteration: no sorting. It starts from -1, which no tau is below, and solves
   * for the elements above it alone; there are fewer of them every time. When there are no fewer, a last step takes away
   * what the steps before it have rounded.
   */
  @inline private static threshold<T extends number>(x: usize, bytes: usize): v128 {
    let tau = (-1 as f64) as T;
    for (let before: f64 = Infinity; ; ) {
      const level = v128.splat<T>(tau);
      const above = Row.total<T, Above<T>>(x, bytes, level);
      // A NaN in the row is in the excess, then in tau, above which there is nothing.
      tau = ((tau as f64) + (Row.total<T, Excess<T>>(x, bytes, level) - 1) / above) as T;
      if (above >= before) return v128.splat<T>(tau);
      before = above;
    }
    return unreachable();
  }
}
