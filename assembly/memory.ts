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
