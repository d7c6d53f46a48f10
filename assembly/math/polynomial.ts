import { Lanes } from "../lanes";

/**
 * Polynomials by Estrin's scheme: as many operations as Horner's, in a shorter chain, so that the processor overlaps
 * more vectors. `z` is x^2.
 */
export abstract class Polynomial {
  @inline static linear<T extends number>(x: v128, c0: f64, c1: f64): v128 {
    return Lanes.multiplyAdd<T>(Lanes.splat<T>(c1), x, Lanes.splat<T>(c0));
  }

  @inline static cubic<T extends number>(x: v128, z: v128, c0: f64, c1: f64, c2: f64, c3: f64): v128 {
    return Lanes.multiplyAdd<T>(Polynomial.linear<T>(x, c2, c3), z, Polynomial.linear<T>(x, c0, c1));
  }
}
