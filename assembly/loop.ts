import { Activation, InvertibleActivation } from "./activation";
import { Lanes } from "./lanes";
import { Memory, NOWHERE } from "./memory";

/** Bytes of a round: four vectors, with which the cheap kernels run at the speed of memory. */
const ROUND: usize = 64;

/**
 * The elementwise loops: y[i] = f(x[i]) and dx[i] = dy[i] f'(...). Four vectors a round if they are `unrolled`, then one at a
 * time, the last one in part. A vector is loaded before its place is written, so the output may be one of the inputs.
 */
export abstract class Loop {
  @inline static forward<T extends number, F extends Activation>(x: usize, y: usize, length: usize, unrolled: bool): void {
    const f = changetype<F>(0);
    let bytes = length * sizeof<T>();
    if (unrolled) for (; bytes >= ROUND; bytes -= ROUND, x += ROUND, y += ROUND) {
      v128.store(y, f.forward(v128.load(x)));
      v128.store(y, f.forward(v128.load(x, 16)), 16);
      v128.store(y, f.forward(v128.load(x, 32)), 32);
      v128.store(y, f.forward(v128.load(x, 48)), 48);
    }
    for (; bytes > 0; bytes = Memory.next(bytes), x += 16, y += 16) {
      Memory.store<T>(y, f.forward(Memory.load<T>(x, bytes)), bytes);
    }
  }

  /** With dy NOWHERE, f'(x) itself. */
  @inline static backward<T extends number, F extends Activation>(dy: usize, x: usize, dx: usize, length: usize, unrolled: bool): void {
    const f = changetype<F>(0);
    const given = dy != NOWHERE;
    let d0 = Lanes.splat<T>(1), d1 = d0, d2 = d0, d3 = d0;
    let bytes = length * sizeof<T>();
    if (unrolled) for (; bytes >= ROUND; bytes -= ROUND, dy += ROUND, x += ROUND, dx += ROUND) {
      if (given) {
        d0 = v128.load(dy);
        d1 = v128.load(dy, 16);
        d2 = v128.load(dy, 32);
        d3 = v128.load(dy, 48);
      }
      v128.store(dx, f.gradient(d0, v128.load(x)));
      v128.store(dx, f.gradient(d1, v128.load(x, 16)), 16);
      v128.store(dx, f.gradient(d2, v128.load(x, 32)), 32);
      v128.store(dx, f.gradient(d3, v128.load(x, 48)), 48);
    }
    for (; bytes > 0; bytes = Memory.next(bytes), dy += 16, x += 16, dx += 16) {
      if (given) d0 = Memory.load<T>(dy, bytes);
      Memory.store<T>(dx, f.gradient(d0, Memory.load<T>(x, bytes)), bytes);
    }
  }

  @inline static backwardFromOutput<T extends number, F extends InvertibleActivation>(dy: usize, y: usize, dx: usize, length: usize, unrolled: bool): void {
    const f = changetype<F>(0);
    let bytes = length * sizeof<T>();
    if (unrolled) for (; bytes >= ROUND; bytes -= ROUND, dy += ROUND, y += ROUND, dx += ROUND) {
      v128.store(dx, f.gradientFromOutput(v128.load(dy), v128.load(y)));
      v128.store(dx, f.gradientFromOutput(v128.load(dy, 16), v128.load(y, 16)), 16);
      v128.store(dx, f.gradientFromOutput(v128.load(dy, 32), v128.load(y, 32)), 32);
      v128.store(dx, f.gradientFromOutput(v128.load(dy, 48), v128.load(y, 48)), 48);
    }
    for (; bytes > 0; bytes = Memory.next(bytes), dy += 16, y += 16, dx += 16) {
      Memory.store<T>(dx, f.gradientFromOutput(Memory.load<T>(dy, bytes), Memory.load<T>(y, bytes)), bytes);
    }
  }
}
