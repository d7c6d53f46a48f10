import type { Kernel } from '../engine.js';
import type { View } from './memory.js';

/** Bytes of a row of a panel: see assembly/linear/matmul.ts. */
const SPAN = 32;

/** The matrix product and what goes with it: see assembly/linear. */
export function kernels(view: View, size: number): Record<string, Kernel> {
  const lanes = SPAN / size;
  const least = size === 4 ? 2 ** -126 : 2 ** -1022;
  /** 0 for what is below the normal numbers. */
  const kept = (x: number): number => (Math.abs(x) < least ? 0 : x);
  return {
    matmul_multiply(a, aRow, aColumn, b, bRow, bPanel, start, startRow, c, cRow, m, k, n) {
      const [left, right, product] = [view(a), view(b), view(c)];
      const initial = start === 0 ? undefined : view(start);
      const [ar, ac, br, bp, sr, cr] = [aRow, aColumn, bRow, bPanel, startRow, cRow].map((bytes) => bytes / size) as [number, number, number, number, number, number];
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < n; j++) {
          let sum = initial ? initial[i * sr + j]! : 0;
          for (let p = 0, q = Math.floor(j / lanes) * bp + (j % lanes); p < k; p++, q += br) sum += left[i * ar + p * ac]! * right[q]!;
          product[i * cr + j] = sum;
        }
      }
      return 0;
    },
    matmul_pack(b, panels, k, n) {
      const source = view(b);
      const target = view(panels);
      for (let j = 0; j < n; j += lanes) {
        for (let p = 0; p < k; p++) {
          for (let l = 0; l < lanes; l++) target[j * k + p * lanes + l] = j + l < n ? source[p * n + j + l]! : 0;
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
    descent_momentum(w, g, v, length, rate, momentum, decay, nesterov) {
      const weights = view(w);
      const gradient = view(g);
      const velocity = v === 0 ? undefined : view(v);
      for (let i = 0; i < length; i++) {
        let direction = gradient[i]! + (decay === 0 ? 0 : decay * weights[i]!);
        if (velocity) {
          velocity[i] = kept(momentum * velocity[i]! + direction);
          direction = nesterov ? direction + momentum * velocity[i]! : velocity[i]!;
        }
        weights[i]! -= rate * direction;
      }
      return 0;
    },
    descent_adam(w, g, m, v, length, rate, rest1, rest2, scale, epsilon, decay, shrink) {
      const [weights, gradient, means, variances] = [view(w), view(g), view(m), view(v)];
      for (let i = 0; i < length; i++) {
        const direction = gradient[i]! + (decay === 0 ? 0 : decay * weights[i]!);
        means[i] = kept(means[i]! + rest1 * (direction - means[i]!));
        variances[i] = kept(variances[i]! + rest2 * (direction * direction - variances[i]!));
        weights[i] = weights[i]! * shrink - (rate * means[i]!) / (Math.sqrt(variances[i]!) * scale + epsilon);
      }
      return 0;
    },
  };
}
