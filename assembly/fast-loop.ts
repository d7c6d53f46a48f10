import { Activation, FastBackward, FastForward, WideActivation } from "./activation";
import { Lanes } from "./lanes";
import { Memory, NOWHERE } from "./memory";

/** Bytes of a round: two vectors. */
const ROUND: usize = 32;
/** The bitmask of a vector that is ordinary in the lower two lanes. */
const BOTH: i32 = 3;

/** The slow way of what is computed in f64 lanes, for the lower two of four f32. */
@final
export class Widened<F extends WideActivation> implements Activation {
  @inline
  forward(x: v128): v128 {
    return f32x4.demote_f64x2_zero(changetype<F>(0).forward(Lanes.lowDoubles(x)));
  }

  @inline
  gradient(dy: v128, x: v128): v128 {
    return f32x4.demote_f64x2_zero(v128.mul<f64>(Lanes.lowDoubles(dy), changetype<F>(0).derivative(Lanes.lowDoubles(x))));
  }
}

/**
 * The loops for f32 elements of an activation F with a fast way, S its slow one. Rounds of two vectors, until one has an
 * element that is not ordinary or is the last: then two elements at a time, each going the way it would go anywhere else.
 */
export abstract class FastLoop {
  @inline static forward<F extends FastForward, S extends Activation>(x: usize, y: usize, length: usize): void {
    const f = changetype<F>(0);
    for (let bytes = length * 4; ; bytes = Memory.nextHalf(bytes), x += 8, y += 8) {
      for (; bytes >= ROUND; bytes -= ROUND, x += ROUND, y += ROUND) {
        const v = v128.load(x);
        const w = v128.load(x, 16);
        if (!Lanes.all<f32>(v128.and(f.ordinary(v), f.ordinary(w)))) break;
        v128.store(y, f.fast(v));
        v128.store(y, f.fast(w), 16);
      }
      if (bytes == 0) return;
      const v = Memory.loadHalf(x, bytes);
      const ordinary = f.ordinary(v);
      const which = i32x4.bitmask(ordinary) & BOTH;
      let result = v;
      if (which) result = f.fast(v);
      if (which != BOTH) result = Lanes.select(ordinary, result, changetype<S>(0).forward(v));
      Memory.storeHalf(y, result, bytes);
    }
  }

  /** With dy NOWHERE, f'(x) itself. */
  @inline static backward<F extends FastBackward, S extends Activation>(dy: usize, x: usize, dx: usize, length: usize): void {
    const f = changetype<F>(0);
    const given = dy != NOWHERE;
    let d = Lanes.splat<f32>(1), e = d;
    for (let bytes = length * 4; ; bytes = Memory.nextHalf(bytes), dy += 8, x += 8, dx += 8) {
      for (; bytes >= ROUND; bytes -= ROUND, dy += ROUND, x += ROUND, dx += ROUND) {
        const v = v128.load(x);
        const w = v128.load(x, 16);
        if (!Lanes.all<f32>(v128.and(f.ordinary(v), f.ordinary(w)))) break;
        if (given) {
          d = v128.load(dy);
          e = v128.load(dy, 16);
        }
        v128.store(dx, f.fastGradient(d, v));
        v128.store(dx, f.fastGradient(e, w), 16);
      }
      if (bytes == 0) return;
      const v = Memory.loadHalf(x, bytes);
      if (given) d = Memory.loadHalf(dy, bytes);
      const ordinary = f.ordinary(v);
      const which = i32x4.bitmask(ordinary) & BOTH;
      let result = v;
      if (which) result = f.fastGradient(d, v);
      if (which != BOTH) result = Lanes.select(ordinary, result, changetype<S>(0).gradient(d, v));
      Memory.storeHalf(dx, result, bytes);
    }
  }
}
