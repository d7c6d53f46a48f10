import { InvertibleWideActivation, Parameters } from "../activation";

/** affine(x) = a (x + b) + c, the line as in hard-sigmoid.ts; in f64 lanes, since a slope rounded to f32 adds to three roundings. */
@final
export class Affine<T extends number> implements InvertibleWideActivation {
  @inline
  forward(x: v128): v128 {
    return v128.add<f64>(v128.mul<f64>(v128.add<f64>(x, Parameters.b<f64>()), Parameters.a<f64>()), Parameters.c<f64>());
  }

  @inline
  derivative(x: v128): v128 {
    return v128.or(Parameters.a<f64>(), v128.ne<f64>(x, x));
  }

  @inline
  derivativeFromOutput(y: v128): v128 {
    return this.derivative(y);
  }
}
