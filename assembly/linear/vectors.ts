import { Memory } from "../memory";

/** A bias before an elementwise function. */
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
}
