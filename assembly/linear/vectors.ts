import { Lanes } from "../lanes";
import { Memory } from "../memory";

/** What a linear layer needs beside the matrix product, and a bias before an elementwise function. */
export abstract class Vectors {
  /** y = x + the pattern, which is gone through again and again from `offset` on; both are whole vectors, in bytes. */
  @inline static addPattern<T extends number>(x: usize, pattern: usize, y: usize, length: usize, offset: usize, period: usize): void {
    for (let bytes = length * sizeof<T>(); bytes > 0; offset = 0) {
      let run = min(bytes, period - offset);
      bytes -= run;
      let p = pattern + offset;
      for (; run >= 64; run -= 64, x += 64, p += 64, y += 64) {
        v128.store(y, v128.add<T>(v128.load(x), v128.load(p)));
        v128.store(y, v128.add<T>(v128.load(x, 16), v128.load(p, 16)), 16);
        v128.store(y, v128.add<T>(v128.load(x, 32), v128.load(p, 32)), 32);
        v128.store(y, v128.add<T>(v128.load(x, 48), v128.load(p, 48)), 48);
      }
      for (; run > 0; run = Memory.next(run), x += 16, p += 16, y += 16) {
        Memory.store<T>(y, v128.add<T>(Memory.load<T>(x, run), v128.load(p)), run);
      }
    }
  }

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
