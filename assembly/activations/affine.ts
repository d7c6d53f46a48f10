import { InvertibleActivation, Parameters } from "../activation";

/** affine(x) = a (x + b) + c, the line as in hard-sigmoid.ts */
@final
export class Affine<T extends number> implements InvertibleActivation {
  @inline
  forward(x: v128): v128 {
    return v128.add<T>(v128.mul<T>(v128.add<T>(x, Parameters.b<T>()), Parameters.a<T>()), Parameters.c<T>());
  }

  @inline
  derivative(x: v128): v128 {
    return v128.or(Parameters.a<T>(), v128.ne<T>(x, x));
  }

  @inline
  derivativeFromOutput(y: v128): v128 {
    return this.derivative(y);
  }
}
