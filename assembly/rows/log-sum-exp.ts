import { Lanes } from "../lanes";
import { Exp } from "../math/exp";
import { Log } from "../math/log";
import { Memory } from "../memory";
import { Row } from "./row";
import { Equal } from "./terms";

/** As the runs of Row. */
const RUN: usize = 512;

/**
 * logSumExp(x) = max + ln sum_j e^(x_j - max), one value a row, in double precision within.
 *
 * The maxima add a whole number to the sum; what the others add is kept apart from it, so that ln(1 + rest) has the
 * precision of a small rest.
 */
export abstract class LogSumExp {
  static forward<T extends number>(x: usize, y: usize, rows: usize, columns: usize): void {
    const bytes = columns * sizeof<T>();
    for (; rows > 0; rows--, x += bytes, y += sizeof<T>()) {
      const maximum = Row.maximum<T>(x, bytes);
      const ties = Row.total<T, Equal<T>>(x, bytes, v128.splat<T>(maximum));
      const rest = LogSumExp.rest<T>(x, columns, maximum as f64);
      const sum = ties + rest;
      const lost = rest - (sum - ties);
      store<T>(y, ((maximum as f64) + (LogSumExp.ln(sum) + lost / sum)) as T);
    }
  }

  /** y = y times the row's factor: of y = softmax(x), the gradient. */
  static scaleRows<T extends number>(factors: usize, y: usize, rows: usize, columns: usize): void {
    const bytes = columns * sizeof<T>();
    for (; rows > 0; rows--, factors += sizeof<T>()) {
      const factor = v128.splat<T>(load<T>(factors));
      for (let rest = bytes; rest > 0; rest = Memory.next(rest), y += 16) {
        Memory.store<T>(y, v128.mul<T>(Memory.load<T>(y, rest), factor), rest);
      }
      y -= Memory.overshoot(bytes);
    }
  }

  /** The sum of e^(x - maximum) over the elements that are not the maximum, two at a time. */
  @inline private static rest<T extends number>(x: usize, columns: usize, maximum: f64): f64 {
    const top = v128.splat<f64>(maximum);
    let sum: f64 = 0;
    while (columns > 0) {
      const run = min(columns, RUN);
      columns -= run;
      let a = Lanes.splat<f64>(0);
      for (const end = x + run * sizeof<T>(); x < end; x += 2 * sizeof<T>()) {
        const pair = end - x > sizeof<T>() ? LogSumExp.pair<T>(x) : f64x2.replace_lane(Lanes.splat<f64>(-Infinity), 0, load<T>(x) as f64);
        const e = Exp.decay<f64>(v128.sub<f64>(top, pair));
        a = v128.add<f64>(a, v128.andnot(e, v128.eq<f64>(pair, top)));
      }
      sum += Lanes.sum<f64>(a);
    }
    return sum;
  }

  @inline private static pair<T extends number>(x: usize): v128 {
    return sizeof<T>() == 8 ? v128.load(x) : f64x2.promote_low_f32x4(v128.load64_zero(x));
  }

  @inline private static ln(sum: f64): f64 {
    return v128.extract_lane<f64>(Log.ln<f64>(v128.splat<f64>(sum)), 0);
  }
}
