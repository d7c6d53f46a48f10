import { Lanes } from "../lanes";
import { Exact } from "./exact";

/** Arguments of functions with period pi. */
export abstract class Angle {
  /**
   * a x + quarter pi/4 less the nearest multiple of pi, in f64 lanes: quarter is 0 or 1, u + rest the product of a and x. With
   * all its digits also near 0, and NaN for an infinite x.
   */
  @inline static reduce(x: v128, a: v128, u: v128, rest: v128, quarter: f64): v128 {
    const shift = Lanes.splat<f64>(6755399441055744.0);
    const turns = Lanes.multiplyAdd<f64>(u, Lanes.splat<f64>(0.3183098861837907), Lanes.splat<f64>(quarter * 0.25));
    const n = v128.sub<f64>(v128.add<f64>(turns, shift), shift);
    // pi in three parts (Cody and Waite): the products of the first two with n are exact.
    const coarse = Lanes.multiplySubtract<f64>(n, Lanes.splat<f64>(3.1415926534682512), u);
    const middle = v128.mul<f64>(n, Lanes.splat<f64>(1.2154201012607932e-10));
    const low = Lanes.multiplySubtract<f64>(n, Lanes.splat<f64>(4.044532497591901e-21), rest);
    const difference = v128.sub<f64>(coarse, middle);
    const lost = v128.sub<f64>(v128.sub<f64>(coarse, difference), middle);
    if (quarter == 0) return Angle.beyond(v128.add<f64>(difference, v128.add<f64>(lost, low)), x, a, u, quarter);
    const offset = Lanes.splat<f64>(0.7853981633974483);
    const sum = v128.add<f64>(difference, offset);
    const part = v128.sub<f64>(sum, difference);
    const lostBySum = v128.add<f64>(v128.sub<f64>(difference, v128.sub<f64>(sum, part)), v128.sub<f64>(offset, part));
    const small = v128.add<f64>(v128.add<f64>(lost, lostBySum), v128.add<f64>(low, Lanes.splat<f64>(3.061616997868383e-17)));
    return Angle.beyond(v128.add<f64>(sum, small), x, a, u, quarter);
  }

  /** Whether |r| > pi/4. */
  @inline static isSteep(r: v128): v128 {
    return v128.gt<f64>(Lanes.abs<f64>(r), Lanes.splat<f64>(0.7853981633974483));
  }

  /** |r|, or pi/2 - |r| where it is steep. */
  @inline static fold(r: v128, steep: v128): v128 {
    const magnitude = Lanes.abs<f64>(r);
    const complement = v128.add<f64>(v128.sub<f64>(Lanes.splat<f64>(1.5707963267948966), magnitude), Lanes.splat<f64>(6.123233995736766e-17));
    return Lanes.select(steep, complement, magnitude);
  }

  /** `near`, but for lanes of a large u, where n has too many digits: those one by one. */
  @inline private static beyond(near: v128, x: v128, a: v128, u: v128, quarter: f64): v128 {
    const large = v128.gt<f64>(Lanes.abs<f64>(u), Lanes.splat<f64>(524288));
    if (!v128.any_true(large)) return near;
    let result = near;
    const factor = v128.extract_lane<f64>(a, 0);
    for (let lane = 0; lane < 2; lane++) {
      const product = v128.extract_lane<f64>(u, 0);
      if (Math.abs(product) > 524288) result = v128.replace_lane<f64>(result, 0, Angle.far(v128.extract_lane<f64>(x, 0), factor, product, quarter != 0));
      result = v128.shuffle<i64>(result, result, 1, 0);
      u = v128.shuffle<i64>(u, u, 1, 0);
      x = v128.shuffle<i64>(x, x, 1, 0);
    }
    return result;
  }

  /** The same for one number, u = a x. So rare, and so long, that it is the one function that is called and not inlined. */
  private static far(x: f64, a: f64, u: f64, quarter: bool): f64 {
    // The largest numbers are taken 2^-384 times: their product, or the parts that it is made of, may be beyond the range.
    const isHuge = max(Math.abs(x), Math.abs(u)) > 1e290;
    const argument = isHuge ? x * 2.5379418373156492e-116 : x;
    const product = argument * a;
    if (product - product != 0) return NaN;
    const rest = Exact.productError(v128.splat<f64>(argument), v128.splat<f64>(a), v128.splat<f64>(product));
    let part = product;
    let turns: u64 = quarter ? 1 << 62 : 0;
    for (let parts = 0; parts < 2; parts++) {
      turns += Angle.turns(part, isHuge ? 384 : 0);
      part = v128.extract_lane<f64>(rest, 0);
    }
    // The unit is 2^-64 of pi. In two parts, each of them exact as a double.
    const high = ((turns as i64) >> 12) << 12;
    const low = (turns as i64) - high;
    return (high as f64) * 1.7030607900432772e-19 + ((low as f64) * 1.7030607900432772e-19 + (high as f64) * 6.638823600814898e-36);
  }

  /**
   * The fraction of 2^shift x/pi in units of 2^-64: the product of x with those bits of 1/pi that make no whole turns (Payne and
   * Hanek 1983).
   */
  @inline private static turns(x: f64, shift: i32): u64 {
    const bits = reinterpret<u64>(x);
    const exponent = ((bits >> 52) & 0x7ff) as i32 - 1075 + shift;
    let turns: u64;
    if (exponent < -64) {
      // Less than a turn; with a shift x is 0 here.
      turns = (abs(x) * 5.871781006564003e18) as u64;
    } else {
      const m = (bits & 0x000fffffffffffff) | 0x0010000000000000;
      const at = exponent + 64;
      let first: u64 = 0, second: u64 = 0, third: u64 = 0;
      for (let word = at >> 6, end = word + 3; word < end; word++) {
        first = second;
        second = third;
        third = Angle.inversePi(word);
      }
      const within = at & 63;
      turns = m * Angle.window(first, second, within) + Angle.highProduct(m, Angle.window(second, third, within));
    }
    return x < 0 ? ~turns + 1 : turns;
  }

  /** 64 bits of two words, from a place in the first on. */
  @inline private static window(first: u64, second: u64, shift: u64): u64 {
    return shift == 0 ? first : (first << shift) | (second >> (64 - shift));
  }

  /** The upper half of a b. */
  @inline private static highProduct(a: u64, b: u64): u64 {
    const a1 = a >> 32, a0 = a & 0xffffffff;
    const b1 = b >> 32, b0 = b & 0xffffffff;
    const middle = a1 * b0 + ((a0 * b0) >> 32);
    return a1 * b1 + (middle >> 32) + ((a0 * b1 + (middle & 0xffffffff)) >> 32);
  }

  /** The bits of 1/pi by 64, after 64 bits of 0 for its whole part. No array: the module has no memory of its own. */
  @inline private static inversePi(word: i32): u64 {
    switch (word) {
      case 1: return 0x517cc1b727220a94;
      case 2: return 0xfe13abe8fa9a6ee0;
      case 3: return 0x6db14acc9e21c820;
      case 4: return 0xff28b1d5ef5de2b0;
      case 5: return 0xdb92371d2126e970;
      case 6: return 0x0324977504e8c90e;
      case 7: return 0x7f0ef58e5894d39f;
      case 8: return 0x74411afa975da242;
      case 9: return 0x74ce38135a2fbf20;
      case 10: return 0x9cc8eb1cc1a99cfa;
      case 11: return 0x4e422fc5defc941d;
      case 12: return 0x8ffc4bffef02cc07;
      case 13: return 0xf79788c5ad05368f;
      case 14: return 0xb69b3f6793e584db;
      case 15: return 0xa7a31fb34f2ff516;
      case 16: return 0xba93dd63f5f2f8bd;
      case 17: return 0x9e839cfbc5294975;
      case 18: return 0x35fdafd88fc6ae84;
      case 19: return 0x2b0198237e3db5d5;
      case 20: return 0xf867de104d7a1b0e;
      case 21: return 0xd4f1c8b0af730d84;
      case 22: return 0x32ccc2af8a503420;
      case 23: return 0x46ffec4026b99398;
      case 24: return 0x83030aab6539d464;
      case 25: return 0xb0713de04635a3e2;
      default: return 0;
    }
  }
}
