import { Memory } from "../memory";

/**
 * What the gated units need beside the activation of their gates: rows of `columns` elements from and to the halves of
 * longer ones. Strides, from one row to the next, are in elements.
 */
export abstract class Gate {
  /** y = x */
  static copy<T extends number>(x: usize, xStride: usize, y: usize, yStride: usize, rows: usize, columns: usize): void {
    const bytes = columns * sizeof<T>();
    for (; rows > 0; rows--, x += xStride * sizeof<T>(), y += yStride * sizeof<T>()) {
      let p = x, q = y, rest = bytes;
      for (; rest >= 16; rest -= 16, p += 16, q += 16) v128.store(q, v128.load(p));
      if (rest > 0) Memory.store<T>(q, Memory.load<T>(p, rest), rest);
    }
  }

  /** y = x f, the rows of f one after the other. */
  static multiply<T extends number>(x: usize, xStride: usize, f: usize, y: usize, yStride: usize, rows: usize, columns: usize): void {
    const bytes = columns * sizeof<T>();
    for (; rows > 0; rows--, x += xStride * sizeof<T>(), f += bytes, y += yStride * sizeof<T>()) {
      let p = x, q = f, r = y, rest = bytes;
      for (; rest >= 16; rest -= 16, p += 16, q += 16, r += 16) v128.store(r, v128.mul<T>(v128.load(p), v128.load(q)));
      if (rest > 0) Memory.store<T>(r, v128.mul<T>(Memory.load<T>(p, rest), Memory.load<T>(q, rest)), rest);
    }
  }
}
