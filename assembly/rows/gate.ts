import { Activation } from "../activation";
import { Gelu } from "../activations/gelu";
import { Relu } from "../activations/relu";
import { Sigmoid } from "../activations/sigmoid";
import { Silu } from "../activations/silu";
import { Memory } from "../memory";
import { Widened } from "../widened";

/**
 * The gated units: y = v f(g) for rows that are a value v and a gate g side by side. Pointers to both, `columns` elements
 * each; the next row of each is twice as far.
 */
abstract class Gate {
  @inline static forward<T extends number, F extends Activation>(value: usize, gate: usize, y: usize, rows: usize, columns: usize): void {
    const f = changetype<F>(0);
    const bytes = columns * sizeof<T>();
    for (; rows > 0; rows--, value += 2 * bytes, gate += 2 * bytes, y += bytes) {
      let at: usize = 0;
      for (let rest = bytes; rest > 0; rest = Memory.next(rest), at += 16) {
        Memory.store<T>(y + at, v128.mul<T>(Memory.load<T>(value + at, rest), f.forward(Memory.load<T>(gate + at, rest))), rest);
      }
    }
  }

  /** dv = dy f(g), dg = dy v f'(g) */
  @inline static backward<T extends number, F extends Activation>(
    dy: usize, value: usize, gate: usize, dValue: usize, dGate: usize, rows: usize, columns: usize,
  ): void {
    const f = changetype<F>(0);
    const bytes = columns * sizeof<T>();
    for (; rows > 0; rows--, dy += bytes, value += 2 * bytes, gate += 2 * bytes, dValue += 2 * bytes, dGate += 2 * bytes) {
      let at: usize = 0;
      for (let rest = bytes; rest > 0; rest = Memory.next(rest), at += 16) {
        const d = Memory.load<T>(dy + at, rest);
        const v = Memory.load<T>(value + at, rest);
        const g = Memory.load<T>(gate + at, rest);
        Memory.store<T>(dValue + at, v128.mul<T>(d, f.forward(g)), rest);
        Memory.store<T>(dGate + at, v128.mul<T>(d, v128.mul<T>(v, f.derivative(g))), rest);
      }
    }
  }
}

export abstract class Glu {
  static forward<T extends number>(value: usize, gate: usize, y: usize, rows: usize, columns: usize): void {
    Gate.forward<T, Sigmoid<T>>(value, gate, y, rows, columns);
  }

  static backward<T extends number>(dy: usize, value: usize, gate: usize, dValue: usize, dGate: usize, rows: usize, columns: usize): void {
    Gate.backward<T, Sigmoid<T>>(dy, value, gate, dValue, dGate, rows, columns);
  }
}

export abstract class Reglu {
  static forward<T extends number>(value: usize, gate: usize, y: usize, rows: usize, columns: usize): void {
    Gate.forward<T, Relu<T>>(value, gate, y, rows, columns);
  }

  static backward<T extends number>(dy: usize, value: usize, gate: usize, dValue: usize, dGate: usize, rows: usize, columns: usize): void {
    Gate.backward<T, Relu<T>>(dy, value, gate, dValue, dGate, rows, columns);
  }
}

export abstract class Swiglu {
  static forward<T extends number>(value: usize, gate: usize, y: usize, rows: usize, columns: usize): void {
    Gate.forward<T, Widened<T, Silu<T>>>(value, gate, y, rows, columns);
  }

  static backward<T extends number>(dy: usize, value: usize, gate: usize, dValue: usize, dGate: usize, rows: usize, columns: usize): void {
    Gate.backward<T, Widened<T, Silu<T>>>(dy, value, gate, dValue, dGate, rows, columns);
  }
}

export abstract class Geglu {
  static forward<T extends number>(value: usize, gate: usize, y: usize, rows: usize, columns: usize): void {
    Gate.forward<T, Widened<T, Gelu<T>>>(value, gate, y, rows, columns);
  }

  static backward<T extends number>(dy: usize, value: usize, gate: usize, dValue: usize, dGate: usize, rows: usize, columns: usize): void {
    Gate.backward<T, Widened<T, Gelu<T>>>(dy, value, gate, dValue, dGate, rows, columns);
  }
}
