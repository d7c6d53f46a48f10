import { Lanes } from "../lanes";
import { Memory } from "../memory";
import { Row } from "./row";

/** The index of the first maximum of each row; the first NaN where there is one. */
export abstract class Argmax {
  static forward<T extends number>(x: usize, indices: usize, rows: usize, columns: usize): void {
    const bytes = columns * sizeof<T>();
    for (; rows > 0; rows--, x += bytes, indices += 4) {
      const maximum = v128.splat<T>(Row.maximum<T>(x, bytes));
      const at = Argmax.first<T>(x, bytes, Argmax.hasNaN<T>(x, bytes), maximum);
      store<i32>(indices, at as i32);
    }
  }

  @inline private static hasNaN<T extends number>(x: usize, bytes: usize): bool {
    let mask = v128.splat<i32>(0);
    for (; bytes > 0; bytes = Memory.next(bytes), x += 16) {
      const v = Memory.load<T>(x, bytes);
      mask = v128.or(mask, v128.ne<T>(v, v));
    }
    return v128.any_true(mask);
  }

  /** The place of the first element that is NaN, or that equals the maximum. */
  @inline private static first<T extends number>(x: usize, bytes: usize, nan: bool, maximum: v128): usize {
    const lanes: usize = 16 / sizeof<T>();
    // Lanes beyond the row hold what is looked for by nobody.
    const beyond = nan ? Lanes.splat<T>(0) : Lanes.splat<T>(NaN);
    for (let at: usize = 0; ; at += lanes, bytes -= 16, x += 16) {
      const v = Memory.fill<T>(Memory.load<T>(x, bytes), bytes, beyond);
      const found = nan ? v128.ne<T>(v, v) : v128.eq<T>(v, maximum);
      const mask = sizeof<T>() == 4 ? i32x4.bitmask(found) : i64x2.bitmask(found);
      if (mask) return at + ctz(mask);
    }
    return unreachable();
  }
}
