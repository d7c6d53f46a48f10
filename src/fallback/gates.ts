import type { Kernel } from '../engine.js';
import type { View } from './memory.js';

/** What the gated units need beside activations: see assembly/rows/gate.ts. */
export function kernels(view: View): Record<string, Kernel> {
  return {
    gate_copy(x, xStride, y, yStride, rows, columns) {
      const [source, target] = [view(x), view(y)];
      for (let row = 0; row < rows; row++) {
        for (let j = 0; j < columns; j++) target[row * yStride + j] = source[row * xStride + j]!;
      }
      return 0;
    },
    gate_multiply(x, xStride, f, y, yStride, rows, columns) {
      const [source, factors, target] = [view(x), view(f), view(y)];
      for (let row = 0; row < rows; row++) {
        for (let j = 0; j < columns; j++) target[row * yStride + j] = source[row * xStride + j]! * factors[row * columns + j]!;
      }
      return 0;
    },
  };
}
