import { Lanes } from "../lanes";
import { Exp } from "../math/exp";
import { Memory } from "../memory";

/** What a run of sums is broken into: short runs keep the rounding error of long rows small. */
const RUN: usize = 4096;

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
      a = Lanes.atLeast<T>(a, Memory.fill<T>(Memory.load<T>(x, bytes), bytes, a));
    }
    return Lanes.maximum<T>(Lanes.atLeast<T>(a, b));
  }

  /** y = e^(x - maximum); the sum of y. */
  @inline static exponentials<T extends number>(x: usize, y: usize, bytes: usize, maximum: v128): f64 {
    const zero = Lanes.splat<T>(0);
    let sum: f64 = 0;
    while (bytes > 0) {
      let run = min(bytes, RUN);
      bytes -= run;
      let a = zero, b = zero;
      for (; run >= 32; run -= 32, x += 32, y += 32) {
        const e = Exp.decay<T>(v128.sub<T>(maximum, v128.load(x)));
        const f = Exp.decay<T>(v128.sub<T>(maximum, v128.load(x, 16)));
        v128.store(y, e);
        v128.store(y, f, 16);
        a = v128.add<T>(a, e);
        b = v128.add<T>(b, f);
      }
      for (; run > 0; run = Memory.next(run), x += 16, y += 16) {
        const e = Exp.decay<T>(v128.sub<T>(maximum, Memory.load<T>(x, run)));
        Memory.store<T>(y, e, run);
        a = v128.add<T>(a, Memory.fill<T>(e, run, zero));
      }
      sum += Lanes.sum<T>(v128.add<T>(a, b)) as f64;
    }
    return sum;
  }

  /** The sum of e^(x - maximum). */
  @inline static exponentialSum<T extends number>(x: usize, bytes: usize, maximum: v128): f64 {
    const zero = Lanes.splat<T>(0);
    let sum: f64 = 0;
    while (bytes > 0) {
      let run = min(bytes, RUN);
      bytes -= run;
      let a = zero;
      for (; run > 0; run = Memory.next(run), x += 16) {
        a = v128.add<T>(a, Memory.fill<T>(Exp.decay<T>(v128.sub<T>(maximum, Memory.load<T>(x, run))), run, zero));
      }
      sum += Lanes.sum<T>(a) as f64;
    }
    return sum;
  }

  /** The sum of x. */
  @inline static sum<T extends number>(x: usize, bytes: usize): f64 {
    let sum: f64 = 0;
    while (bytes > 0) {
      let run = min(bytes, RUN);
      bytes -= run;
      let a = Lanes.splat<T>(0);
      for (; run > 0; run = Memory.next(run), x += 16) a = v128.add<T>(a, Memory.load<T>(x, run));
      sum += Lanes.sum<T>(a) as f64;
    }
    return sum;
  }

  /** The sum of p (maximum - x); what has p = 0 counts nothing, also where x is -Infinity. */
  @inline static distance<T extends number>(p: usize, x: usize, bytes: usize, maximum: v128): f64 {
    const zero = Lanes.splat<T>(0);
    let sum: f64 = 0;
    while (bytes > 0) {
      let run = min(bytes, RUN);
      bytes -= run;
      let a = zero;
      for (; run > 0; run = Memory.next(run), p += 16, x += 16) {
        const weight = Memory.load<T>(p, run);
        const term = v128.mul<T>(weight, v128.sub<T>(maximum, Memory.load<T>(x, run)));
        a = v128.add<T>(a, v128.andnot(term, v128.eq<T>(weight, zero)));
      }
      sum += Lanes.sum<T>(a) as f64;
    }
    return sum;
  }

  /** The sum of x y. */
  @inline static dot<T extends number>(x: usize, y: usize, bytes: usize): f64 {
    let sum: f64 = 0;
    while (bytes > 0) {
      let run = min(bytes, RUN);
      bytes -= run;
      let a = Lanes.splat<T>(0);
      for (; run > 0; run = Memory.next(run), x += 16, y += 16) {
        a = v128.add<T>(a, v128.mul<T>(Memory.load<T>(x, run), Memory.load<T>(y, run)));
      }
      sum += Lanes.sum<T>(a) as f64;
    }
    return sum;
  }
}
