import { InvertibleWideActivation, Parameters } from "../activation";
import { Lanes } from "../lanes";

/** squareplus(x) = (x + r)/2 with r = sqrt(x^2 + b), b > 0; squareplus'(x) = squareplus(x) / r */
@final
export class Squareplus<T extends number> implements InvertibleWideActivation {
  @inline
  forward(x: v128): v128 {
    return this.value(x, this.root(x));
  }

  @inline
  derivative(x: v128): v128 {
    // The largest finite number has derivative 1, too.
    const largest: f64 = sizeof<T>() == 4 ? 1e150 : 1.7976931348623157e308;
    const finite = Lanes.atMost<f64>(Lanes.atLeast<f64>(x, Lanes.splat<f64>(-largest)), Lanes.splat<f64>(largest));
    const root = this.root(finite);
    return v128.div<f64>(this.value(finite, root), root);
  }

  /** r = y + (b/4)/y, hence y / (y + (b/4)/y). */
  @inline
  derivativeFromOutput(y: v128): v128 {
    const finite = Lanes.atMost<f64>(y, Lanes.splat<f64>(1.7976931348623157e308));
    return v128.div<f64>(finite, v128.add<f64>(finite, v128.div<f64>(this.quarter(), finite)));
  }

  @inline
  private root(x: v128): v128 {
    const root = v128.sqrt<f64>(Lanes.multiplyAdd<f64>(x, x, Parameters.a<f64>()));
    if (sizeof<T>() == 4) return root;
    // Where the square is beyond the range, b is nothing beside it.
    const magnitude = Lanes.abs<f64>(x);
    return Lanes.select(v128.gt<f64>(magnitude, Lanes.splat<f64>(1e150)), magnitude, root);
  }

  /** For x < 0, where x + r cancels, (b/4) / ((|x| + r)/2); halved first, so that the sum does not overflow. */
  @inline
  private value(x: v128, root: v128): v128 {
    const half = Lanes.splat<f64>(0.5);
    const mean = Lanes.multiplyAdd<f64>(Lanes.abs<f64>(x), half, v128.mul<f64>(root, half));
    return Lanes.select(v128.lt<f64>(x, Lanes.splat<f64>(0)), v128.div<f64>(this.quarter(), mean), mean);
  }

  @inline
  private quarter(): v128 {
    return v128.mul<f64>(Parameters.a<f64>(), Lanes.splat<f64>(0.25));
  }
}
