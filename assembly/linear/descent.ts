import { Lanes } from "../lanes";

/**
 * Steps of gradient descent along arrays of weights w and their gradients g, in place. What is kept from step to step becomes 0 where
 * it falls below the normal numbers: it would stay there, and processors take a hundred times as long over it.
 */
export abstract class Descent {
  /**
   * d = g + decay w; v = momentum v + d; w -= rate v, or with Nesterov's look ahead rate (d + momentum v). Without a v, w -= rate d.
   * (Sutskever, Martens, Dahl and Hinton: On the importance of initialization and momentum in deep learning. ICML 2013.)
   */
  static momentum<T extends number>(w: usize, g: usize, v: usize, length: usize, rate: f64, momentum: f64, decay: f64, nesterov: bool): void {
    const bytes = length * sizeof<T>(), whole = bytes & ~15, end = w + whole;
    if (v) {
      Descent.along<T>(w, g, v, end, 16, true, rate, momentum, decay, nesterov);
      Descent.along<T>(end, g + whole, v + whole, w + bytes, sizeof<T>(), true, rate, momentum, decay, nesterov);
    } else {
      Descent.along<T>(w, g, v, end, 16, false, rate, momentum, decay, nesterov);
      Descent.along<T>(end, g + whole, v + whole, w + bytes, sizeof<T>(), false, rate, momentum, decay, nesterov);
    }
  }

  @inline private static along<T extends number>(w: usize, g: usize, v: usize, end: usize, bytes: usize, hasVelocity: bool, rate: f64, momentum: f64, decay: f64, nesterov: bool): void {
    const rates = Lanes.splat<T>(rate), momenta = Lanes.splat<T>(momentum), decays = Lanes.splat<T>(decay);
    for (; w < end; w += bytes, g += bytes, v += bytes) {
      const weight = Descent.load<T>(w, bytes);
      let direction = Descent.load<T>(g, bytes);
      // An infinite weight times 0 would be NaN.
      if (decay != 0) direction = Lanes.multiplyAdd<T>(decays, weight, direction);
      if (hasVelocity) {
        const velocity = Descent.kept<T>(Lanes.multiplyAdd<T>(momenta, Descent.load<T>(v, bytes), direction));
        Descent.store<T>(v, velocity, bytes);
        direction = nesterov ? Lanes.multiplyAdd<T>(momenta, velocity, direction) : velocity;
      }
      Descent.store<T>(w, Lanes.multiplySubtract<T>(rates, direction, weight), bytes);
    }
  }

  /**
   * d = g + decay w; m += (1 - beta1) (d - m); v += (1 - beta2) (d^2 - v); w -= rate m / (sqrt(v) scale + epsilon), after w has
   * been shrunk by `shrink`. The corrections of m and v for their start at 0 are in rate and scale.
   * (Kingma and Ba: Adam: a method for stochastic optimization. ICLR 2015; Loshchilov and Hutter: Decoupled weight decay
   * regularization. ICLR 2019.)
   */
  static adam<T extends number>(
    w: usize, g: usize, m: usize, v: usize, length: usize, rate: f64, rest1: f64, rest2: f64, scale: f64, epsilon: f64, decay: f64, shrink: f64,
  ): void {
    const rates = Lanes.splat<T>(rate), rests1 = Lanes.splat<T>(rest1), rests2 = Lanes.splat<T>(rest2), scales = Lanes.splat<T>(scale);
    const epsilons = Lanes.splat<T>(epsilon), decays = Lanes.splat<T>(decay), shrinks = Lanes.splat<T>(shrink);
    for (let rest = length * sizeof<T>(), bytes: usize = 16; rest > 0; rest -= bytes, w += bytes, g += bytes, m += bytes, v += bytes) {
      if (rest < 16) bytes = sizeof<T>();
      const weight = Descent.load<T>(w, bytes);
      let direction = Descent.load<T>(g, bytes);
      if (decay != 0) direction = Lanes.multiplyAdd<T>(decays, weight, direction);
      const mean = Descent.load<T>(m, bytes), variance = Descent.load<T>(v, bytes);
      const nextMean = Descent.kept<T>(Lanes.multiplyAdd<T>(rests1, v128.sub<T>(direction, mean), mean));
      const nextVariance = Descent.kept<T>(Lanes.multiplyAdd<T>(rests2, v128.sub<T>(v128.mul<T>(direction, direction), variance), variance));
      Descent.store<T>(m, nextMean, bytes);
      Descent.store<T>(v, nextVariance, bytes);
      const step = v128.div<T>(v128.mul<T>(rates, nextMean), v128.add<T>(v128.mul<T>(v128.sqrt<T>(nextVariance), scales), epsilons));
      Descent.store<T>(w, v128.sub<T>(v128.mul<T>(weight, shrinks), step), bytes);
    }
  }

  // A vector, or at the end of an array one element after the other.

  @inline private static load<T extends number>(p: usize, bytes: usize): v128 {
    if (bytes == 16) return v128.load(p);
    return sizeof<T>() == 4 ? v128.load32_zero(p) : v128.load64_zero(p);
  }

  @inline private static store<T extends number>(p: usize, v: v128, bytes: usize): void {
    if (bytes == 16) v128.store(p, v);
    else if (sizeof<T>() == 4) v128.store32_lane(p, v, 0);
    else v128.store64_lane(p, v, 0);
  }

  @inline private static kept<T extends number>(x: v128): v128 {
    const least = Lanes.splat<T>(sizeof<T>() == 4 ? f32.MIN_NORMAL_VALUE : f64.MIN_NORMAL_VALUE);
    return v128.andnot(x, v128.lt<T>(Lanes.abs<T>(x), least));
  }
}
