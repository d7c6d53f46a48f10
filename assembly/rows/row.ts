import { Lanes } from "../lanes";
import { Exp } from "../math/exp";
import { Memory, NOWHERE } from "../memory";
import { Distance, Itself, PairTerm, Product, Term } from "./terms";

/** Reductions over one row of `bytes` bytes, in an order that depends on nothing but its length. */
export abstract class Row {
  /** The largest element; NaNs are passed over. */
  @inline static maximum<T extends number>(x: usize, bytes: usize): T {
    let a = Lanes.splat<T>(-Infinity);
    let b = a;
    for (; bytes >= 32; bytes -= 32, x += 32) {
      a = Lanes.atLeast<T>(a, v128.load(x));
      b = Lanes.atLeast<T>(b, v128.load(x, 16));
    }
    for (; bytes > 0; bytes = Memory.next(bytes), x += 16) {
      a = Lanes.atLeast<T>(a, Memory.loadFilled<T>(x, bytes, a));
    }
    return Lanes.maximum<T>(Lanes.atLeast<T>(a, b));
  }

  /** The least finite number. */
  @inline static least<T extends number>(): T {
    return sizeof<T>() == 4 ? -f32.MAX_VALUE as T : -f64.MAX_VALUE as T;
  }

  /**
   * y = e^(x - maximum), unless y is NOWHERE; the sum of that, which may leave out what is the maximum. Two vectors at a time
   * while all of their elements are ordinary.
   */
  @inline static exponentials<T extends number>(x: usize, y: usize, bytes: usize, maximum: v128, withMaximum: bool = true): f64 {
    const zero = Lanes.splat<T>(0);
    const wanted = y != NOWHERE;
    let sum = zero, lost = zero;
    for (; ; bytes = Memory.next(bytes), x += 16, y += 16) {
      for (; bytes >= 32; bytes -= 32, x += 32, y += 32) {
        const first = v128.load(x);
        const second = v128.load(x, 16);
        const u = v128.sub<T>(first, maximum);
        const v = v128.sub<T>(second, maximum);
        if (!Lanes.all<T>(v128.and(Exp.isOrdinary<T>(u), Exp.isOrdinary<T>(v)))) break;
        let e = Exp.ordinary<T>(u);
        let f = Exp.ordinary<T>(v);
        if (!withMaximum) {
          e = v128.andnot(e, v128.eq<T>(first, maximum));
          f = v128.andnot(f, v128.eq<T>(second, maximum));
        }
        if (wanted) {
          v128.store(y, e);
          v128.store(y, f, 16);
        }
        const both = v128.add<T>(e, f);
        lost = Row.lost<T>(lost, sum, both);
        sum = v128.add<T>(sum, both);
      }
      if (bytes == 0) break;
      const v = Memory.load<T>(x, bytes);
      let e = Exp.decay<T>(v128.sub<T>(maximum, v));
      if (!withMaximum) e = v128.andnot(e, v128.eq<T>(v, maximum));
      if (wanted) Memory.store<T>(y, e, bytes);
      e = Memory.fill<T>(e, bytes, zero);
      lost = Row.lost<T>(lost, sum, e);
      sum = v128.add<T>(sum, e);
    }
    return Row.all<T>(sum, lost);
  }

  // Sums keep what they are rounded by apart (Kahan 1965): many small terms next to a large one are all rounded the same way.

  /** What was lost, and what sum + term is rounded by. */
  @inline static lost<T extends number>(lost: v128, sum: v128, term: v128): v128 {
    return v128.add<T>(lost, v128.sub<T>(term, v128.sub<T>(v128.add<T>(sum, term), sum)));
  }

  /** Both, of all lanes; of an infinite sum nothing is known to be lost. */
  @inline static all<T extends number>(sum: v128, lost: v128): f64 {
    return Lanes.sum<T>(v128.add<T>(sum, v128.and(lost, v128.eq<T>(lost, lost)))) as f64;
  }

  /** y = y factor */
  @inline static scale<T extends number>(y: usize, bytes: usize, factor: v128): void {
    for (; bytes >= 32; bytes -= 32, y += 32) {
      v128.store(y, v128.mul<T>(v128.load(y), factor));
      v128.store(y, v128.mul<T>(v128.load(y, 16), factor), 16);
    }
    for (; bytes > 0; bytes = Memory.next(bytes), y += 16) Memory.store<T>(y, v128.mul<T>(Memory.load<T>(y, bytes), factor), bytes);
  }

  /** The sum of the terms F of x and c. */
  @inline static total<T extends number, F extends Term>(x: usize, bytes: usize, c: v128): f64 {
    const f = changetype<F>(0);
    let sum = Lanes.splat<T>(0), lost = sum;
    for (; bytes >= 32; bytes -= 32, x += 32) {
      const both = v128.add<T>(f.of(c, v128.load(x)), f.of(c, v128.load(x, 16)));
      lost = Row.lost<T>(lost, sum, both);
      sum = v128.add<T>(sum, both);
    }
    for (; bytes > 0; bytes = Memory.next(bytes), x += 16) {
      const term = Memory.fill<T>(f.of(c, Memory.load<T>(x, bytes)), bytes, Lanes.splat<T>(0));
      lost = Row.lost<T>(lost, sum, term);
      sum = v128.add<T>(sum, term);
    }
    return Row.all<T>(sum, lost);
  }

  /** The sum of the terms F of x, y and c. */
  @inline static totalOfPairs<T extends number, F extends PairTerm>(x: usize, y: usize, bytes: usize, c: v128): f64 {
    const f = changetype<F>(0);
    let sum = Lanes.splat<T>(0), lost = sum;
    for (; bytes >= 32; bytes -= 32, x += 32, y += 32) {
      const both = v128.add<T>(f.of(c, v128.load(x), v128.load(y)), f.of(c, v128.load(x, 16), v128.load(y, 16)));
      lost = Row.lost<T>(lost, sum, both);
      sum = v128.add<T>(sum, both);
    }
    for (; bytes > 0; bytes = Memory.next(bytes), x += 16, y += 16) {
      const term = f.of(c, Memory.load<T>(x, bytes), Memory.load<T>(y, bytes));
      lost = Row.lost<T>(lost, sum, term);
      sum = v128.add<T>(sum, term);
    }
    return Row.all<T>(sum, lost);
  }

  /** The sum of x. */
  @inline static sum<T extends number>(x: usize, bytes: usize): f64 {
    return Row.total<T, Itself>(x, bytes, Lanes.splat<T>(0));
  }

  /** The sum of p (maximum - x). */
  @inline static distance<T extends number>(p: usize, x: usize, bytes: usize, maximum: v128): f64 {
    return Row.totalOfPairs<T, Distance<T>>(p, x, bytes, maximum);
  }

  /** The sum of x y. */
  @inline static dot<T extends number>(x: usize, y: usize, bytes: usize): f64 {
    return Row.totalOfPairs<T, Product<T>>(x, y, bytes, Lanes.splat<T>(0));
  }

  @inline static hasNaN<T extends number>(x: usize, bytes: usize): bool {
    let mask = v128.splat<i32>(0);
    for (; bytes > 0; bytes = Memory.next(bytes), x += 16) {
      const v = Memory.load<T>(x, bytes);
      mask = v128.or(mask, v128.ne<T>(v, v));
    }
    return v128.any_true(mask);
  }

  /** The place of the first element that is NaN, or that equals the maximum. */
  @inline static first<T extends number>(x: usize, bytes: usize, nan: bool, maximum: v128): usize {
    const lanes: usize = 16 / sizeof<T>();
    // Lanes beyond the row hold what is looked for by nobody.
    const beyond = nan ? Lanes.splat<T>(0) : Lanes.splat<T>(NaN);
    for (let at: usize = 0; ; at += lanes, bytes -= 16, x += 16) {
      const v = Memory.loadFilled<T>(x, bytes, beyond);
      const found = nan ? v128.ne<T>(v, v) : v128.eq<T>(v, maximum);
      const mask = sizeof<T>() == 4 ? i32x4.bitmask(found) : i64x2.bitmask(found);
      if (mask) return at + ctz(mask);
    }
    return unreachable();
  }
}
