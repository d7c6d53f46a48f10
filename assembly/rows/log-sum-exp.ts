import { Log } from "../math/log";
import { NOWHERE } from "../memory";
import { Row } from "./row";
import { Equal } from "./terms";

/**
 * logSumExp(x) = max + ln sum_j e^(x_j - max), one value a row.
 *
 * The maxima add a whole number to the sum; what the others add is kept apart from it, so that ln(1 + rest) has the
 * precision of a small rest.
 */
export abstract class LogSumExp {
  static forward<T extends number>(x: usize, y: usize, rows: usize, columns: usize): void {
    const bytes = columns * sizeof<T>();
    for (; rows > 0; rows--, x += bytes, y += sizeof<T>()) {
      const maximum = Row.maximum<T>(x, bytes);
      const lanes = v128.splat<T>(maximum);
      const ties = Row.total<T, Equal<T>>(x, bytes, lanes);
      const rest = Row.exponentials<T>(x, NOWHERE, bytes, lanes, false);
      const sum = ties + rest;
      const lost = rest - (sum - ties);
      store<T>(y, ((maximum as f64) + (LogSumExp.ln(sum) + lost / sum)) as T);
    }
  }

  /** y = y times the row's factor: of y = softmax(x), the gradient. */
  static scaleRows<T extends number>(factors: usize, y: usize, rows: usize, columns: usize): void {
    const bytes = columns * sizeof<T>();
    for (; rows > 0; rows--, factors += sizeof<T>(), y += bytes) {
      Row.scale<T>(y, bytes, v128.splat<T>(load<T>(factors)));
    }
  }

  @inline private static ln(sum: f64): f64 {
    return v128.extract_lane<f64>(Log.ln<f64>(v128.splat<f64>(sum)), 0);
  }
}
