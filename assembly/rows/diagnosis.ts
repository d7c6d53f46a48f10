import { Lanes } from "../lanes";
import { Memory } from "../memory";

/** Elements whose moments are found on their own before they are joined to those of all before. */
const RUN: usize = 512;

/** Places in the state, which is in double precision. */
const FINITE: usize = 0;
const NAN: usize = 8;
const INFINITE: usize = 16;
const DEAD: usize = 24;
const LEFT: usize = 32;
const RIGHT: usize = 40;
const MEAN: usize = 48;
const SQUARES: usize = 56;
const MINIMUM: usize = 64;
const MAXIMUM: usize = 72;

/** What an activation has made of a layer: counts, and the moments of what is finite. */
export abstract class Diagnosis {
  /**
   * Adds the elements of y to a state. `left` and `right` are the limits of the activation, NaN where it has none; what is
   * at most `near` from one is saturated, what is equal to one is dead.
   */
  static update<T extends number>(y: usize, state: usize, length: usize, left: f64, right: f64, near: f64): void {
    const leftLimit = f64x2.splat(left);
    const rightLimit = f64x2.splat(right);
    const distance = f64x2.splat(near);
    const infinity = f64x2.splat(Infinity);
    let finite = i64x2(0, 0), nan = finite, dead = finite, nearLeft = finite, nearRight = finite;
    let low = infinity, high = f64x2.splat(-Infinity);
    const odd = length & 1;
    const total = length;
    while (length > 0) {
      const run = min(length, RUN);
      length -= run;
      let sum = f64x2.splat(0);
      let count = i64x2(0, 0);
      let p = y;
      for (let rest = run; rest > 0; rest = Diagnosis.next(rest), p += 2 * sizeof<T>()) {
        const v = Diagnosis.pair<T>(p, rest);
        const isFinite = f64x2.lt(Lanes.abs<f64>(v), infinity);
        count = i64x2.sub(count, isFinite);
        nan = i64x2.sub(nan, f64x2.ne(v, v));
        dead = i64x2.sub(dead, v128.or(f64x2.eq(v, leftLimit), f64x2.eq(v, rightLimit)));
        nearLeft = i64x2.sub(nearLeft, f64x2.le(Lanes.abs<f64>(f64x2.sub(v, leftLimit)), distance));
        nearRight = i64x2.sub(nearRight, f64x2.le(Lanes.abs<f64>(f64x2.sub(v, rightLimit)), distance));
        sum = f64x2.add(sum, v128.and(v, isFinite));
        low = f64x2.pmin(low, v128.bitselect(v, infinity, isFinite));
        high = f64x2.pmax(high, v128.bitselect(v, Lanes.negate<f64>(infinity), isFinite));
      }
      finite = i64x2.add(finite, count);
      const found = Diagnosis.number(count);
      if (found > 0) {
        const mean = Lanes.sum<f64>(sum) / found;
        const about = f64x2.splat(mean);
        let squares = f64x2.splat(0), deviations = squares;
        p = y;
        for (let rest = run; rest > 0; rest = Diagnosis.next(rest), p += 2 * sizeof<T>()) {
          const v = Diagnosis.pair<T>(p, rest);
          const d = v128.and(f64x2.sub(v, about), f64x2.lt(Lanes.abs<f64>(v), infinity));
          squares = Lanes.multiplyAdd<f64>(d, d, squares);
          deviations = f64x2.add(deviations, d);
        }
        // The mean is rounded: what the deviations from it have in common is put right.
        const rest = Lanes.sum<f64>(deviations);
        Diagnosis.join(state, found, mean + rest / found, Lanes.sum<f64>(squares) - rest * rest / found);
      }
      y = p;
    }
    const numbers = Diagnosis.number(finite);
    // The lane beyond an odd end holds a NaN.
    const nans = Diagnosis.number(nan) - (odd as f64);
    Diagnosis.count(state + NAN, nans);
    Diagnosis.count(state + INFINITE, (total as f64) - numbers - nans);
    Diagnosis.count(state + DEAD, Diagnosis.number(dead));
    Diagnosis.count(state + LEFT, Diagnosis.number(nearLeft));
    Diagnosis.count(state + RIGHT, Diagnosis.number(nearRight));
    store<f64>(state + MINIMUM, min(load<f64>(state + MINIMUM), min(f64x2.extract_lane(low, 0), f64x2.extract_lane(low, 1))));
    store<f64>(state + MAXIMUM, max(load<f64>(state + MAXIMUM), max(f64x2.extract_lane(high, 0), f64x2.extract_lane(high, 1))));
  }

  /** Sets all bits of alive[j] where an element of column j is not at a limit. */
  static units<T extends number>(y: usize, alive: usize, rows: usize, columns: usize, left: f64, right: f64): void {
    const leftLimit = Lanes.splat<T>(left);
    const rightLimit = Lanes.splat<T>(right);
    const bytes = columns * sizeof<T>();
    for (; rows > 0; rows--, y += bytes) {
      let at: usize = 0;
      for (let rest = bytes; rest > 0; rest = Memory.next(rest), at += 16) {
        const v = Memory.load<T>(y + at, rest);
        const dead = v128.or(v128.eq<T>(v, leftLimit), v128.eq<T>(v, rightLimit));
        Memory.store<T>(alive + at, v128.or(Memory.load<T>(alive + at, rest), v128.not(dead)), rest);
      }
    }
  }

  /** Moments of disjoint sets joined: Chan, Golub and LeVeque, 1979. */
  @inline private static join(state: usize, count: f64, mean: f64, squares: f64): void {
    const before = load<f64>(state + FINITE);
    const all = before + count;
    const delta = mean - load<f64>(state + MEAN);
    store<f64>(state + FINITE, all);
    store<f64>(state + MEAN, load<f64>(state + MEAN) + delta * (count / all));
    store<f64>(state + SQUARES, load<f64>(state + SQUARES) + squares + delta * delta * (before * (count / all)));
  }

  /** Two elements in double precision, or the last one and a NaN. */
  @inline private static pair<T extends number>(p: usize, rest: usize): v128 {
    if (rest < 2) return f64x2.replace_lane(f64x2.splat(NaN), 0, load<T>(p) as f64);
    return sizeof<T>() == 4 ? f64x2.promote_low_f32x4(v128.load64_zero(p)) : v128.load(p);
  }

  @inline private static next(rest: usize): usize {
    return rest > 2 ? rest - 2 : 0;
  }

  @inline private static number(counts: v128): f64 {
    return (i64x2.extract_lane(counts, 0) + i64x2.extract_lane(counts, 1)) as f64;
  }

  @inline private static count(place: usize, more: f64): void {
    store<f64>(place, load<f64>(place) + more);
  }
}
