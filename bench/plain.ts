import { compileFunction } from 'node:vm';
import { type KernelParameters, type Row, type Scalar, catalogue } from '../src/catalogue.js';
import type { FloatTypedArray } from '../src/index.js';

/** The best loops in JavaScript that we know: what the kernels are measured against. */
export type Forward = (x: FloatTypedArray, y: FloatTypedArray) => void;
export type Backward = (dy: FloatTypedArray, x: FloatTypedArray, dx: FloatTypedArray) => void;

const one = (condition: boolean): number => Number(condition);
const clamped = (x: number, low: number, high: number): number => (Math.abs(x - low) - Math.abs(x - high) + low + high) / 2;

/**
 * What is shorter than the formula of the catalogue, or has no branch: inputs of either sign make the processor guess
 * wrong every other time.
 */
const shortcuts: Readonly<Record<string, { forward?: Scalar; derivative?: Scalar }>> = {
  sigmoid: {
    forward: (x) => 1 / (1 + Math.exp(-x)),
    derivative(x) {
      const y = 1 / (1 + Math.exp(-x));
      return y * (1 - y);
    },
  },
  tanh: {
    forward: (x) => 1 - 2 / (1 + Math.exp(2 * x)),
    derivative(x) {
      const y = 1 - 2 / (1 + Math.exp(2 * x));
      return 1 - y * y;
    },
  },
  relu: { forward: (x) => (x + Math.abs(x)) / 2, derivative: (x) => one(x > 0) },
  leakyRelu: { forward: (x, { a }) => x * (a + (1 - a) * one(x > 0)), derivative: (x, { a }) => a + (1 - a) * one(x > 0) },
  hardSigmoid: {
    forward: (x, { a, b, c }) => clamped((x + b) * a + c, 0, 1),
    derivative: (x, { a, lower, upper }) => a * one(x > lower) * one(x < upper),
  },
  hardTanh: {
    forward: (x, { lower, upper }) => clamped(x, lower, upper),
    derivative: (x, { lower, upper }) => one(x > lower) * one(x < upper),
  },
  heaviside: { forward: (x, { a }) => one(x > 0) + a * one(x === 0) },
};

/**
 * A loop, unrolled four times, that V8 compiles for this one function. A closure over `f` would share its code, and
 * what V8 knows of `f`, with all others.
 */
function specialised<Loop>(name: string, parameters: string, at: (index: string) => string, f: Scalar, p: KernelParameters): Loop {
  const four = ['i', 'i + 1', 'i + 2', 'i + 3'].map(at).join('; ');
  const source = `return function ${name}(${parameters}) {
    let i = 0;
    for (; i + 4 <= x.length; i += 4) { ${four}; }
    for (; i < x.length; i++) ${at('i')};
  }`;
  return (compileFunction(source, ['f', 'p']) as (f: Scalar, p: KernelParameters) => Loop)(f, p);
}

/** The loops for a row of the catalogue with its default parameters; the fastest one counts. */
export function plainLoops(row: Row): { forward: Forward[]; backward: Backward[] } {
  const { name, parameters, scalar } = row;
  const p = row.prepare(Object.fromEntries(Object.entries(parameters).map(([key, parameter]) => [key, parameter.default])));
  const { forward, derivative } = shortcuts[row.kernel ?? name] ?? {};
  const given = (functions: (Scalar | undefined)[]): Scalar[] => functions.filter((f) => f !== undefined);
  const applied = (i: string): string => `y[${i}] = f(x[${i}], p)`;
  const chained = (i: string): string => `dx[${i}] = dy[${i}] * f(x[${i}], p)`;
  return {
    forward: given([scalar.forward, forward]).map((f, n) => specialised(`${name}_forward_${n}`, 'x, y', applied, f, p)),
    backward: given([scalar.derivative, derivative]).map((f, n) => specialised(`${name}_backward_${n}`, 'dy, x, dx', chained, f, p)),
  };
}

export const rows: readonly Row[] = Object.values(catalogue);

/** The loop of several that takes the least time for a task. */
export function fastest<Loop>(loops: readonly Loop[], task: (loop: Loop) => void): Loop {
  const times = loops.map((loop) => {
    let best = Infinity;
    for (let turn = 0; turn < 20; turn++) {
      const start = performance.now();
      task(loop);
      best = Math.min(best, performance.now() - start);
    }
    return best;
  });
  return loops[times.indexOf(Math.min(...times))]!;
}

/** softmax over rows, the sum kept in a local. */
export function plainSoftmax(x: FloatTypedArray, out: FloatTypedArray, columns: number): void {
  for (let start = 0; start < x.length; start += columns) {
    const end = start + columns;
    let maximum = -Infinity;
    for (let i = start; i < end; i++) if (x[i]! > maximum) maximum = x[i]!;
    let sum = 0;
    for (let i = start; i < end; i++) sum += out[i] = Math.exp(x[i]! - maximum);
    const factor = 1 / sum;
    for (let i = start; i < end; i++) out[i]! *= factor;
  }
}

/** y = x wᵀ + b, the inner loop along rows of both. */
export function plainLinear(x: FloatTypedArray, weight: FloatTypedArray, bias: FloatTypedArray, out: FloatTypedArray, rows: number, inFeatures: number, outFeatures: number): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < outFeatures; j++) {
      let sum = bias[j]!;
      for (let p = 0; p < inFeatures; p++) sum += x[i * inFeatures + p]! * weight[j * inFeatures + p]!;
      out[i * outFeatures + j] = sum;
    }
  }
}

/** ln softmax over rows. */
export function plainLogSoftmax(x: FloatTypedArray, out: FloatTypedArray, columns: number): void {
  for (let start = 0; start < x.length; start += columns) {
    const end = start + columns;
    let maximum = -Infinity;
    for (let i = start; i < end; i++) if (x[i]! > maximum) maximum = x[i]!;
    let sum = 0;
    for (let i = start; i < end; i++) sum += Math.exp(x[i]! - maximum);
    const shift = maximum + Math.log(sum);
    for (let i = start; i < end; i++) out[i] = x[i]! - shift;
  }
}

export function plainArgmax(x: FloatTypedArray, out: Int32Array, columns: number): void {
  for (let row = 0; row < out.length; row++) {
    const start = row * columns;
    let best = start;
    for (let i = start + 1; i < start + columns; i++) if (x[i]! > x[best]!) best = i;
    out[row] = best - start;
  }
}

/** The mean loss, and its gradient into `gradient`. */
export function plainCrossEntropy(logits: FloatTypedArray, labels: Int32Array, gradient: FloatTypedArray, columns: number): number {
  let loss = 0;
  const scale = 1 / labels.length;
  for (let row = 0; row < labels.length; row++) {
    const start = row * columns;
    const end = start + columns;
    const at = start + labels[row]!;
    let maximum = -Infinity;
    for (let i = start; i < end; i++) if (logits[i]! > maximum) maximum = logits[i]!;
    let sum = 0;
    for (let i = start; i < end; i++) sum += gradient[i] = Math.exp(logits[i]! - maximum);
    loss += Math.log(sum) - (logits[at]! - maximum);
    for (let i = start; i < end; i++) gradient[i]! *= scale / sum;
    gradient[at]! -= scale;
  }
  return loss * scale;
}

export function plainGradientStep(weights: FloatTypedArray, gradient: FloatTypedArray, rate: number): void {
  for (let i = 0; i < weights.length; i++) weights[i]! -= rate * gradient[i]!;
}

export function plainSoftmaxBackward(dy: FloatTypedArray, y: FloatTypedArray, dx: FloatTypedArray, columns: number): void {
  for (let start = 0; start < y.length; start += columns) {
    const end = start + columns;
    let dot = 0;
    for (let i = start; i < end; i++) dot += dy[i]! * y[i]!;
    for (let i = start; i < end; i++) dx[i] = y[i]! * (dy[i]! - dot);
  }
}
