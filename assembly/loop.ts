import { Activation, InvertibleActivation } from "./activation";
import { Memory } from "./memory";

/**
 * The elementwise loops: y[i] = f(x[i]) and dx[i] = dy[i] f'(...). Two vectors a round, then one at a time, the last
 * one in part. Every vector is loaded before its place is written, so the output may be one of the inputs.
 */
export abstract class Loop {
  @inline static forward<T extends number, F extends Activation>(x: usize, y: usize, length: usize): void {
    const f = changetype<F>(0);
    let bytes = length * sizeof<T>();
    for (; bytes >= 32; bytes -= 32, x += 32, y += 32) {
      const a = v128.load(x), b = v128.load(x, 16);
      v128.store(y, f.forward(a));
      v128.store(y, f.forward(b), 16);
    }
    for (; bytes > 0; bytes = Memory.next(bytes), x += 16, y += 16) {
      Memory.store<T>(y, f.forward(Memory.load<T>(x, bytes)), bytes);
    }
  }

  @inline static derivative<T extends number, F extends Activation>(x: usize, d: usize, length: usize): void {
    const f = changetype<F>(0);
    let bytes = length * sizeof<T>();
    for (; bytes >= 32; bytes -= 32, x += 32, d += 32) {
      const a = v128.load(x), b = v128.load(x, 16);
      v128.store(d, f.derivative(a));
      v128.store(d, f.derivative(b), 16);
    }
    for (; bytes > 0; bytes = Memory.next(bytes), x += 16, d += 16) {
      Memory.store<T>(d, f.derivative(Memory.load<T>(x, bytes)), bytes);
    }
  }

  @inline static backward<T extends number, F extends Activation>(dy: usize, x: usize, dx: usize, length: usize): void {
    const f = changetype<F>(0);
    let bytes = length * sizeof<T>();
    for (; bytes >= 32; bytes -= 32, dy += 32, x += 32, dx += 32) {
      const g = v128.load(dy), h = v128.load(dy, 16), a = v128.load(x), b = v128.load(x, 16);
      v128.store(dx, v128.mul<T>(g, f.derivative(a)));
      v128.store(dx, v128.mul<T>(h, f.derivative(b)), 16);
    }
    for (; bytes > 0; bytes = Memory.next(bytes), dy += 16, x += 16, dx += 16) {
      Memory.store<T>(dx, v128.mul<T>(Memory.load<T>(dy, bytes), f.derivative(Memory.load<T>(x, bytes))), bytes);
    }
  }

  @inline static backwardFromOutput<T extends number, F extends InvertibleActivation>(dy: usize, y: usize, dx: usize, length: usize): void {
    const f = changetype<F>(0);
    let bytes = length * sizeof<T>();
    for (; bytes >= 32; bytes -= 32, dy += 32, y += 32, dx += 32) {
      const g = v128.load(dy), h = v128.load(dy, 16), a = v128.load(y), b = v128.load(y, 16);
      v128.store(dx, v128.mul<T>(g, f.derivativeFromOutput(a)));
      v128.store(dx, v128.mul<T>(h, f.derivativeFromOutput(b)), 16);
    }
    for (; bytes > 0; bytes = Memory.next(bytes), dy += 16, y += 16, dx += 16) {
      Memory.store<T>(dx, v128.mul<T>(Memory.load<T>(dy, bytes), f.derivativeFromOutput(Memory.load<T>(y, bytes))), bytes);
    }
  }
}
