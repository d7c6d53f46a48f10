/** An address where no array can be. */
export const NOWHERE: usize = usize.MAX_VALUE;

/**
 * Loads and stores of vectors at the end of an array: no byte beyond it is read or written, and the lanes that hold
 * elements go through the same arithmetic as everywhere else.
 */
export abstract class Memory {
  /** The vector at p of which the array has `bytes` bytes (at least one element) left; 0 beyond. */
  @inline static load<T extends number>(p: usize, bytes: usize): v128 {
    if (bytes >= 16) return v128.load(p);
    if (sizeof<T>() == 8) return v128.load64_zero(p);
    let v = v128.load32_zero(p);
    if (bytes > 4) v = f32x4.replace_lane(v, 1, load<f32>(p, 4));
    if (bytes > 8) v = f32x4.replace_lane(v, 2, load<f32>(p, 8));
    return v;
  }

  /** The same with `filler` in the lanes beyond. */
  @inline static loadFilled<T extends number>(p: usize, bytes: usize, filler: v128): v128 {
    if (bytes >= 16) return v128.load(p);
    if (sizeof<T>() == 8) return v128.load64_lane(p, filler, 0);
    let v = v128.load32_lane(p, filler, 0);
    if (bytes > 4) v = v128.load32_lane(p, v, 1, 4);
    if (bytes > 8) v = v128.load32_lane(p, v, 2, 8);
    return v;
  }

  @inline static store<T extends number>(p: usize, v: v128, bytes: usize): void {
    if (bytes >= 16) {
      v128.store(p, v);
    } else if (sizeof<T>() == 8) {
      v128.store64_lane(p, v, 0);
    } else {
      v128.store32_lane(p, v, 0);
      if (bytes > 4) v128.store32_lane(p, v, 1, 4);
      if (bytes > 8) v128.store32_lane(p, v, 2, 8);
    }
  }

  /** Two elements at p, of which `length` are left, as f64; the second is 0 if there is one only. */
  @inline static loadWide<T extends number>(p: usize, length: usize): v128 {
    if (sizeof<T>() == 8) return length > 1 ? v128.load(p) : v128.load64_zero(p);
    return f64x2.promote_low_f32x4(length > 1 ? v128.load64_zero(p) : v128.load32_zero(p));
  }

  @inline static storeWide<T extends number>(p: usize, v: v128, length: usize): void {
    if (sizeof<T>() == 8) {
      if (length > 1) v128.store(p, v);
      else v128.store64_lane(p, v, 0);
    } else {
      const narrow = f32x4.demote_f64x2_zero(v);
      if (length > 1) v128.store64_lane(p, narrow, 0);
      else v128.store32_lane(p, narrow, 0);
    }
  }

  // Two f32 at p, of which `bytes` bytes are left, in the lower lanes; 0 for the second if there is one only.

  @inline static loadHalf(p: usize, bytes: usize): v128 {
    return bytes > 4 ? v128.load64_zero(p) : v128.load32_zero(p);
  }

  @inline static storeHalf(p: usize, v: v128, bytes: usize): void {
    if (bytes > 4) v128.store64_lane(p, v, 0);
    else v128.store32_lane(p, v, 0);
  }

  /** What of `bytes` is left after two f32. */
  @inline static nextHalf(bytes: usize): usize {
    return bytes > 8 ? bytes - 8 : 0;
  }

  /** What of `length` elements is left after two. */
  @inline static nextWide(length: usize): usize {
    return length > 2 ? length - 2 : 0;
  }

  /** `v` in the lanes that hold elements, `filler` in those beyond. */
  @inline static fill<T extends number>(v: v128, bytes: usize, filler: v128): v128 {
    if (bytes >= 16) return v;
    if (sizeof<T>() == 8) return v128.shuffle<i64>(v, filler, 0, 3);
    if (bytes <= 4) return v128.shuffle<i32>(v, filler, 0, 5, 6, 7);
    if (bytes <= 8) return v128.shuffle<i32>(v, filler, 0, 1, 6, 7);
    return v128.shuffle<i32>(v, filler, 0, 1, 2, 7);
  }

  /** How far steps of whole vectors lead beyond a row of `bytes` bytes. */
  @inline static overshoot(bytes: usize): usize {
    return (~bytes + 1) & 15;
  }

  /** What of `bytes` is left after one vector. */
  @inline static next(bytes: usize): usize {
    return bytes > 16 ? bytes - 16 : 0;
  }
}
