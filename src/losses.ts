import { FLOATS, type FloatArray, INTEGERS, type IntArray, WasmArray, create, matching, typedArray } from './arrays.js';
import type { FloatTypedArray, NumericArray } from './numeric.js';
import { type RowsOption, ROWS_OPTIONS, alongAxis, shapeOf } from './axis.js';
import { apart, borrowing, rowsIn, rowsOut, rowsScratch } from './blocks.js';
import { describe, typeName } from './describe.js';
import { type Engine, KernelPair } from './engine.js';
import { destination } from './operations.js';
import { allow, checkedOptions } from './options.js';

export type Reduction = 'mean' | 'sum' | 'none';

export interface LossOptions<R extends Reduction = Reduction, O extends FloatArray = FloatArray> {
  /** `mean` (the default), `sum`, or `none`: each row's or element's loss. The gradient is that of what is returned. */
  readonly reduction?: R | undefined;
  /** Where the gradient goes; may be the input. */
  readonly out?: O | undefined;
}

export interface Loss<X extends FloatArray, R extends Reduction> {
  /** A number, or with reduction `none` one a row or element. */
  readonly loss: R extends 'none' ? FloatTypedArray : number;
  /** The gradient with respect to the input: a new array, or `out`. */
  readonly gradient: X;
}

export interface ClassLossOptions<R extends Reduction = Reduction> extends RowsOption, LossOptions<R> {
  /** How much each class counts: one weight a column. A `mean` is then divided by the sum of the labels' weights. */
  readonly weight?: FloatArray | undefined;
  /** The label of rows that count nothing, in a `mean` neither: -100 by default, as in PyTorch. */
  readonly ignoreIndex?: number | undefined;
}

export interface SoftmaxCrossEntropyOptions<R extends Reduction = Reduction> extends ClassLossOptions<R> {
  /** What part of a label, 0 (the default) to 1, is spread evenly over all classes. */
  readonly labelSmoothing?: number | undefined;
}

/**
 * -ln softmax(logits)[label], or -sum_j p_j ln softmax(logits)_j for rows of probabilities p, with its gradient
 * softmax(logits) sum(p) - p. The logits may be of any size: nothing overflows.
 */
export type SoftmaxCrossEntropy = <X extends FloatArray, R extends Reduction = 'mean'>(
  logits: X, labels: IntArray | FloatArray, options?: SoftmaxCrossEntropyOptions<R>,
) => Loss<X, R>;

/** -weight[label] logProbabilities[label], with its gradient. */
export type NllLoss = <X extends FloatArray, R extends Reduction = 'mean'>(logProbabilities: X, labels: IntArray, options?: ClassLossOptions<R>) => Loss<X, R>;

const SOFTMAX_OPTIONS = allow(...ROWS_OPTIONS, 'reduction', 'weight', 'ignoreIndex', 'labelSmoothing', 'out');
const NLL_OPTIONS = allow(...ROWS_OPTIONS, 'reduction', 'weight', 'ignoreIndex', 'out');
const LABELS = [...INTEGERS, ...FLOATS];
const REDUCTIONS: readonly unknown[] = ['mean', 'sum', 'none'];

export function checkedReduction(operation: string, options: LossOptions | undefined): Reduction {
  const { reduction = 'mean' } = options ?? {};
  if (!REDUCTIONS.includes(reduction)) throw new RangeError(`${operation}: reduction must be 'mean', 'sum' or 'none', got ${describe(reduction)}`);
  return reduction;
}

export function softmaxCrossEntropy(engine: () => Engine): SoftmaxCrossEntropy {
  const name = 'softmaxCrossEntropy';
  const ofLabels = new KernelPair(`${name}_labels`);
  const ofProbabilities = new KernelPair(`${name}_probabilities`);
  const weigh = new KernelPair(`${name}_weigh`);

  return ((logits: FloatArray, labels: IntArray | FloatArray, options?: SoftmaxCrossEntropyOptions) => {
    const current = engine();
    const { heap, kernels } = current;
    checkedOptions(name, options, SOFTMAX_OPTIONS);
    const reduction = checkedReduction(name, options);
    const x = typedArray(name, 'logits', logits);
    const shape = shapeOf(name, 'logits', x.length, options);
    const { rows, columns } = shape;
    if (rows === 0 && reduction === 'mean') throw new RangeError(`${name}: logits has no rows, and the mean of none is not defined`);
    const indexed = isIntegers(labels);
    const smoothing = checkedSmoothing(name, options?.labelSmoothing);
    const ignored = checkedIgnoreIndex(name, options?.ignoreIndex);
    if (!indexed && options?.ignoreIndex !== undefined) throw new TypeError(`${name}: ignoreIndex goes with labels that are indices, and labels is ${describe(labels)}`);
    const weight = checkedWeight(name, options?.weight, x, 'logits', columns);
    if (!indexed) typedArray<NumericArray>(name, 'labels', labels, LABELS);
    const truth = indexed ? checkedLabels(name, 'logits', labels, rows, columns, ignored) : matching(name, 'labels', labels, x, 'logits');
    const divisor = reduction !== 'mean' ? 1 : indexed ? sumOfWeights(truth as Int32Array, weight, ignored) : rows;
    const weighted = weight !== undefined || smoothing > 0;
    const to = destination(heap, name, options?.out, logits, 'logits', weighted ? [x, truth, weight ?? create(x, columns).fill(1)] : [x, truth]);
    const losses = reduction === 'none' ? create(x, rows) : undefined;
    const kernel = (indexed ? ofLabels : ofProbabilities).of(kernels, x.BYTES_PER_ELEMENT);
    let total = 0;

    const run = (input: NumericArray, targets: NumericArray, out: NumericArray, weights: number): void => {
      const operands = [
        rowsIn(input, columns, out), rowsIn(targets, indexed ? 1 : columns, out), rowsOut(out, columns),
        losses ? rowsOut(losses, 1) : rowsScratch(out, 1),
      ];
      if (indexed) {
        alongAxis(current, shape, operands, (count, [p, q, r, s]) => {
          total += kernel(p!, q!, r!, s!, count, columns, 1 / divisor, ignored, weights, smoothing);
        });
      } else if (!weighted) {
        alongAxis(current, shape, operands, (count, [p, q, r, s]) => {
          total += kernel(p!, q!, r!, s!, count, columns, 1 / divisor);
        });
      } else {
        const prepare = weigh.of(kernels, x.BYTES_PER_ELEMENT);
        alongAxis(current, shape, [...operands, rowsScratch(out, columns)], (count, [p, q, r, s, t]) => {
          prepare(q!, weights, t!, count, columns, smoothing);
          total += kernel(p!, t!, r!, s!, count, columns, 1 / divisor);
        });
      }
    };

    const [input, targets, weights] = [to.inputs[0], apart(to.inputs[1], [to.out]), to.inputs[2]];
    if (weights === undefined) run(input, targets, to.out, 0);
    else {
      borrowing<NumericArray>(heap, [apart(weights, [to.out])], [input, targets, to.out], 0, ([w, p, q, out], memory) => {
        run(p!, q!, out!, memory.input(w!));
      });
    }
    return { loss: losses ?? total / divisor, gradient: to.result };
  }) as SoftmaxCrossEntropy;
}

/** Without a kernel: of each row one element is read, and one is written. */
export function nllLoss(engine: () => Engine): NllLoss {
  const name = 'nllLoss';

  return ((logProbabilities: FloatArray, labels: IntArray, options?: ClassLossOptions) => {
    const { heap } = engine();
    checkedOptions(name, options, NLL_OPTIONS);
    const reduction = checkedReduction(name, options);
    const given = typedArray(name, 'logProbabilities', logProbabilities);
    const { rows, columns, inner } = shapeOf(name, 'logProbabilities', given.length, options);
    if (rows === 0 && reduction === 'mean') throw new RangeError(`${name}: logProbabilities has no rows, and the mean of none is not defined`);
    const ignored = checkedIgnoreIndex(name, options?.ignoreIndex);
    const weight = checkedWeight(name, options?.weight, given, 'logProbabilities', columns);
    const indices = checkedLabels(name, 'logProbabilities', labels, rows, columns, ignored);
    const divisor = reduction === 'mean' ? sumOfWeights(indices, weight, ignored) : 1;
    const to = destination(heap, name, options?.out, logProbabilities, 'logProbabilities', [given, indices, weight ?? create(given, 0)]);
    const x = to.inputs[0];
    const [truth, weights] = [apart(to.inputs[1], [to.out]), apart(to.inputs[2], [to.out])];
    const weightOf = (label: number): number => (weight ? weights[label]! : 1);
    const place = (row: number, label: number): number => (inner === 1 ? row * columns + label : (Math.floor(row / inner) * columns + label) * inner + (row % inner));
    const losses = create(x, reduction === 'none' ? rows : 0);
    let total = 0;
    for (let row = 0; row < rows; row++) {
      const label = truth[row]!;
      if (label === ignored) continue;
      const w = weightOf(label);
      const value = x[place(row, label)]!;
      // What has no weight counts nothing, also where its probability is 0.
      const loss = w === 0 && value === -Infinity ? 0 : 0 - w * value;
      if (reduction === 'none') losses[row] = loss;
      total += loss;
    }
    to.out.fill(0);
    for (let row = 0; row < rows; row++) {
      const label = truth[row]!;
      if (label !== ignored) to.out[place(row, label)] = 0 - weightOf(label) / divisor;
    }
    return { loss: reduction === 'none' ? losses : total / divisor, gradient: to.result };
  }) as NllLoss;
}

function isIntegers(labels: unknown): labels is IntArray {
  return labels instanceof WasmArray ? INTEGERS.includes(labels.type.name) : ArrayBuffer.isView(labels) && INTEGERS.includes(typeName(labels));
}

function checkedSmoothing(operation: string, value: unknown): number {
  if (value === undefined) return 0;
  if (typeof value !== 'number') throw new TypeError(`${operation}: labelSmoothing must be a number, got ${describe(value)}`);
  if (!(value >= 0 && value <= 1)) throw new RangeError(`${operation}: labelSmoothing must be from 0 to 1, got ${value}`);
  return value;
}

function checkedIgnoreIndex(operation: string, value: unknown = -100): number {
  if (typeof value !== 'number') throw new TypeError(`${operation}: ignoreIndex must be a number, got ${describe(value)}`);
  if ((value | 0) !== value) throw new RangeError(`${operation}: ignoreIndex must be an integer of 32 bits, got ${value}`);
  return value;
}

function checkedWeight(operation: string, weight: FloatArray | undefined, like: FloatTypedArray, likeName: string, columns: number): FloatTypedArray | undefined {
  return weight === undefined ? undefined : matching(operation, 'weight', weight, like, likeName, columns);
}

function checkedLabels(operation: string, argument: string, labels: IntArray, rows: number, columns: number, ignored: number): Int32Array {
  const indices = typedArray<Int32Array>(operation, 'labels', labels, INTEGERS);
  if (indices.length !== rows) throw new RangeError(`${operation}: labels must have ${rows} elements, one a row of ${argument}, got ${indices.length}`);
  for (let row = 0; row < rows; row++) {
    const label = indices[row]!;
    if ((label >= 0 && label < columns) || label === ignored) continue;
    throw new RangeError(`${operation}: labels[${row}] must be from 0 to ${columns - 1}, or ${ignored} to be ignored, got ${label}`);
  }
  return indices;
}

/** What a mean is divided by: the weights of all labels that count. */
function sumOfWeights(labels: Int32Array, weight: FloatTypedArray | undefined, ignored: number): number {
  let sum = 0;
  for (const label of labels) if (label !== ignored) sum += weight ? weight[label]! : 1;
  return sum;
}
