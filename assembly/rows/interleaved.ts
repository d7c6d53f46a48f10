import { Lanes } from "../lanes";
import { Exp } from "../math/exp";
import { Log } from "../math/log";
import { Memory } from "../memory";
import { Row } from "./row";

/** Bytes that a row may have: three of them fit the first-level cache. */
export const MOST: usize = 4096;

/**
 * softmax and its logarithm over short rows, three at a time: the maximum of the next before the exponentials of one, and beside
 * them the results of the last. Nothing waits for the end of a row. Nor is the maximum taken beside the exponentials: what is not
 * in the cache is read fast only where nothing else is done.
 */
export abstract class Interleaved {
  @inline static forward<T extends number>(x: usize, y: usize, rows: usize, bytes: usize, logarithm: bool): void {
    // The row before the first is the first: its results are overwritten, in place they are what was there.
    let back: usize = 0;
    let lastMaximum = Lanes.splat<T>(0);
    let lastSum = Lanes.splat<T>(logarithm ? 0 : 1);
    let maximum = Interleaved.maximum<T>(x, bytes, logarithm);
    for (; rows > 0; rows--) {
      const nextMaximum = Interleaved.maximum<T>(rows > 1 ? x + bytes : x, bytes, logarithm);
      let sum = Lanes.splat<T>(0), lost = sum;
      let rest = bytes;
      for (; ; rest = Memory.next(rest), x += 16, y += 16) {
        for (; rest >= 32; rest -= 32, x += 32, y += 32) {
          const u = v128.sub<T>(v128.load(x), maximum);
          const v = v128.sub<T>(v128.load(x, 16), maximum);
          if (!Lanes.all<T>(v128.and(Exp.isOrdinary<T>(u), Exp.isOrdinary<T>(v)))) break;
          const last = y - back;
          const from = logarithm ? x - back : last;
          v128.store(last, Interleaved.result<T>(v128.load(from), lastMaximum, lastSum, logarithm));
          v128.store(last, Interleaved.result<T>(v128.load(from, 16), lastMaximum, lastSum, logarithm), 16);
          const e = Exp.ordinary<T>(u);
          const f = Exp.ordinary<T>(v);
          if (!logarithm) {
            v128.store(y, e);
            v128.store(y, f, 16);
          }
          const both = v128.add<T>(e, f);
          lost = Row.lost<T>(lost, sum, both);
          sum = v128.add<T>(sum, both);
        }
        if (rest == 0) break;
        const from = logarithm ? x - back : y - back;
        Memory.store<T>(y - back, Interleaved.result<T>(Memory.load<T>(from, rest), lastMaximum, lastSum, logarithm), rest);
        let e = Exp.decay<T>(v128.sub<T>(maximum, Memory.load<T>(x, rest)));
        if (!logarithm) Memory.store<T>(y, e, rest);
        e = Memory.fill<T>(e, rest, Lanes.splat<T>(0));
        lost = Row.lost<T>(lost, sum, e);
        sum = v128.add<T>(sum, e);
      }
      const beyond = Memory.overshoot(bytes);
      x -= beyond;
      y -= beyond;
      back = bytes;
      lastMaximum = maximum;
      const total = Row.all<T>(sum, lost);
      lastSum = logarithm ? Log.ln<T>(Lanes.splat<T>(total)) : Lanes.splat<T>(1 / total);
      maximum = nextMaximum;
    }
    x -= back;
    y -= back;
    for (let rest = bytes; rest > 0; rest = Memory.next(rest), x += 16, y += 16) {
      Memory.store<T>(y, Interleaved.result<T>(Memory.load<T>(logarithm ? x : y, rest), lastMaximum, lastSum, logarithm), rest);
    }
  }

  /** x - maximum - ln sum, or e^(x - maximum) / sum. */
  @inline private static result<T extends number>(value: v128, maximum: v128, sum: v128, logarithm: bool): v128 {
    return logarithm ? v128.sub<T>(v128.sub<T>(value, maximum), sum) : v128.mul<T>(value, sum);
  }

  /** The maximum of a row; finite for softmax where everything is -Infinity, of which the logarithm makes NaN. */
  @inline private static maximum<T extends number>(x: usize, bytes: usize, logarithm: bool): v128 {
    const maximum = Row.maximum<T>(x, bytes);
    if (logarithm) return v128.splat<T>(maximum);
    return v128.splat<T>(max<T>(maximum, Row.least<T>()));
  }
}
