import type { FloatTypedArray } from '../numeric.js';
import type { Kernel } from '../engine.js';
import type { View } from './memory.js';

/** The softmax family row by row: see assembly/rows. */
export function kernels(view: View, integers: (pointer: number) => Int32Array): Record<string, Kernel> {
  const unary = (f: (x: FloatTypedArray, y: FloatTypedArray, start: number, end: number) => void): Kernel => (x, y, rows, columns) => {
    const source = view(x);
    const target = view(y);
    for (let row = 0; row < rows; row++) f(source, target, row * columns, (row + 1) * columns);
    return 0;
  };
  const binary = (f: (dy: FloatTypedArray, y: FloatTypedArray, dx: FloatTypedArray, start: number, end: number) => void): Kernel => (dy, y, dx, rows, columns) => {
    const gradient = view(dy);
    const output = view(y);
    const target = view(dx);
    for (let row = 0; row < rows; row++) f(gradient, output, target, row * columns, (row + 1) * columns);
    return 0;
  };
  return {
    softmax_forward: unary((x, y, start, end) => {
      const { maximum, sum } = exponentialSum(x, start, end);
      for (let i = start; i < end; i++) y[i] = Math.exp(x[i]! - maximum) / sum;
    }),
    softmax_backwardFromOutput: binary((dy, y, dx, start, end) => {
      let dot = 0;
      for (let i = start; i < end; i++) dot += dy[i]! * y[i]!;
      for (let i = start; i < end; i++) dx[i] = y[i]! * (dy[i]! - dot);
    }),
    logSoftmax_forward: unary((x, y, start, end) => {
      const { maximum, sum } = exponentialSum(x, start, end);
      const ln = Math.log(sum);
      for (let i = start; i < end; i++) y[i] = x[i]! - maximum - ln;
    }),
    logSoftmax_backwardFromOutput: binary((dy, y, dx, start, end) => {
      let sum = 0;
      for (let i = start; i < end; i++) sum += dy[i]!;
      for (let i = start; i < end; i++) dx[i] = dy[i]! - Math.exp(y[i]!) * sum;
    }),
    argmax_forward(x, indices, rows, columns) {
      const source = view(x);
      const target = integers(indices);
      for (let row = 0; row < rows; row++) {
        const start = row * columns;
        let best = start;
        // A NaN is neither at most nor above anything: the first one is taken and kept.
        for (let i = start + 1; i < start + columns && !Number.isNaN(source[best]); i++) if (!(source[i]! <= source[best]!)) best = i;
        target[row] = best - start;
      }
      return 0;
    },
    transpose_planes(x, y, planes, rows, columns, xStride, yStride) {
      const source = view(x);
      const target = view(y);
      for (let plane = 0; plane < planes; plane++) {
        const from = plane * rows * xStride;
        const to = plane * columns * yStride;
        for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) target[to + j * yStride + i] = source[from + i * xStride + j]!;
      }
      return 0;
    },
  };
}

/** The largest element, NaNs passed over, and the sum of e^(x - maximum). */
export function exponentialSum(x: FloatTypedArray, start: number, end: number): { maximum: number; sum: number } {
  let maximum = -Infinity;
  for (let i = start; i < end; i++) if (x[i]! > maximum) maximum = x[i]!;
  let sum = 0;
  for (let i = start; i < end; i++) sum += Math.exp(x[i]! - maximum);
  return { maximum, sum };
}
