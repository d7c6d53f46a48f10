import { runInThisContext } from 'node:vm';
import { type KernelParameters, type Row, catalogue } from '../src/catalogue.js';
import type { FloatTypedArray } from '../src/index.js';

/** The best loops in JavaScript that we know, to be compared with: over typed arrays, results into `out`. */
export interface PlainActivation {
  forward(x: FloatTypedArray, out: FloatTypedArray): void;
  backward(dy: FloatTypedArray, x: FloatTypedArray, out: FloatTypedArray): void;
}

export type ActivationName = keyof typeof catalogue;

/** Where the formula that people write is faster than the catalogue's, which is right in the tails as well. */
const faster: Partial<Record<ActivationName, Partial<Row['scalar']>>> = {
  sigmoid: {
    forward: (x) => 1 / (1 + Math.exp(-x)),
    derivative(x) {
      const y = 1 / (1 + Math.exp(-x));
      return y * (1 - y);
    },
  },
  relu: { derivative: (x) => Number(x > 0) },
};

/**
 * The scalar formulas of a row in loops of their own. Compiled from text for each row and element type, so that the
 * engine inlines the formula and sees one type of array: closures that share a loop would share its type feedback.
 */
export function plainActivation(name: ActivationName): PlainActivation {
  const row: Row = catalogue[name];
  const values = Object.fromEntries(Object.entries(row.parameters).map(([key, { default: value }]) => [key, value]));
  const p = row.prepare(values);
  const { forward, derivative } = { ...row.scalar, ...faster[name] };
  return {
    forward: loop('x, out', `out[i] = f(x[i], p)`, forward, p),
    backward: loop('dy, x, out', `out[i] = dy[i] * f(x[i], p)`, derivative, p),
  };
}

function loop(operands: string, body: string, f: unknown, p: KernelParameters): (...arrays: FloatTypedArray[]) => void {
  const source = String(f).replace(/^(\w+)\(/, 'function $1('); // a method's text is no expression
  const text = `(p) => { const f = ${source}; return (${operands}) => { const n = out.length; for (let i = 0; i < n; i++) ${body}; }; }`;
  return (runInThisContext(text) as (p: KernelParameters) => (...arrays: FloatTypedArray[]) => void)(p);
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
