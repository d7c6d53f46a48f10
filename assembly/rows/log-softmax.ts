import { Lanes } from "../lanes";
import { Exp } from "../math/exp";
import { Log } from "../math/log";
import { Memory, NOWHERE } from "../memory";
import { Interleaved, MOST } from "./interleaved";
import { Row } from "./row";

/** logSoftmax(x)_i = x_i - max - ln sum_j e^(x_j - max) */
export abstract class LogSoftmax {
  static forward<T extends number>(x: usize, y: usize, rows: usize, columns: usize): void {
    const bytes = columns * sizeof<T>();
    // For f64 it would be too little faster for its length.
    if (sizeof<T>() == 4 && bytes <= MOST) return Interleaved.forward<T>(x, y, rows, bytes, true);
    for (; rows > 0; rows--) {
      const maximum = v128.splat<T>(Row.maximum<T>(x, bytes));
      const ln = Log.ln<T>(Lanes.splat<T>(Row.exponentials<T>(x, NOWHERE, bytes, maximum)));
      let rest = bytes;
      for (; rest >= 32; rest -= 32, x += 32, y += 32) {
        const first = v128.sub<T>(v128.sub<T>(v128.load(x), maximum), ln);
        const second = v128.sub<T>(v128.sub<T>(v128.load(x, 16), maximum), ln);
        v128.store(y, first);
        v128.store(y, second, 16);
      }
      for (; rest > 0; rest = Memory.next(rest), x += 16, y += 16) {
        Memory.store<T>(y, v128.sub<T>(v128.sub<T>(Memory.load<T>(x, rest), maximum), ln), rest);
      }
      const beyond = Memory.overshoot(bytes);
      x -= beyond;
      y -= beyond;
    }
  }

  /** dx = dy - e^y sum_j dy_j; 0 where y is -Infinity: what is masked does not move. */
  static backwardFromOutput<T extends number>(dy: usize, y: usize, dx: usize, rows: usize, columns: usize): void {
    const bytes = columns * sizeof<T>();
    for (; rows > 0; rows--) {
      const sum = Lanes.splat<T>(Row.sum<T>(dy, bytes));
      const masked = Lanes.splat<T>(-Infinity);
      for (let rest = bytes; rest > 0; rest = Memory.next(rest), dy += 16, y += 16, dx += 16) {
        const output = Memory.load<T>(y, rest);
        const own = v128.andnot(Memory.load<T>(dy, rest), v128.eq<T>(output, masked));
        Memory.store<T>(dx, Lanes.multiplySubtract<T>(Exp.decay<T>(Lanes.negate<T>(output)), sum, own), rest);
      }
      const beyond = Memory.overshoot(bytes);
      dy -= beyond;
      y -= beyond;
      dx -= beyond;
    }
  }
}
