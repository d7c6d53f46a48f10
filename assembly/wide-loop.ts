import { InvertibleWideActivation, WideActivation } from "./activation";
import { Lanes } from "./lanes";
import { Memory, NOWHERE } from "./memory";

/**
 * The loops for activations in f64 lanes: one vector of them a round, which for f32 are two elements. The bodies are long,
 * so each loop has one; the processor overlaps the rounds.
 */
export abstract class WideLoop {
  @inline static forward<T extends number, F extends WideActivation>(x: usize, y: usize, length: usize): void {
    const f = changetype<F>(0);
    for (; length > 0; length = Memory.nextWide(length), x += 2 * sizeof<T>(), y += 2 * sizeof<T>()) {
      Memory.storeWide<T>(y, f.forward(Memory.loadWide<T>(x, length)), length);
    }
  }

  /** With dy NOWHERE, f'(x) itself. */
  @inline static backward<T extends number, F extends WideActivation>(dy: usize, x: usize, dx: usize, length: usize): void {
    const f = changetype<F>(0);
    const given = dy != NOWHERE;
    let gradient = Lanes.splat<f64>(1);
    for (; length > 0; length = Memory.nextWide(length), dy += 2 * sizeof<T>(), x += 2 * sizeof<T>(), dx += 2 * sizeof<T>()) {
      if (given) gradient = Memory.loadWide<T>(dy, length);
      Memory.storeWide<T>(dx, v128.mul<f64>(gradient, f.derivative(Memory.loadWide<T>(x, length))), length);
    }
  }

  @inline static backwardFromOutput<T extends number, F extends InvertibleWideActivation>(dy: usize, y: usize, dx: usize, length: usize): void {
    const f = changetype<F>(0);
    for (; length > 0; length = Memory.nextWide(length), dy += 2 * sizeof<T>(), y += 2 * sizeof<T>(), dx += 2 * sizeof<T>()) {
      const slope = f.derivativeFromOutput(Memory.loadWide<T>(y, length));
      Memory.storeWide<T>(dx, v128.mul<f64>(Memory.loadWide<T>(dy, length), slope), length);
    }
  }
}
