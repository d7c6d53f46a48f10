import { FastBackward, FastForward, WideActivation } from "../activation";
import { Lanes } from "../lanes";
import { Exp } from "../math/exp";
import { Gaussian } from "../math/gaussian";
import { Polynomial } from "../math/polynomial";
import { Wide } from "../math/wide";

/** erf(x) = 2/sqrt(pi) times the integral of e^-t^2 from 0 to x; its derivative is 2/sqrt(pi) e^-x^2. */
@final
export class Erf<T extends number> implements WideActivation, FastForward, FastBackward {
  @inline
  forward(x: v128): v128 {
    const magnitude = Lanes.abs<f64>(x);
    const isSmall = v128.lt<f64>(magnitude, Lanes.splat<f64>(0.75));
    let y = magnitude;
    if (!Lanes.all<f64>(isSmall)) y = this.large(magnitude);
    if (v128.any_true(isSmall)) {
      y = Lanes.select(isSmall, Lanes.multiplyAdd<f64>(magnitude, this.series(v128.mul<f64>(magnitude, magnitude)), magnitude), y);
    }
    return Lanes.withSign<f64>(y, x);
  }

  /** 1 - erfc(x) */
  @inline
  private large(x: v128): v128 {
    const tail = Gaussian.tail<T>(v128.mul<f64>(x, Lanes.splat<f64>(1.4142135623730951)));
    const bell = Wide.unscale<T>(Gaussian.bell<T>(x, 1, Lanes.splat<f64>(1), Lanes.splat<f64>(0)));
    return v128.sub<f64>(Lanes.splat<f64>(1), v128.mul<f64>(bell, v128.add<f64>(tail, tail)));
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

  @inline
  ordinary(x: v128): v128 {
    return v128.le<f32>(Lanes.abs<f32>(x), Lanes.splat<f32>(9.2));
  }

  @inline
  fast(x: v128): v128 {
    const magnitude = Lanes.abs<f32>(x);
    const z = v128.mul<f32>(x, x);
    const small = Lanes.multiplyAdd<f32>(magnitude, this.fastSeries(z), magnitude);
    const u = this.logarithm(Lanes.atMost<f32>(magnitude, Lanes.splat<f32>(3.93)));
    const rounded = v128.add<f32>(u, Lanes.splat<f32>(12582912.0));
    const power = this.power(v128.sub<f32>(u, Exp.integer<f32>(rounded)));
    const large = v128.sub<f32>(Lanes.splat<f32>(1), Gaussian.descended(power, rounded));
    return Lanes.withSign<f32>(Lanes.select(v128.lt<f32>(magnitude, Lanes.splat<f32>(0.7)), small, large), x);
  }

  @inline
  fastGradient(dy: v128, x: v128): v128 {
    const rounded = Gaussian.rounded(v128.mul<f32>(x, x), 1);
    const r = Gaussian.remainder(Lanes.abs<f32>(x), rounded, 1);
    return v128.mul<f32>(dy, Gaussian.descended(this.bell(r), rounded));
  }

  // Minimax, the coefficients rounded to f32 one after the other and the remaining ones fitted anew.

  /** erf(x)/x - 1 in z = x^2 <= 0.49; error of erf 2^-24.6. */
  @inline
  private fastSeries(z: v128): v128 {
    let p = Polynomial.linear<f32>(z, -0.026470259, 0.004277629);
    p = Lanes.multiplyAdd<f32>(p, z, Lanes.splat<f32>(0.112768605));
    p = Lanes.multiplyAdd<f32>(p, z, Lanes.splat<f32>(-0.37612206));
    p = Lanes.multiplyAdd<f32>(p, z, Lanes.splat<f32>(0.12837912));
    return p;
  }

  /** -log2(1 - erf(x)) for 0.7 <= x <= 3.93, from where on erf rounds to 1; error of erf 2^-27.6. */
  @inline
  private logarithm(x: v128): v128 {
    let p = Polynomial.linear<f32>(x, 0.0046743522, -0.0003130851);
    p = Lanes.multiplyAdd<f32>(p, x, Lanes.splat<f32>(-0.033140536));
    p = Lanes.multiplyAdd<f32>(p, x, Lanes.splat<f32>(0.152049));
    p = Lanes.multiplyAdd<f32>(p, x, Lanes.splat<f32>(0.9169945));
    p = Lanes.multiplyAdd<f32>(p, x, Lanes.splat<f32>(1.6281579));
    p = Lanes.multiplyAdd<f32>(p, x, Lanes.splat<f32>(-5.4020543e-06));
    return p;
  }

  /** 2^-r for |r| <= 1/2, fitted with Sollya's fpminimax; relative error 2^-28. */
  @inline
  private power(r: v128): v128 {
    let p = Polynomial.linear<f32>(r, -1.339113689027726650238037109375e-3, 1.523800310678780078887939453125e-4);
    p = Lanes.multiplyAdd<f32>(p, r, Lanes.splat<f32>(9.618841111660003662109375e-3));
    p = Lanes.multiplyAdd<f32>(p, r, Lanes.splat<f32>(-5.550359189510345458984375e-2));
    p = Lanes.multiplyAdd<f32>(p, r, Lanes.splat<f32>(0.240226447582244873046875));
    p = Lanes.multiplyAdd<f32>(p, r, Lanes.splat<f32>(-0.693147182464599609375));
    p = Lanes.multiplyAdd<f32>(p, r, Lanes.splat<f32>(1));
    return p;
  }

  /** 2/sqrt(pi) e^-r for |r| <= 0.35; relative error 2^-23.5. */
  @inline
  private bell(r: v128): v128 {
    let p = Polynomial.linear<f32>(r, 0.047291618, -0.009366456);
    p = Lanes.multiplyAdd<f32>(p, r, Lanes.splat<f32>(-0.1880726));
    p = Lanes.multiplyAdd<f32>(p, r, Lanes.splat<f32>(0.5641779));
    p = Lanes.multiplyAdd<f32>(p, r, Lanes.splat<f32>(-1.1283789));
    p = Lanes.multiplyAdd<f32>(p, r, Lanes.splat<f32>(1.1283792));
    return p;
  }
}
