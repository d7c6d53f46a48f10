import { Row } from "./row";

/** The index of the first maximum of each row; the first NaN where there is one. */
export abstract class Argmax {
  static forward<T extends number>(x: usize, indices: usize, rows: usize, columns: usize): void {
    const bytes = columns * sizeof<T>();
    for (; rows > 0; rows--, x += bytes, indices += 4) {
      const maximum = v128.splat<T>(Row.maximum<T>(x, bytes));
      store<i32>(indices, Row.first<T>(x, bytes, Row.hasNaN<T>(x, bytes), maximum) as i32);
    }
  }
}
