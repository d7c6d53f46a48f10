import { type FloatArray, WasmArray, matching, overlaps, typedArray } from './arrays.js';
import { byRows, elementwise, rowsBoth, rowsIn } from './blocks.js';
import { describe } from './describe.js';
import { type Engine, type Kernel, KernelPair } from './engine.js';
import type { Heap } from './heap.js';
import type { FloatTypedArray } from './numeric.js';
import { allow, checkedBoolean, checkedCount, checkedOptions } from './options.js';

export interface GradientStepOptions {
  readonly learningRate: number;
  /** What remains of the velocity from step to step; default 0. Above 0 it needs a velocity. */
  readonly momentum?: number | undefined;
  /** An array like the weights, zeroed before the first step, which is updated too. */
  readonly velocity?: FloatArray | undefined;
  /** So much of the weights is added to the gradient; default 0. */
  readonly weightDecay?: number | undefined;
  /** Whether the step goes along the velocity after the next one; default false. */
  readonly nesterov?: boolean | undefined;
}

/**
 * One step of stochastic gradient descent, in place, as PyTorch's SGD takes it: d = gradient + weightDecay weights, then
 * velocity = momentum velocity + d and weights -= learningRate velocity, with nesterov learningRate (d + momentum velocity); without
 * momentum weights -= learningRate d. A velocity below the normal numbers becomes 0. Returns the weights.
 */
export type GradientStep = <W extends FloatArray>(weights: W, gradient: FloatArray, options: GradientStepOptions) => W;

export interface AdamStepOptions {
  /** Default 0.001. */
  readonly learningRate?: number | undefined;
  /** What remains of the mean and of the variance from step to step; defaults 0.9 and 0.999. */
  readonly beta1?: number | undefined;
  readonly beta2?: number | undefined;
  /** Added to the root of the variance; default 1e-8. */
  readonly epsilon?: number | undefined;
  /** Default 0. */
  readonly weightDecay?: number | undefined;
  /** Whether the decay shrinks the weights themselves by learningRate weightDecay (AdamW) instead of being added to the gradient; default false. */
  readonly decoupled?: boolean | undefined;
  /** Arrays like the weights, zeroed before the first step, which are updated too. */
  readonly mean: FloatArray;
  readonly variance: FloatArray;
  /** The number of this step: 1 for the first. */
  readonly step: number;
}

/**
 * One step of Adam, in place: mean += (1 - beta1) (d - mean), variance += (1 - beta2) (d^2 - variance), and
 * weights -= learningRate mean / (1 - beta1^step) / (sqrt(variance / (1 - beta2^step)) + epsilon). Returns the weights.
 */
export type AdamStep = <W extends FloatArray>(weights: W, gradient: FloatArray, options: AdamStepOptions) => W;

const STEP = 'gradientStep';
const ADAM = 'adamStep';
const STEP_OPTIONS = allow('learningRate', 'momentum', 'velocity', 'weightDecay', 'nesterov');
const STEP_ARRAYS = ['weights', 'gradient', 'velocity'];
const ADAM_ARRAYS = ['weights', 'gradient', 'mean', 'variance'];
const ADAM_OPTIONS = allow('learningRate', 'beta1', 'beta2', 'epsilon', 'weightDecay', 'decoupled', 'mean', 'variance', 'step');

export function gradientStep(engine: () => Engine): GradientStep {
  const pair = new KernelPair('descent_momentum');
  return (weights, gradient, options) => {
    checkedOptions(STEP, options, STEP_OPTIONS);
    const rate = checkedNumber(STEP, 'learningRate', options?.learningRate, -Infinity, Infinity);
    const { momentum = 0, velocity, weightDecay = 0, nesterov = false } = options;
    checkedNumber(STEP, 'momentum', momentum, 0, Infinity);
    checkedNumber(STEP, 'weightDecay', weightDecay, 0, Infinity);
    checkedBoolean(STEP, 'nesterov', nesterov);
    if (nesterov && momentum === 0) throw new RangeError(`${STEP}: nesterov needs a momentum above 0`);
    if (momentum !== 0 && velocity === undefined) throw new TypeError(`${STEP}: momentum needs a velocity, an array like the weights`);
    const current = engine();
    if (velocity === undefined) plainStep(current, pair, weights, gradient, rate, weightDecay);
    else {
      along(current, pair, STEP, STEP_ARRAYS, [weights, gradient, velocity], (kernel, [w, g, v], length) => {
        kernel(w!, g!, v!, length, rate, momentum, weightDecay, Number(nesterov));
      });
    }
    return weights;
  };
}

export function adamStep(engine: () => Engine): AdamStep {
  const pair = new KernelPair('descent_adam');
  return (weights, gradient, options) => {
    checkedOptions(ADAM, options, ADAM_OPTIONS);
    const { learningRate = 0.001, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0, decoupled = false, mean, variance, step } = options ?? {};
    checkedNumber(ADAM, 'learningRate', learningRate, -Infinity, Infinity);
    for (const [name, beta] of [['beta1', beta1], ['beta2', beta2]] as const) {
      if (checkedNumber(ADAM, name, beta, 0, 1) === 1) throw new RangeError(`${ADAM}: ${name} must be below 1`);
    }
    checkedNumber(ADAM, 'epsilon', epsilon, 0, Infinity);
    checkedNumber(ADAM, 'weightDecay', weightDecay, 0, Infinity);
    checkedBoolean(ADAM, 'decoupled', decoupled);
    checkedCount(ADAM, 'step', step);
    const rate = learningRate / (1 - power(beta1, step));
    const scale = 1 / Math.sqrt(1 - power(beta2, step));
    const [decay, shrink] = decoupled ? [0, 1 - learningRate * weightDecay] : [weightDecay, 1];
    along(engine(), pair, ADAM, ADAM_ARRAYS, [weights, gradient, mean, variance], (kernel, [w, g, m, v], length) => {
      kernel(w!, g!, m!, v!, length, rate, 1 - beta1, 1 - beta2, scale, epsilon, decay, shrink);
    });
    return weights;
  };
}

/** weights -= rate (gradient + decay weights) */
function plainStep({ heap, kernels }: Engine, pair: KernelPair, weights: FloatArray, gradient: FloatArray, rate: number, decay: number): void {
  if (weights instanceof WasmArray && gradient instanceof WasmArray && gradient.alongside(weights, heap)) {
    pair.of(kernels, weights.type.BYTES_PER_ELEMENT)(weights.pointer, gradient.pointer, 0, weights.length, rate, 0, decay, 0);
    return;
  }
  const w = typedArray(STEP, 'weights', weights);
  const g = matching(STEP, 'gradient', gradient, w, 'weights');
  const size = w.BYTES_PER_ELEMENT;
  const kernel = pair.of(kernels, size);
  // The weights are read and written: in the heap they are one array, outside it two operands of the same one.
  elementwise(heap, (p, q, out, count) => {
    if (out !== p) heap.u8.copyWithin(out, p, p + count * size);
    return kernel(out, q, 0, count, rate, 0, decay, 0);
  }, w, g, w);
}

/**
 * Calls body for all elements of the arrays, which are the weights, the gradient and what is kept from step to step: where they
 * are in the heap, or block by block.
 */
function along(
  { heap, kernels }: Engine, pair: KernelPair, operation: string, names: readonly string[], given: readonly [FloatArray, ...FloatArray[]],
  body: (kernel: Kernel, pointers: readonly number[], length: number) => void,
): void {
  const pointers = pointersOf(heap, given);
  if (pointers) return body(pair.of(kernels, (given[0] as WasmArray).type.BYTES_PER_ELEMENT), pointers, given[0].length);
  const weights = typedArray(operation, names[0]!, given[0]);
  const arrays = given.map((array, i) => (i === 0 ? weights : matching(operation, names[i]!, array, weights, names[0]!)));
  const share = (a: FloatTypedArray, b: FloatTypedArray): boolean => a.buffer === b.buffer && (a.byteOffset === b.byteOffset || overlaps(a, b));
  arrays.forEach((array, i) => {
    const other = i < 2 ? -1 : arrays.findIndex((before, j) => j < i && array.length > 0 && share(before, array));
    if (other >= 0) throw new RangeError(`${operation}: ${names[i]} shares memory with ${names[other]}`);
  });
  const kernel = pair.of(kernels, weights.BYTES_PER_ELEMENT);
  const operands = arrays.map((array, i) => (i === 1 ? rowsIn(array, 1, weights) : rowsBoth(array, 1)));
  byRows(heap, weights.length, operands, (count, places) => { body(kernel, places, count); });
}

/** The addresses of arrays in the heap that are alike and apart from each other, if they are all that. */
function pointersOf(heap: Heap, arrays: readonly FloatArray[]): number[] | undefined {
  const pointers: number[] = [];
  for (let i = 0; i < arrays.length; i++) {
    const array = arrays[i];
    if (!(array instanceof WasmArray)) return undefined;
    for (let j = 0; j < Math.max(i, 1); j++) {
      if (!array.alongside(arrays[j] as WasmArray, heap) || (j < i && array.pointer === pointers[j])) return undefined;
    }
    pointers.push(array.pointer);
  }
  return pointers;
}

/** base^n by squares: of Math.pow, engines may choose the last bits. */
function power(base: number, n: number): number {
  let result = 1;
  for (let rest = n; rest > 0; rest = Math.floor(rest / 2), base *= base) if (rest % 2 === 1) result *= base;
  return result;
}

function checkedNumber(operation: string, name: string, value: unknown, least: number, most: number): number {
  if (typeof value !== 'number') throw new TypeError(`${operation}: ${name} must be a number, got ${describe(value)}`);
  if (!Number.isFinite(value)) throw new RangeError(`${operation}: ${name} must be a finite number, got ${value}`);
  if (value < least || value > most) throw new RangeError(`${operation}: ${name} must be ${most === Infinity ? `at least ${least}` : `from ${least} to ${most}`}, got ${value}`);
  return value;
}
