import { Lanes } from "../lanes";
import { Memory } from "../memory";

/** What a linear layer needs beside the matrix product. */
export abstract class Vectors {
  /** Every row of y becomes x; 0 where x is null. */
  @inline static repeat<T extends number>(x: usize, y: usize, rows: usize, columns: usize): void {
    const bytes = columns * sizeof<T>();
    for (; rows > 0; rows--, y += bytes) {
      if (x) memory.copy(y, x, bytes);
      else memory.fill(y, 0, bytes);
    }
  }

  /** y += the sum of the rows of x. */
  @inline static addRows<T extends number>(x: usize, y: usize, rows: usize, columns: usize): void {
    const bytes = columns * sizeof<T>();
    for (; rows > 0; rows--, x += bytes) {
      let p = x, q = y;
      for (let rest = bytes; rest > 0; rest = Memory.next(rest), p += 16, q += 16) {
        Memory.store<T>(q, v128.add<T>(Memory.load<T>(q, rest), Memory.load<T>(p, rest)), rest);
      }
    }
  }

  /** w -= rate g */
  @inline static gradientStep<T extends number>(w: usize, g: usize, length: usize, rate: f64): void {
    const factor = Lanes.splat<T>(rate);
    for (let bytes = length * sizeof<T>(); bytes > 0; bytes = Memory.next(bytes), w += 16, g += 16) {
      Memory.store<T>(w, v128.sub<T>(Memory.load<T>(w, bytes), v128.mul<T>(factor, Memory.load<T>(g, bytes))), bytes);
    }
  }
}
