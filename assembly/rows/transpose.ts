/** Rows out of columns: for functions along an axis that is not the last one. */
export abstract class Transpose {
  /**
   * y[j * yStride + i] = x[i * xStride + j] for `planes` matrices of rows x columns elements, the next one beginning
   * `rows` rows of x and `columns` rows of y further on. Strides are in elements; x and y are apart.
   */
  static planes<T extends number>(x: usize, y: usize, planes: usize, rows: usize, columns: usize, xStride: usize, yStride: usize): void {
    const lanes: usize = 16 / sizeof<T>();
    const wide = columns - columns % lanes;
    xStride *= sizeof<T>();
    yStride *= sizeof<T>();
    for (; planes > 0; planes--, x += rows * xStride, y += columns * yStride) {
      let from = x, to = y, rest = rows;
      for (; rest >= lanes; rest -= lanes, from += lanes * xStride, to += 16) {
        let p = from, q = to, j: usize = 0;
        for (; j < wide; j += lanes, p += 16, q += lanes * yStride) Transpose.tile<T>(p, xStride, q, yStride);
        for (; j < columns; j++, p += sizeof<T>(), q += yStride) {
          for (let i: usize = 0; i < lanes; i++) store<T>(q + i * sizeof<T>(), load<T>(p + i * xStride));
        }
      }
      for (; rest > 0; rest--, from += xStride, to += sizeof<T>()) {
        let p = from, q = to;
        for (let j: usize = 0; j < columns; j++, p += sizeof<T>(), q += yStride) store<T>(q, load<T>(p));
      }
    }
  }

  /** As many rows as a vector has lanes, of one vector each. */
  @inline private static tile<T extends number>(x: usize, xBytes: usize, y: usize, yBytes: usize): void {
    if (sizeof<T>() == 8) {
      const a = v128.load(x), b = v128.load(x + xBytes);
      v128.store(y, v128.shuffle<i64>(a, b, 0, 2));
      v128.store(y + yBytes, v128.shuffle<i64>(a, b, 1, 3));
      return;
    }
    const a = v128.load(x), b = v128.load(x + xBytes), c = v128.load(x + 2 * xBytes), d = v128.load(x + 3 * xBytes);
    const ac = v128.shuffle<i32>(a, c, 0, 4, 1, 5), bd = v128.shuffle<i32>(b, d, 0, 4, 1, 5);
    const ca = v128.shuffle<i32>(a, c, 2, 6, 3, 7), db = v128.shuffle<i32>(b, d, 2, 6, 3, 7);
    v128.store(y, v128.shuffle<i32>(ac, bd, 0, 4, 1, 5));
    v128.store(y + yBytes, v128.shuffle<i32>(ac, bd, 2, 6, 3, 7));
    v128.store(y + 2 * yBytes, v128.shuffle<i32>(ca, db, 0, 4, 1, 5));
    v128.store(y + 3 * yBytes, v128.shuffle<i32>(ca, db, 2, 6, 3, 7));
  }
}
