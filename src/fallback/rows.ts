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
      const dot = sumOf(start, end, (i) => dy[i]! * y[i]!);
      for (let i = start; i < end; i++) dx[i] = y[i]! * (dy[i]! - dot);
    }),
    logSoftmax_forward: unary((x, y, start, end) => {
      const { maximum, sum } = exponentialSum(x, start, end);
      const ln = Math.log(sum);
      for (let i = start; i < end; i++) y[i] = x[i]! - maximum - ln;
    }),
    logSoftmax_backwardFromOutput: binary((dy, y, dx, start, end) => {
      const sum = sumOf(start, end, (i) => dy[i]!);
      for (let i = start; i < end; i++) dx[i] = (y[i] === -Infinity ? 0 : dy[i]!) - Math.exp(y[i]!) * sum;
    }),
    softmin_negate(x, y, length) {
      const source = view(x);
      const target = view(y);
      for (let i = 0; i < length; i++) target[i] = -source[i]!;
      return 0;
    },
    hardmax_forward: unary((x, y, start, end) => {
      const at = firstMaximum(x, start, end);
      // The first maximum is -Infinity where nothing is larger, and NaN where there is one.
      const filler = x[at]! > -Infinity ? 0 : NaN;
      y.fill(filler, start, end);
      y[at] = filler + 1;
    }),
    sparsemax_forward: unary((x, y, start, end) => {
      const maximum = largest(x, start, end);
      const tau = threshold(x, start, end, maximum);
      for (let i = start; i < end; i++) {
        const excess = x[i]! - maximum - tau;
        y[i] = excess < 0 ? 0 : excess;
      }
    }),
    sparsemax_backwardFromOutput: binary((dy, y, dx, start, end) => {
      let sum = 0;
      let above = 0;
      for (let i = start; i < end; i++) {
        if (y[i]! > 0) above++;
        if (y[i]! > 0 || Number.isNaN(dy[i])) sum += dy[i]!;
      }
      const mean = sum / above;
      for (let i = start; i < end; i++) {
        const centred = dy[i]! - mean;
        dx[i] = y[i]! > 0 || Number.isNaN(centred) ? centred : 0;
      }
    }),
    logSumExp_forward(x, y, rows, columns) {
      const source = view(x);
      const target = view(y);
      for (let row = 0; row < rows; row++) target[row] = logSumExp(source, row * columns, (row + 1) * columns);
      return 0;
    },
    logSumExp_scaleRows(factors, y, rows, columns) {
      const factor = view(factors);
      const target = view(y);
      for (let row = 0; row < rows; row++) for (let i = row * columns; i < (row + 1) * columns; i++) target[i]! *= factor[row]!;
      return 0;
    },
    argmax_forward(x, indices, rows, columns) {
      const source = view(x);
      const target = integers(indices);
      for (let row = 0; row < rows; row++) {
        target[row] = firstMaximum(source, row * columns, (row + 1) * columns) - row * columns;
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

/** Where the first maximum is, or the first NaN. */
function firstMaximum(x: FloatTypedArray, start: number, end: number): number {
  let best = start;
  // A NaN is neither at most nor above anything: the first one is taken and kept.
  for (let i = start + 1; i < end && !Number.isNaN(x[best]); i++) if (!(x[i]! <= x[best]!)) best = i;
  return best;
}

/** The largest element; NaNs are passed over. */
function largest(x: FloatTypedArray, start: number, end: number): number {
  let maximum = -Infinity;
  for (let i = start; i < end; i++) if (x[i]! > maximum) maximum = x[i]!;
  return maximum;
}

/** The sum of the terms, with what it is rounded by kept apart as in assembly/rows/row.ts. */
export function sumOf(start: number, end: number, term: (i: number) => number): number {
  let sum = 0;
  let lost = 0;
  for (let i = start; i < end; i++) {
    const value = term(i);
    const next = sum + value;
    lost += value - (next - sum);
    sum = next;
  }
  return Number.isNaN(lost) ? sum : sum + lost;
}

/** The largest element and the sum of e^(x - maximum). */
export function exponentialSum(x: FloatTypedArray, start: number, end: number): { maximum: number; sum: number } {
  const maximum = largest(x, start, end);
  return { maximum, sum: sumOf(start, end, (i) => Math.exp(x[i]! - maximum)) };
}

/** tau of sparsemax less the maximum: see assembly/rows/sparsemax.ts. */
function threshold(x: FloatTypedArray, start: number, end: number, maximum: number): number {
  let tau = -1;
  for (let before = Infinity; ; ) {
    let above = 0;
    const level = tau;
    const sum = sumOf(start, end, (i) => {
      const excess = x[i]! - maximum - level;
      if (excess > 0) above++;
      return excess <= 0 ? 0 : excess;
    });
    tau += (sum - 1) / above;
    if (above >= before) return tau;
    before = above;
  }
}

function logSumExp(x: FloatTypedArray, start: number, end: number): number {
  const maximum = largest(x, start, end);
  let ties = 0;
  const rest = sumOf(start, end, (i) => {
    if (x[i] !== maximum) return Math.exp(x[i]! - maximum);
    ties++;
    return 0;
  });
  return maximum + (ties === 1 ? Math.log1p(rest) : Math.log(ties + rest));
}
