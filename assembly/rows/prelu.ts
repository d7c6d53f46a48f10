import { Lanes } from "../lanes";
import { Memory } from "../memory";

/** Bytes of a round, as in loop.ts. */
const ROUND: usize = 64;

/** A function of an element and its slope. */
interface Sloped {
  of(x: v128, slope: v128): v128;
}

/** x for x > 0, slope x otherwise */
@final
class Line<T extends number> implements Sloped {
  @inline
  of(x: v128, slope: v128): v128 {
    const zero = Lanes.splat<T>(0);
    // 0 times -Infinity is 0 here, but NaN stays.
    const line = v128.or(v128.andnot(v128.mul<T>(x, slope), v128.eq<T>(slope, zero)), v128.ne<T>(x, x));
    return Lanes.select(v128.gt<T>(x, zero), x, line);
  }
}

/** 1 for x > 0, slope otherwise */
@final
class Slope<T extends number> implements Sloped {
  @inline
  of(x: v128, slope: v128): v128 {
    return v128.or(Lanes.select(v128.gt<T>(x, Lanes.splat<T>(0)), Lanes.splat<T>(1), slope), v128.ne<T>(x, x));
  }
}

/**
 * prelu(x) = x for x > 0, slope x otherwise; prelu'(0) = slope. The slopes are whole vectors of them, `period` bytes, gone
 * through again and again from `offset` bytes on.
 */
export abstract class Prelu {
  static forward<T extends number>(x: usize, y: usize, length: usize, slopes: usize, offset: usize, period: usize): void {
    Prelu.each<T, Line<T>>(x, y, length, slopes, offset, period);
  }

  static derivative<T extends number>(x: usize, dx: usize, length: usize, slopes: usize, offset: usize, period: usize): void {
    Prelu.each<T, Slope<T>>(x, dx, length, slopes, offset, period);
  }

  @inline private static each<T extends number, F extends Sloped>(x: usize, y: usize, length: usize, slopes: usize, offset: usize, period: usize): void {
    const f = changetype<F>(0);
    let bytes = length * sizeof<T>();
    while (bytes > 0) {
      let run = min(bytes, period - offset);
      bytes -= run;
      let p = slopes + offset;
      offset = 0;
      for (; run >= ROUND; run -= ROUND, x += ROUND, y += ROUND, p += ROUND) {
        v128.store(y, f.of(v128.load(x), v128.load(p)));
        v128.store(y, f.of(v128.load(x, 16), v128.load(p, 16)), 16);
        v128.store(y, f.of(v128.load(x, 32), v128.load(p, 32)), 32);
        v128.store(y, f.of(v128.load(x, 48), v128.load(p, 48)), 48);
      }
      for (; run > 0; run = Memory.next(run), x += 16, y += 16, p += 16) {
        Memory.store<T>(y, f.of(Memory.load<T>(x, run), v128.load(p)), run);
      }
    }
  }

  /**
   * dx, and dy x where x <= 0 added in double precision to the sums: one for each of the slopes, and after them for each
   * what the sum has lost by rounding. What has dy = 0 counts nothing.
   */
  static backward<T extends number>(
    dy: usize, x: usize, dx: usize, length: usize, slopes: usize, offset: usize, period: usize, sums: usize,
  ): void {
    const slope = changetype<Slope<T>>(0);
    const zero = Lanes.splat<T>(0);
    const wider: usize = sizeof<T>() == 4 ? 2 : 1;
    let bytes = length * sizeof<T>();
    while (bytes > 0) {
      let run = min(bytes, period - offset);
      bytes -= run;
      let p = slopes + offset;
      let sum = sums + wider * offset;
      offset = 0;
      for (; run > 0; run = Memory.next(run), dy += 16, x += 16, dx += 16, p += 16, sum += 16 * wider) {
        const d = Memory.load<T>(dy, run);
        const v = Memory.load<T>(x, run);
        Memory.store<T>(dx, v128.mul<T>(d, slope.of(v, v128.load(p))), run);
        // Beyond the end d is 0.
        const none = v128.or(v128.gt<T>(v, zero), v128.and(v128.eq<T>(d, zero), v128.eq<T>(v, v)));
        const gradient = v128.andnot(d, none);
        const place = v128.andnot(v, none);
        if (sizeof<T>() == 8) {
          Prelu.add(sum, sum + period, f64x2.mul(gradient, place));
        } else {
          const low = f64x2.mul(Lanes.lowDoubles(gradient), Lanes.lowDoubles(place));
          const high = f64x2.mul(Lanes.highDoubles(gradient), Lanes.highDoubles(place));
          Prelu.add(sum, sum + 2 * period, low);
          Prelu.add(sum + 16, sum + 2 * period + 16, high);
        }
      }
    }
  }

  /** Adds to a sum, and what is rounded away (Knuth's TwoSum) to what was lost before. */
  @inline private static add(sum: usize, losses: usize, term: v128): void {
    const before = v128.load(sum);
    const after = f64x2.add(before, term);
    const added = f64x2.sub(after, before);
    const lost = f64x2.add(f64x2.sub(before, f64x2.sub(after, added)), f64x2.sub(term, added));
    v128.store(sum, after);
    v128.store(losses, f64x2.add(v128.load(losses), lost));
  }
}
