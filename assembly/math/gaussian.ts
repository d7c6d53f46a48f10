import { Lanes } from "../lanes";
import { Exp } from "./exp";
import { Polynomial } from "./polynomial";
import { Wide } from "./wide";

const CONSTANT: f64 = 0.4431589723583057;

/** The Gaussian function e^(-x^2/2) and its tail, in f64 lanes with the precision of T. */
export abstract class Gaussian {
  /** factor (1 + rest) e^(-x^2 h) for x >= 0, h = 1 or 1/2, scaled as in `Wide`. The factors come without a rounding of their own. */
  @inline static bell<T extends number>(x: v128, h: f64, factor: v128, rest: v128): v128 {
    // Beyond the bound it is 0.
    const a = Lanes.atMost<f64>(x, Lanes.splat<f64>(sizeof<T>() == 4 ? 26 : h == 1 ? 27.5 : 39));
    const half = Lanes.splat<f64>(h);
    if (sizeof<T>() == 4) return v128.mul<f64>(factor, Wide.exp<T>(Lanes.negate<f64>(v128.mul<f64>(v128.mul<f64>(a, a), half))));
    // x = high + low, the first short enough for its square to be exact: an error in the exponent counts as often as it is large.
    const high = v128.and(a, v128.splat<i64>(0xfffffffff8000000));
    const low = v128.sub<f64>(a, high);
    const lowSquare = v128.mul<f64>(v128.mul<f64>(low, v128.add<f64>(a, high)), half);
    const u = Lanes.negate<f64>(v128.mul<f64>(v128.mul<f64>(high, high), half));
    const k = Exp.round<f64>(u);
    const power = v128.mul<f64>(factor, Exp.power<f64>(k, Wide.bias<T>()));
    const r = v128.sub<f64>(Exp.coarse<f64>(u, k), v128.sub<f64>(v128.add<f64>(Exp.fine<f64>(k), lowSquare), rest));
    return Lanes.multiplyAdd<f64>(power, Exp.expm1<f64>(r), power);
  }

  /**
   * e^(x^2/2) (1 - Phi(x)) for x >= 0: with Phi the distribution function of the normal distribution. Falls from 1/2 as slowly
   * as 1/x (Mills' ratio less a factor).
   *
   * (x + 0.8) times it, which is nearly constant, is a polynomial in s = (x - c)/(x + c) (after Shepherd and Laframboise 1981);
   * for f32 (x + c) times it, which saves a division. Minimax, fitted with Sollya's fpminimax: for f32 up to 20, where the
   * largest float32 times it is 0, with a relative error of 8.6e-11, for f64 up to 39.6 with that of its rounded coefficients,
   * 2.4e-17.
   */
  @inline static tail<T extends number>(x: v128): v128 {
    const c = Lanes.splat<f64>(sizeof<T>() == 4 ? 5 : 5.5);
    const bounded = Lanes.atMost<f64>(x, Lanes.splat<f64>(sizeof<T>() == 4 ? 20 : 39.6));
    const difference = v128.sub<f64>(bounded, c);
    const sum = v128.add<f64>(bounded, c);
    if (sizeof<T>() == 4) {
      const inverse = v128.div<f64>(Lanes.splat<f64>(1), sum);
      return v128.mul<f64>(Gaussian.polynomial<T>(v128.mul<f64>(difference, inverse)), inverse);
    }
    const s = v128.div<f64>(difference, sum);
    const polynomial = Lanes.multiplyAdd<f64>(s, Gaussian.polynomial<T>(s), Lanes.splat<f64>(CONSTANT));
    return v128.div<f64>(polynomial, v128.add<f64>(bounded, Lanes.splat<f64>(0.8)));
  }

  /** x (1 - Phi(x)) for x >= 0, scaled. */
  @inline static moment<T extends number>(x: v128): v128 {
    const bounded = Lanes.atMost<f64>(x, Lanes.splat<f64>(sizeof<T>() == 4 ? 20 : 39.6));
    if (sizeof<T>() == 4) return v128.mul<f64>(Gaussian.bell<T>(bounded, 0.5, bounded, bounded), Gaussian.tail<T>(bounded));
    // As `tail`, with what numerator and divisor were rounded by, relative to the numerator, which is close to 0.43.
    const constant = Lanes.splat<f64>(CONSTANT);
    const shift = Lanes.splat<f64>(0.8);
    const c = Lanes.splat<f64>(5.5);
    const s = v128.div<f64>(v128.sub<f64>(bounded, c), v128.add<f64>(bounded, c));
    const curve = v128.mul<f64>(s, Gaussian.polynomial<T>(s));
    const numerator = v128.add<f64>(constant, curve);
    const divisor = v128.add<f64>(bounded, shift);
    const tail = v128.div<f64>(numerator, divisor);
    const ofNumerator = v128.sub<f64>(curve, v128.sub<f64>(numerator, constant));
    const ofDivisor = v128.sub<f64>(shift, v128.sub<f64>(divisor, bounded));
    const rest = v128.mul<f64>(Lanes.multiplySubtract<f64>(ofDivisor, tail, ofNumerator), Lanes.splat<f64>(1 / 0.43));
    return v128.mul<f64>(Gaussian.bell<T>(bounded, 0.5, bounded, rest), tail);
  }

  /** The polynomial, for f64 less its constant and divided by s. */
  @inline private static polynomial<T extends number>(s: v128): v128 {
    if (sizeof<T>() == 4) {
      const s2 = v128.mul<f64>(s, s);
      const s4 = v128.mul<f64>(s2, s2);
      let p = Polynomial.cubic<f64>(s, s2, -0.0008035806210676407, 0.0005538039070473125, -4.403702147471552e-05, -5.5474014933789426e-05);
      p = Lanes.multiplyAdd<f64>(p, s4, Polynomial.cubic<f64>(s, s2, 0.16502026913078746, -0.0691179258746385, 0.020796109519084994, -0.002997262352242724));
      p = Lanes.multiplyAdd<f64>(p, s4, Polynomial.cubic<f64>(s, s2, 0.7691930497185975, -0.6653825018363253, 0.4953056199494384, -0.31353320919072913));
      return p;
    }
    const s2 = v128.mul<f64>(s, s);
    const s4 = v128.mul<f64>(s2, s2);
    let p = Lanes.multiplyAdd<f64>(Lanes.splat<f64>(1.1284678221856984e-10), s2, Polynomial.linear<f64>(s, -4.025649067781534e-09, -8.080968491000052e-10));
    p = Lanes.multiplyAdd<f64>(p, s4, Polynomial.cubic<f64>(s, s2, -2.1550278265106782e-07, -4.592766777969724e-08, 3.437347557600946e-08, 5.661068687702758e-09));
    p = Lanes.multiplyAdd<f64>(p, s4, Polynomial.cubic<f64>(s, s2, 3.2570480170404607e-08, -4.922083692410148e-06, 1.0399701171034116e-06, 4.79815481703373e-07));
    p = Lanes.multiplyAdd<f64>(p, s4, Polynomial.cubic<f64>(s, s2, 0.0011982294534335783, -7.066852559160746e-05, -9.775854458701824e-05, 3.986042883130457e-05));
    p = Lanes.multiplyAdd<f64>(p, s4, Polynomial.cubic<f64>(s, s2, 0.030260997063092022, -0.021044523970364826, 0.011294592112889034, -0.004549973528140672));
    p = Lanes.multiplyAdd<f64>(p, s4, Polynomial.cubic<f64>(s, s2, -0.06181256986538345, 0.013990527672210784, 0.018626762476716106, -0.032048570897695854));
    return p;
  }

  /** (Phi(x) - 1/2) / x in z = x^2 <= 1, for f64: minimax, fitted with Sollya's fpminimax; relative error 6.2e-17. */
  @inline static center(z: v128): v128 {
    const z2 = v128.mul<f64>(z, z);
    const z4 = v128.mul<f64>(z2, z2);
    let p = Lanes.multiplyAdd<f64>(Lanes.splat<f64>(5.226110442701013e-12), z2, Polynomial.linear<f64>(z, 2.2841373496015615e-09, -1.167149618874099e-10));
    p = Lanes.multiplyAdd<f64>(p, z4, Polynomial.cubic<f64>(z, z2, 0.00011543468955398877, -9.444662411324907e-06, 6.65981475580184e-07, -4.124147726512357e-08));
    p = Lanes.multiplyAdd<f64>(p, z4, Polynomial.cubic<f64>(z, z2, 0.3989422804014327, -0.06649038006690723, 0.009973557010073528, -0.0011873282158455269));
    return p;
  }

  // In f32 lanes, for results that are normal numbers: e^(-x^2 h) = 2^-k e^(-r h) with k = rounded(x^2) and r = remainder(x, k).

  @inline static rounded(square: v128, h: f64): v128 {
    return Lanes.multiplyAdd<f32>(square, Lanes.splat<f32>(1.4426950408889634 * h), Lanes.splat<f32>(12582912.0));
  }

  /** x^2 - k ln(2)/h for x >= 0. Of x = high + low the first is short enough for its square to be exact. */
  @inline static remainder(x: v128, rounded: v128, h: f64): v128 {
    const high = v128.and(x, v128.splat<i32>(0xfffff000));
    const low = v128.sub<f32>(x, high);
    const k = Exp.integer<f32>(rounded);
    const coarse = Lanes.multiplySubtract<f32>(k, Lanes.splat<f32>(0.693145751953125 / h), v128.mul<f32>(high, high));
    const rest = Lanes.multiplySubtract<f32>(k, Lanes.splat<f32>(1.428606765330187e-6 / h), v128.mul<f32>(low, v128.add<f32>(x, high)));
    return v128.add<f32>(coarse, rest);
  }

  /** x 2^-k */
  @inline static descended(x: v128, rounded: v128): v128 {
    return v128.sub<i32>(x, v128.shl<i32>(rounded, 23));
  }

  /** (e^(-r/2) - 1) / sqrt(2 pi) for |r| <= 0.7: minimax; error relative to e^(-r/2) / sqrt(2 pi) 2^-27, at 0 that of the rounded constant. */
  @inline static density(r: v128): v128 {
    let p = Polynomial.linear<f32>(r, -0.00010438064, 7.785522e-06);
    p = Lanes.multiplyAdd<f32>(p, r, Lanes.splat<f32>(0.0010396793));
    p = Lanes.multiplyAdd<f32>(p, r, Lanes.splat<f32>(-0.00831119));
    p = Lanes.multiplyAdd<f32>(p, r, Lanes.splat<f32>(0.049867596));
    p = Lanes.multiplyAdd<f32>(p, r, Lanes.splat<f32>(-0.19947115));
    return v128.mul<f32>(p, r);
  }
}
