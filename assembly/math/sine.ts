import { Lanes } from "../lanes";
import { Polynomial } from "./polynomial";

export abstract class Sine {
  /** sin(r) - r for |r| <= pi/4, in f64 lanes with the precision of T: a minimax polynomial fitted with Sollya's fpminimax. */
  @inline static rest<T extends number>(r: v128): v128 {
    const z = v128.mul<f64>(r, r);
    return v128.mul<f64>(v128.mul<f64>(r, z), Sine.polynomial<T>(z));
  }

  @inline private static polynomial<T extends number>(z: v128): v128 {
    if (sizeof<T>() == 4) {
      return Polynomial.cubic<f64>(z, v128.mul<f64>(z, z), -0.1666666666381634, 0.008333331863303553, -0.00019840081776557184, 2.7249386452580455e-06);
    }
    const z2 = v128.mul<f64>(z, z);
    const high = Lanes.multiplyAdd<f64>(Lanes.splat<f64>(-7.064904149329798e-13), z2, Polynomial.linear<f64>(z, -2.5052025349191665e-08, 1.604805755277028e-10));
    const low = Polynomial.cubic<f64>(z, z2, -0.16666666666666666, 0.008333333333332913, -0.0001984126984072432, 2.755731891944174e-06);
    return Lanes.multiplyAdd<f64>(high, v128.mul<f64>(z2, z2), low);
  }
}
