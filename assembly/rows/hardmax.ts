import { Lanes } from "../lanes";
import { Memory } from "../memory";
import { Row } from "./row";

/** hardmax(x)_i = 1 at the first maximum, 0 elsewhere: softmax(x / t) as t goes to 0, but for ties. */
export abstract class Hardmax {
  static forward<T extends number>(x: usize, y: usize, rows: usize, columns: usize): void {
    const bytes = columns * sizeof<T>();
    for (; rows > 0; rows--, x += bytes, y += bytes) {
      const maximum = Row.maximum<T>(x, bytes);
      const none = Row.hasNaN<T>(x, bytes) || maximum == -Infinity;
      const at: usize = none ? 0 : Row.first<T>(x, bytes, false, v128.splat<T>(maximum));
      const filler = none ? Lanes.splat<T>(NaN) : Lanes.splat<T>(0);
      let p = y;
      for (let rest = bytes; rest > 0; rest = Memory.next(rest), p += 16) Memory.store<T>(p, filler, rest);
      if (!none) store<T>(y + at * sizeof<T>(), (1 as f64) as T);
    }
  }
}
