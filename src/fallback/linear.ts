import type { Kernel } from '../engine.js';
import type { View } from './memory.js';

/** The matrix product and what goes with it: see assembly/linear. */
export function kernels(view: View, size: number): Record<string, Kernel> {
  return {
    matmul_scratch: () => 0,
    matmul_accumulate(a, aRow, aColumn, b, bRow, bColumn, c, m, k, n) {
      const left = view(a);
      const right = view(b);
      const product = view(c);
      const [ar, ac, br, bc] = [aRow / size, aColumn / size, bRow / size, bColumn / size];
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < n; j++) {
          let sum = 0;
          for (let p = 0; p < k; p++) sum += left[i * ar + p * ac]! * right[p * br + j * bc]!;
          product[i * n + j]! += sum;
        }
      }
      return 0;
    },
    vectors_addPattern(x, pattern, y, length, offset, period) {
      const source = view(x);
      const values = view(pattern);
      const target = view(y);
      for (let i = 0, at = offset / size; i < length; i++, at++) {
        if (at === period / size) at = 0;
        target[i] = source[i]! + values[at]!;
      }
      return 0;
    },
    vectors_repeat(x, y, rows, columns) {
      const target = view(y);
      const source = x === 0 ? undefined : view(x).subarray(0, columns);
      if (source) for (let row = 0; row < rows; row++) target.set(source, row * columns);
      else target.fill(0, 0, rows * columns);
      return 0;
    },
    vectors_addRows(x, y, rows, columns) {
      const source = view(x);
      const target = view(y);
      for (let row = 0; row < rows; row++) for (let j = 0; j < columns; j++) target[j]! += source[row * columns + j]!;
      return 0;
    },
    vectors_gradientStep(w, g, length, rate) {
      const weights = view(w);
      const gradient = view(g);
      for (let i = 0; i < length; i++) weights[i]! -= rate * gradient[i]!;
      return 0;
    },
  };
}
