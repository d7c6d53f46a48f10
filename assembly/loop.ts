import { Activation, InvertibleActivation } from "./activation";
import { Memory } from "./memory";

/** Bytes of a round: four vectors, with which the cheap kernels run at the speed of memory. */
const ROUND: usize = 64;

/**
 * The elementwise loops: y[i] = f(x[i]) and dx[i] = dy[i] f'(...). Four vectors a round, then one at a time, the last one
 * in part. A vector is loaded before its place is written, so the output may be one of the inputs.
 */
export abstract class Loop {
  @inline static forward<T extends number, F extends Activation>(x: usize, y: usize, length: usize): void {
    const f = changetype<F>(0);
    let bytes = length * sizeof<T>();
    for (; bytes >= ROUND; bytes -= ROUND, x += ROUND, y += ROUND) {
      v128.store(y, f.forward(v128.load(x)));
      v128.store(y, f.forward(v128.load(x, 16)), 16);
      v128.store(y, f.forward(v128.load(x, 32)), 32);
      v128.store(y, f.forward(v128.load(x, 48)), 48);
    }
    for (; bytes > 0; bytes = Memory.next(bytes), x += 16, y += 16) {
      Memory.store<T>(y, f.forward(Memory.load<T>(x, bytes)), bytes);
    }
  }

  @inline static derivative<T extends number, F extends Activation>(x: usize, dx: usize, length: usize): void {
    const f = changetype<F>(0);
    let bytes = length * sizeof<T>();
    for (; bytes >= ROUND; bytes -= ROUND, x += ROUND, dx += ROUND) {
      v128.store(dx, f.derivative(v128.load(x)));
      v128.store(dx, f.derivative(v128.load(x, 16)), 16);
      v128.store(dx, f.derivative(v128.load(x, 32)), 32);
      v128.store(dx, f.derivative(v128.load(x, 48)), 48);
    }
    for (; bytes > 0; bytes = Memory.next(bytes), x += 16, dx += 16) {
      Memory.store<T>(dx, f.derivative(Memory.load<T>(x, bytes)), bytes);
    }
  }

  @inline static backward<T extends number, F extends Activation>(dy: usize, x: usize, dx: usize, length: usize): void {
    const f = changetype<F>(0);
    let bytes = length * sizeof<T>();
    for (; bytes >= ROUND; bytes -= ROUND, dy += ROUND, x += ROUND, dx += ROUND) {
      v128.store(dx, v128.mul<T>(v128.load(dy), f.derivative(v128.load(x))));
      v128.store(dx, v128.mul<T>(v128.load(dy, 16), f.derivative(v128.load(x, 16))), 16);
      v128.store(dx, v128.mul<T>(v128.load(dy, 32), f.derivative(v128.load(x, 32))), 32);
      v128.store(dx, v128.mul<T>(v128.load(dy, 48), f.derivative(v128.load(x, 48))), 48);
    }
    for (; bytes > 0; bytes = Memory.next(bytes), dy += 16, x += 16, dx += 16) {
      Memory.store<T>(dx, v128.mul<T>(Memory.load<T>(dy, bytes), f.derivative(Memory.load<T>(x, bytes))), bytes);
    }
  }

  @inline static backwardFromOutput<T extends number, F extends InvertibleActivation>(dy: usize, y: usize, dx: usize, length: usize): void {
    const f = changetype<F>(0);
    let bytes = length * sizeof<T>();
    for (; bytes >= ROUND; bytes -= ROUND, dy += ROUND, y += ROUND, dx += ROUND) {
      v128.store(dx, v128.mul<T>(v128.load(dy), f.derivativeFromOutput(v128.load(y))));
      v128.store(dx, v128.mul<T>(v128.load(dy, 16), f.derivativeFromOutput(v128.load(y, 16))), 16);
      v128.store(dx, v128.mul<T>(v128.load(dy, 32), f.derivativeFromOutput(v128.load(y, 32))), 32);
      v128.store(dx, v128.mul<T>(v128.load(dy, 48), f.derivativeFromOutput(v128.load(y, 48))), 48);
    }
    for (; bytes > 0; bytes = Memory.next(bytes), dy += 16, y += 16, dx += 16) {
      Memory.store<T>(dx, v128.mul<T>(Memory.load<T>(dy, bytes), f.derivativeFromOutput(Memory.load<T>(y, bytes))), bytes);
    }
  }
}
