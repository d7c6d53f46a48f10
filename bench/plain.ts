import { type KernelParameters, type Row, type Scalar, catalogue, defaultsOf } from '../src/catalogue/index.js';
import type { FloatTypedArray } from '../src/index.js';
import { centralErf, tail } from '../src/fallback/math/normal.js';
import { compile } from './compile.js';

/** The best loops in JavaScript that we know: what the kernels are measured against. */
export type Forward = (x: FloatTypedArray, y: FloatTypedArray) => void;
export type Backward = (dy: FloatTypedArray, x: FloatTypedArray, dx: FloatTypedArray) => void;

const one = (condition: boolean): number => Number(condition);
const clamped = (x: number, low: number, high: number): number => (Math.abs(x - low) - Math.abs(x - high) + low + high) / 2;

/** erf(x)/2 to 1e-7, which will do for float32: Abramowitz and Stegun 7.1.26 */
function roughHalfErf(x: number): number {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const missing = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))) * Math.exp(-x * x);
  return (Math.sign(x) * (1 - missing)) / 2;
}

/** erf(x)/2 for float64. */
function halfErf(x: number): number {
  const magnitude = Math.abs(x);
  return magnitude < 0.75 ? centralErf(x) / 2 : Math.sign(x) * (0.5 - Math.exp(-x * x) * tail(Math.min(magnitude, 27) * Math.SQRT2));
}

type Shortcuts = Readonly<Record<string, { forward?: Scalar; derivative?: Scalar }>>;

/**
 * What is shorter than the formula of the catalogue, or has no branch: inputs of either sign make the processor guess
 * wrong every other time.
 */
const shortcuts: Shortcuts = {
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
  logSigmoid: { forward: (x) => Math.min(x, 0) - Math.log1p(Math.exp(-Math.abs(x))), derivative: (x) => 1 / (1 + Math.exp(x)) },
  softplus: {
    forward: (x, { a }) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(a * x))) / a,
    derivative: (x, { a }) => 1 / (1 + Math.exp(-a * x)),
  },
  squareplus: { forward: (x, { a }) => (x + Math.sqrt(x * x + a)) / 2, derivative: (x, { a }) => (1 + x / Math.sqrt(x * x + a)) / 2 },
  elu: {
    forward: (x, { a, b }) => (x > 0 ? b * x : a * (Math.exp(x) - 1)),
    derivative: (x, { a, b }) => (x > 0 ? b : a * Math.exp(x)),
  },
  celu: {
    forward: (x, { b }) => (x > 0 ? x : b * (Math.exp(x / b) - 1)),
    derivative: (x, { b }) => (x > 0 ? 1 : Math.exp(x / b)),
  },
  silu: {
    forward: (x) => x / (1 + Math.exp(-x)),
    derivative(x) {
      const y = 1 / (1 + Math.exp(-x));
      return y + x * y * (1 - y);
    },
  },
  mish: {
    forward(x) {
      const n = Math.exp(Math.min(x, 40)) + 1;
      return x - (2 * x) / (n * n + 1);
    },
    derivative(x) {
      const e = Math.exp(Math.min(x, 40));
      const square = (1 + e) * (1 + e);
      const t = 1 - 2 / (square + 1);
      return t + (x * (1 - t * t) * e) / (1 + e);
    },
  },
  softcap: {
    forward: (x, { b }) => b - (2 * b) / (1 + Math.exp((2 / b) * x)),
    derivative(x, { b }) {
      const t = 1 - 2 / (1 + Math.exp((2 / b) * x));
      return 1 - t * t;
    },
  },
  tanhShrink: {
    forward: (x) => x - 1 + 2 / (1 + Math.exp(2 * x)),
    derivative(x) {
      const t = 1 - 2 / (1 + Math.exp(2 * x));
      return t * t;
    },
  },
  snake: {
    forward(x, { a }) {
      const s = Math.sin(a * x);
      return x + (s * s) / a;
    },
    derivative: (x, { a }) => 1 + Math.sin(2 * a * x),
  },
  hardSwish: { forward: (x) => (x * clamped(x + 3, 0, 6)) / 6, derivative: (x) => clamped((2 * x + 3) / 6, -0.5, 1.5) * one(x > -3) * one(x < 3) + one(x >= 3) },
  threshold: { forward: (x, { a, lower }) => x * one(x > lower) + a * one(x <= lower), derivative: (x, { lower }) => one(x > lower) },
  softShrink: { forward: (x, { upper }) => x - clamped(x, -upper, upper), derivative: (x, { upper }) => one(Math.abs(x) > upper) },
  hardShrink: { forward: (x, { upper }) => x * one(Math.abs(x) > upper), derivative: (x, { upper }) => one(Math.abs(x) > upper) },
  clamp: { forward: (x, { lower, upper }) => Math.min(Math.max(x, lower), upper), derivative: (x, { lower, upper }) => one(x >= lower) * one(x <= upper) },
};

const normalShortcuts = (half: (x: number) => number): Shortcuts => ({
  gelu: {
    forward: (x) => x * (0.5 + half(x * Math.SQRT1_2)),
    derivative: (x) => 0.5 + half(x * Math.SQRT1_2) + x * 0.3989422804014327 * Math.exp(-0.5 * x * x),
  },
  erf: {
    forward: (x) => 2 * half(x),
    derivative: (x) => 1.1283791670955126 * Math.exp(-x * x),
  },
});

const singleShortcuts: Shortcuts = { ...shortcuts, ...normalShortcuts(roughHalfErf) };
const doubleShortcuts: Shortcuts = { ...shortcuts, ...normalShortcuts(halfErf) };

/** A loop, unrolled four times, that V8 compiles for this one function. */
function specialised<Loop>(name: string, parameters: string, at: (index: string) => string, f: Scalar, p: KernelParameters): Loop {
  const four = ['i', 'i + 1', 'i + 2', 'i + 3'].map(at).join('; ');
  const make = compile(`(f, p) => function ${name}(${parameters}) {
    let i = 0;
    for (; i + 4 <= x.length; i += 4) { ${four}; }
    for (; i < x.length; i++) ${at('i')};
  }`) as (f: Scalar, p: KernelParameters) => Loop;
  return make(f, p);
}

/** The loops for a row of the catalogue with its default parameters; the fastest one counts. */
export function plainLoops(row: Row, isSingle: boolean): { forward: Forward[]; backward: Backward[] } {
  const { name, scalar } = row;
  const p = row.prepare(defaultsOf(row));
  const { forward, derivative } = (isSingle ? singleShortcuts : doubleShortcuts)[row.kernel ?? name] ?? {};
  const given = (functions: (Scalar | undefined)[]): Scalar[] => functions.filter((f) => f !== undefined);
  const applied = (i: string): string => `y[${i}] = f(x[${i}], p)`;
  const chained = (i: string): string => `dx[${i}] = dy[${i}] * f(x[${i}], p)`;
  return {
    forward: given([scalar.forward, forward]).map((f, n) => specialised(`${name}_forward_${n}`, 'x, y', applied, f, p)),
    backward: given([scalar.derivative, derivative]).map((f, n) => specialised(`${name}_backward_${n}`, 'dy, x, dx', chained, f, p)),
  };
}

export const rows: readonly Row[] = Object.values(catalogue);

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
