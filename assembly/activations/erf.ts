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
    const small = v128.mul<f64>(magnitude, this.series(v128.mul<f64>(magnitude, magnitude)));
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

  /** erf(x)/x in z = x^2 <= 0.5625: minimax, fitted with Sollya's fpminimax; relative error 2.5e-11 (f32), 1.4e-17 (f64). */
  @inline
  private series(z: v128): v128 {
    if (sizeof<T>() == 4) {
      const z2 = v128.mul<f64>(z, z);
      const z4 = v128.mul<f64>(z2, z2);
      let p = v128.add<f64>(v128.mul<f64>(Lanes.splat<f64>(9.460857162932355e-05), z2), Polynomial.linear<f64>(z, 0.005216686320477028, -0.000835530341500092));
      p = v128.add<f64>(v128.mul<f64>(p, z4), Polynomial.cubic<f64>(z, z2, 1.1283791670677665, -0.37612638427065725, 0.1128377824090011, -0.026864741549197914));
      return p;
    }
    const z2 = v128.mul<f64>(z, z);
    const z4 = v128.mul<f64>(z2, z2);
    let p = v128.add<f64>(v128.mul<f64>(Lanes.splat<f64>(1.1260056909352304e-08), z2), Polynomial.linear<f64>(z, 1.642269951744089e-06, -1.5877165239651234e-07));
    p = v128.add<f64>(v128.mul<f64>(p, z4), Polynomial.cubic<f64>(z, z2, 0.005223977603639552, -0.0008548325507114663, 0.0001205526482456328, -1.4923628800073394e-05));
    p = v128.add<f64>(v128.mul<f64>(p, z4), Polynomial.cubic<f64>(z, z2, 1.1283791670955126, -0.3761263890318353, 0.11283791670945574, -0.02686617064320294));
    return p;
  }
}
