import { Activation, WideActivation } from "../activation";
import { Gelu } from "../activations/gelu";
import { Relu } from "../activations/relu";
import { WideSigmoid } from "../activations/sigmoid";
import { Silu } from "../activations/silu";
import { Lanes } from "../lanes";
import { Memory } from "../memory";

/** A value times the function of a gate. */
interface Product {
  /** v f(g) */
  forward(v: v128, g: v128): v128;
  /** dy v f'(g) */
  gradient(dy: v128, v: v128, g: v128): v128;
}

@final
class Narrow<T extends number, F extends Activation> implements Product {
  @inline
  forward(v: v128, g: v128): v128 {
    return v128.mul<T>(v, changetype<F>(0).forward(g));
  }

  @inline
  gradient(dy: v128, v: v128, g: v128): v128 {
    return v128.mul<T>(dy, changetype<F>(0).gradient(v, g));
  }
}

/** In f64 lanes: rounded once, however small a factor is. */
@final
class Wide<T extends number, F extends WideActivation> implements Product {
  @inline
  forward(v: v128, g: v128): v128 {
    const f = changetype<F>(0);
    if (sizeof<T>() == 8) return v128.mul<f64>(v, f.forward(g));
    const low = v128.mul<f64>(Lanes.lowDoubles(v), f.forward(Lanes.lowDoubles(g)));
    return this.narrow(low, v128.mul<f64>(Lanes.highDoubles(v), f.forward(Lanes.highDoubles(g))));
  }

  @inline
  gradient(dy: v128, v: v128, g: v128): v128 {
    const f = changetype<F>(0);
    if (sizeof<T>() == 8) return v128.mul<f64>(dy, v128.mul<f64>(v, f.derivative(g)));
    const low = v128.mul<f64>(v128.mul<f64>(Lanes.lowDoubles(dy), Lanes.lowDoubles(v)), f.derivative(Lanes.lowDoubles(g)));
    return this.narrow(low, v128.mul<f64>(v128.mul<f64>(Lanes.highDoubles(dy), Lanes.highDoubles(v)), f.derivative(Lanes.highDoubles(g))));
  }

  @inline
  private narrow(low: v128, high: v128): v128 {
    return v128.shuffle<i64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
  }
}

/**
 * The gated units: y = v f(g) for rows that are a value v and a gate g side by side. Pointers to both, `columns` elements
 * each; the next row of each is twice as far.
 */
abstract class Gate {
  @inline static forward<T extends number, P extends Product>(value: usize, gate: usize, y: usize, rows: usize, columns: usize): void {
    const product = changetype<P>(0);
    const bytes = columns * sizeof<T>();
    for (; rows > 0; rows--, value += 2 * bytes, gate += 2 * bytes, y += bytes) {
      let at: usize = 0;
      for (let rest = bytes; rest > 0; rest = Memory.next(rest), at += 16) {
        Memory.store<T>(y + at, product.forward(Memory.load<T>(value + at, rest), Memory.load<T>(gate + at, rest)), rest);
      }
    }
  }

  /** dv = dy f(g), dg = dy v f'(g) */
  @inline static backward<T extends number, P extends Product>(
    dy: usize, value: usize, gate: usize, dValue: usize, dGate: usize, rows: usize, columns: usize,
  ): void {
    const product = changetype<P>(0);
    const bytes = columns * sizeof<T>();
    for (; rows > 0; rows--, dy += bytes, value += 2 * bytes, gate += 2 * bytes, dValue += 2 * bytes, dGate += 2 * bytes) {
      let at: usize = 0;
      for (let rest = bytes; rest > 0; rest = Memory.next(rest), at += 16) {
        const d = Memory.load<T>(dy + at, rest);
        const v = Memory.load<T>(value + at, rest);
        const g = Memory.load<T>(gate + at, rest);
        Memory.store<T>(dValue + at, product.forward(d, g), rest);
        Memory.store<T>(dGate + at, product.gradient(d, v, g), rest);
      }
    }
  }
}

export abstract class Glu {
  static forward<T extends number>(value: usize, gate: usize, y: usize, rows: usize, columns: usize): void {
    Gate.forward<T, Wide<T, WideSigmoid<T>>>(value, gate, y, rows, columns);
  }

  static backward<T extends number>(dy: usize, value: usize, gate: usize, dValue: usize, dGate: usize, rows: usize, columns: usize): void {
    Gate.backward<T, Wide<T, WideSigmoid<T>>>(dy, value, gate, dValue, dGate, rows, columns);
  }
}

export abstract class Reglu {
  static forward<T extends number>(value: usize, gate: usize, y: usize, rows: usize, columns: usize): void {
    Gate.forward<T, Narrow<T, Relu<T>>>(value, gate, y, rows, columns);
  }

  static backward<T extends number>(dy: usize, value: usize, gate: usize, dValue: usize, dGate: usize, rows: usize, columns: usize): void {
    Gate.backward<T, Narrow<T, Relu<T>>>(dy, value, gate, dValue, dGate, rows, columns);
  }
}

export abstract class Swiglu {
  static forward<T extends number>(value: usize, gate: usize, y: usize, rows: usize, columns: usize): void {
    Gate.forward<T, Wide<T, Silu<T>>>(value, gate, y, rows, columns);
  }

  static backward<T extends number>(dy: usize, value: usize, gate: usize, dValue: usize, dGate: usize, rows: usize, columns: usize): void {
    Gate.backward<T, Wide<T, Silu<T>>>(dy, value, gate, dValue, dGate, rows, columns);
  }
}

export abstract class Geglu {
  static forward<T extends number>(value: usize, gate: usize, y: usize, rows: usize, columns: usize): void {
    Gate.forward<T, Wide<T, Gelu<T>>>(value, gate, y, rows, columns);
  }

  static backward<T extends number>(dy: usize, value: usize, gate: usize, dValue: usize, dGate: usize, rows: usize, columns: usize): void {
    Gate.backward<T, Wide<T, Gelu<T>>>(dy, value, gate, dValue, dGate, rows, columns);
  }
}
