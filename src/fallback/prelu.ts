import type { Kernel } from '../engine.js';
import type { View } from './memory.js';

const slopeAt = (x: number, slope: number): number => (x !== x ? x : x > 0 ? 1 : slope);

/** See assembly/rows/prelu.ts. */
export function kernels(view: View, doubles: (pointer: number) => Float64Array): Record<string, Kernel> {
  return {
    prelu_forward(x, y, length, slopes, offset, period) {
      const [source, target, slope] = [view(x), view(y), view(slopes)];
      const count = period / slope.BYTES_PER_ELEMENT;
      let j = offset / slope.BYTES_PER_ELEMENT;
      for (let i = 0; i < length; i++) {
        const value = source[i]!;
        // 0 times -Infinity is 0 here, but NaN stays.
        target[i] = value > 0 || value !== value ? value : slope[j] === 0 ? 0 : value * slope[j]!;
        if (++j === count) j = 0;
      }
      return 0;
    },
    prelu_derivative(x, dx, length, slopes, offset, period) {
      const [source, target, slope] = [view(x), view(dx), view(slopes)];
      const count = period / slope.BYTES_PER_ELEMENT;
      let j = offset / slope.BYTES_PER_ELEMENT;
      for (let i = 0; i < length; i++) {
        target[i] = slopeAt(source[i]!, slope[j]!);
        if (++j === count) j = 0;
      }
      return 0;
    },
    prelu_backward(dy, x, dx, length, slopes, offset, period, sums) {
      const [gradient, source, target, slope, sum] = [view(dy), view(x), view(dx), view(slopes), doubles(sums)];
      const count = period / slope.BYTES_PER_ELEMENT;
      let j = offset / slope.BYTES_PER_ELEMENT;
      for (let i = 0; i < length; i++) {
        const [d, value] = [gradient[i]!, source[i]!];
        target[i] = d * slopeAt(value, slope[j]!);
        if (!(value > 0) && (d !== 0 || value !== value)) {
          const term = d * value;
          const before = sum[j]!;
          const after = before + term;
          const added = after - before;
          sum[j] = after;
          sum[count + j]! += before - (after - added) + (term - added);
        }
        if (++j === count) j = 0;
      }
      return 0;
    },
  };
}
