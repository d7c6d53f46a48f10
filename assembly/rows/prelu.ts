import { Lanes } from "../lanes";
import { Memory } from "../memory";

/**
 * prelu(x) = x for x > 0, slope x otherwise; prelu'(0) = slope. The slopes are whole vectors of them, `period` bytes, gone
 * through again and again from `offset` bytes on.
 */
export abstract class Prelu {
  static forward<T extends number>(x: usize, y: usize, length: usize, slopes: usize, offset: usize, period: usize): void {
    const zero = Lanes.splat<T>(0);
    const end = slopes + period;
    let p = slopes + offset;
    for (let bytes = length * sizeof<T>(); bytes > 0; bytes = Memory.next(bytes), x += 16, y += 16) {
      const v = Memory.load<T>(x, bytes);
      const slope = v128.load(p);
      // 0 times -Infinity is 0 here, but NaN stays.
      const line = v128.or(v128.andnot(v128.mul<T>(v, slope), v128.eq<T>(slope, zero)), v128.ne<T>(v, v));
      Memory.store<T>(y, Lanes.select(v128.gt<T>(v, zero), v, line), bytes);
      p += 16;
      if (p == end) p = slopes;
    }
  }

  static derivative<T extends number>(x: usize, dx: usize, length: usize, slopes: usize, offset: usize, period: usize): void {
    const end = slopes + period;
    let p = slopes + offset;
    for (let bytes = length * sizeof<T>(); bytes > 0; bytes = Memory.next(bytes), x += 16, dx += 16) {
      Memory.store<T>(dx, Prelu.slope<T>(Memory.load<T>(x, bytes), v128.load(p)), bytes);
      p += 16;
      if (p == end) p = slopes;
    }
  }

  /**
   * dx, and dy x where x <= 0 added in double precision to the sums: one for each of the slopes, and after them for each
   * what the sum has lost by rounding. What has dy = 0 counts nothing.
   */
  static backward<T extends number>(
    dy: usize, x: usize, dx: usize, length: usize, slopes: usize, offset: usize, period: usize, sums: usize,
  ): void {
    const zero = Lanes.splat<T>(0);
    const end = slopes + period;
    const wider: usize = sizeof<T>() == 4 ? 2 : 1;
    const losses = wider * period;
    let p = slopes + offset;
    let s = sums + wider * offset;
    for (let bytes = length * sizeof<T>(); bytes > 0; bytes = Memory.next(bytes), dy += 16, x += 16, dx += 16) {
      const d = Memory.load<T>(dy, bytes);
      const v = Memory.load<T>(x, bytes);
      Memory.store<T>(dx, v128.mul<T>(d, Prelu.slope<T>(v, v128.load(p))), bytes);
      // Beyond the end d is 0.
      const none = v128.or(v128.gt<T>(v, zero), v128.and(v128.eq<T>(d, zero), v128.eq<T>(v, v)));
      const gradient = v128.andnot(d, none);
      const place = v128.andnot(v, none);
      if (sizeof<T>() == 4) {
        const low = f64x2.mul(f64x2.promote_low_f32x4(gradient), f64x2.promote_low_f32x4(place));
        const high = f64x2.mul(f64x2.promote_low_f32x4(v128.shuffle<i64>(gradient, gradient, 1, 0)), f64x2.promote_low_f32x4(v128.shuffle<i64>(place, place, 1, 0)));
        Prelu.add(s, losses, low);
        Prelu.add(s + 16, losses, high);
      } else {
        Prelu.add(s, losses, f64x2.mul(gradient, place));
      }
      p += 16;
      s += 16 * wider;
      if (p == end) {
        p = slopes;
        s = sums;
      }
    }
  }

  @inline private static slope<T extends number>(x: v128, slope: v128): v128 {
    return v128.or(Lanes.select(v128.gt<T>(x, Lanes.splat<T>(0)), Lanes.splat<T>(1), slope), v128.ne<T>(x, x));
  }

  /** Adds to a sum, and what is rounded away (Knuth's TwoSum) to what was lost before. */
  @inline private static add(sum: usize, losses: usize, term: v128): void {
    const before = v128.load(sum);
    const after = f64x2.add(before, term);
    const added = f64x2.sub(after, before);
    const lost = f64x2.add(f64x2.sub(before, f64x2.sub(after, added)), f64x2.sub(term, added));
    v128.store(sum, after);
    v128.store(sum + losses, f64x2.add(v128.load(sum + losses), lost));
  }
}
