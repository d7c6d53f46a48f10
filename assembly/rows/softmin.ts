import { Lanes } from "../lanes";
import { Memory } from "../memory";

/** What makes softmin(x) = softmax(-x) of softmax, before and after. */
export abstract class Softmin {
  static negate<T extends number>(x: usize, y: usize, length: usize): void {
    for (let bytes = length * sizeof<T>(); bytes > 0; bytes = Memory.next(bytes), x += 16, y += 16) {
      Memory.store<T>(y, Lanes.negate<T>(Memory.load<T>(x, bytes)), bytes);
    }
  }
}
