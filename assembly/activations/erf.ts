import { WideActivation } from "../activation";
import { Lanes } from "../lanes";
import { Gaussian } from "../math/gaussian";
import { Polynomial } from "../math/polynomial";
import { Wide } from "../math/wide";

/** erf(x) = 2/sqrt(pi) times the integral of e^-t^2 from 0 to x; its derivative is 2/sqrt(pi) e^-x^2. */
@final
export class Erf<T extends number> implements WideActivation {
  @inline
  forward(x: v128): v128 {
    const magnitude = Lanes.abs<f64>(x);
    const small = Lanes.multiplyAdd<f64>(magnitude, this.series(v128.mul<f64>(magnitude, magnitude)), magnitude);
    // 1 - erfc(|x|)
    const tail = Gaussian.tail<T>(v128.mul<f64>(magnitude, Lanes.splat<f64>(1.4142135623730951)));
    const erfc = v128.mul<f64>(Wide.unscale<T>(Gaussian.bell<T>(magnitude, 1, Lanes.splat<f64>(1), Lanes.splat<f64>(0))), v128.add<f64>(tail, tail));
    const large = v128.sub<f64>(Lanes.splat<f64>(1), erfc);
    return Lanes.withSign<f64>(Lanes.select(v128.lt<f64>(magnitude, Lanes.splat<f64>(0.75)), small, large), x);
  }

  @inline
  derivative(x: v128): v128 {
    return Wide.unscale<T>(Gaussian.bell<T>(Lanes.abs<f64>(x), 1, Lanes.splat<f64>(1.1283791670955126), Lanes.splat<f64>(0)));
  }

  /** erf(x)/x - 1 in z = x^2 <= 0.5625: minimax, fitted with Sollya's fpminimax; absolute error 2.5e-11 (f32), 1.2e-17 (f64). */
  @inline
  private series(z: v128): v128 {
    if (sizeof<T>() == 4) {
      const z2 = v128.mul<f64>(z, z);
      const z4 = v128.mul<f64>(z2, z2);
      let p = Lanes.multiplyAdd<f64>(Lanes.splat<f64>(9.475134752895062e-05), z2, Polynomial.linear<f64>(z, 0.005216840177116711, -0.0008357722643020239));
      p = Lanes.multiplyAdd<f64>(p, z4, Polynomial.cubic<f64>(z, z2, 0.12837916707008626, -0.37612638456310254, 0.11283778840983504, -0.026864786703916885));
      return p;
    }
    const z2 = v128.mul<f64>(z, z);
    const z4 = v128.mul<f64>(z2, z2);
    let p = Lanes.multiplyAdd<f64>(Lanes.splat<f64>(1.168983596435801e-08), z2, Polynomial.linear<f64>(z, 1.6438794167423487e-06, -1.600420281197663e-07));
    p = Lanes.multiplyAdd<f64>(p, z4, Polynomial.cubic<f64>(z, z2, 0.005223977627100944, -0.0008548326869946587, 0.0001205531445293905, -1.4924770127243762e-05));
    p = Lanes.multiplyAdd<f64>(p, z4, Polynomial.cubic<f64>(z, z2, 0.1283791670955126, -0.3761263890318389, 0.11283791670959395, -0.02686617064563137));
    return p;
  }
}
