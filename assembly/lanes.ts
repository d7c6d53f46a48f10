/** What every kernel needs on the lanes of a vector, for T = f32 and f64. Nothing here touches memory. */
export abstract class Lanes {
  @inline static splat<T extends number>(value: f64): v128 {
    return v128.splat<T>(value as T);
  }

  /** a where the mask is set, b elsewhere; the bits of each lane of the mask are all the same. */
  @inline static select(mask: v128, a: v128, b: v128): v128 {
    // One x86 instruction where bitselect is three.
    if (ASC_FEATURE_RELAXED_SIMD) return v128.relaxed_laneselect<i32>(a, b, mask);
    return v128.bitselect(a, b, mask);
  }

  /** a b + c, in the relaxed build rounded once where the processor can: nothing may depend on that. */
  @inline static multiplyAdd<T extends number>(a: v128, b: v128, c: v128): v128 {
    if (ASC_FEATURE_RELAXED_SIMD) return v128.relaxed_madd<T>(a, b, c);
    return v128.add<T>(v128.mul<T>(a, b), c);
  }

  /** c - a b, as multiplyAdd. */
  @inline static multiplySubtract<T extends number>(a: v128, b: v128, c: v128): v128 {
    if (ASC_FEATURE_RELAXED_SIMD) return v128.relaxed_nmadd<T>(a, b, c);
    return v128.sub<T>(c, v128.mul<T>(a, b));
  }

  /** Whether a mask is set in all lanes. */
  @inline static all<T extends number>(mask: v128): bool {
    return sizeof<T>() == 4 ? i32x4.bitmask(mask) == 15 : i64x2.bitmask(mask) == 3;
  }

  // The sign by bit operations: V8 builds the masks of `abs` and `neg` anew at every use.

  @inline static abs<T extends number>(x: v128): v128 {
    return v128.andnot(x, Lanes.splat<T>(-0.0));
  }

  @inline static negate<T extends number>(x: v128): v128 {
    return v128.xor(x, Lanes.splat<T>(-0.0));
  }

  /** |x| with the sign of y, for x >= 0. */
  @inline static withSign<T extends number>(x: v128, y: v128): v128 {
    return v128.or(x, v128.and(y, Lanes.splat<T>(-0.0)));
  }

  /** x with its sign changed where y is negative. */
  @inline static alongside<T extends number>(x: v128, y: v128): v128 {
    return v128.xor(x, v128.and(y, Lanes.splat<T>(-0.0)));
  }

  /** x 2^n where the mask is set, for powers of two x; the result has to be in the range, x need not. */
  @inline static multipliedBy<T extends number>(x: v128, mask: v128, n: i32): v128 {
    if (sizeof<T>() == 4) return v128.add<i32>(x, v128.and(mask, v128.splat<i32>(n << 23)));
    return v128.add<i64>(x, v128.and(mask, v128.splat<i64>((n as i64) << 52)));
  }

  // The lower and the upper two of four f32 as f64.

  @inline static lowDoubles(x: v128): v128 {
    return f64x2.promote_low_f32x4(x);
  }

  @inline static highDoubles(x: v128): v128 {
    return f64x2.promote_low_f32x4(v128.shuffle<i64>(x, x, 1, 0));
  }

  /** Two vectors of f64 as one of f32. */
  @inline static singles(low: v128, high: v128): v128 {
    return v128.shuffle<i64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
  }

  // pmin and pmax are one x86 instruction where min and max are eight. They return their first operand if either is
  // NaN, so with x first a NaN passes through.

  @inline static atMost<T extends number>(x: v128, high: v128): v128 {
    return v128.pmin<T>(x, high);
  }

  @inline static atLeast<T extends number>(x: v128, low: v128): v128 {
    return v128.pmax<T>(x, low);
  }

  /** value where the mask is set, 0 elsewhere, and NaN where x is NaN. */
  @inline static where<T extends number>(mask: v128, value: v128, x: v128): v128 {
    return v128.or(v128.and(mask, value), v128.ne<T>(x, x));
  }

  /** dy where the mask is set, dy times 0 elsewhere, and NaN where x is NaN: the gradient through a slope of 1 or 0. */
  @inline static passed<T extends number>(dy: v128, mask: v128, x: v128): v128 {
    return v128.mul<T>(dy, Lanes.where<T>(mask, Lanes.splat<T>(1), x));
  }

  // Horizontal reductions, always in the same order of lanes.

  @inline static sum<T extends number>(x: v128): T {
    if (sizeof<T>() == 4) {
      return ((v128.extract_lane<f32>(x, 0) + v128.extract_lane<f32>(x, 2)) + (v128.extract_lane<f32>(x, 1) + v128.extract_lane<f32>(x, 3))) as T;
    }
    return (v128.extract_lane<f64>(x, 0) + v128.extract_lane<f64>(x, 1)) as T;
  }

  @inline static maximum<T extends number>(x: v128): T {
    if (sizeof<T>() == 4) x = v128.pmax<f32>(x, v128.shuffle<i32>(x, x, 2, 3, 0, 1));
    const y = sizeof<T>() == 4 ? v128.shuffle<i32>(x, x, 1, 0, 3, 2) : v128.shuffle<i64>(x, x, 1, 0);
    return v128.extract_lane<T>(v128.pmax<T>(x, y), 0);
  }
}
