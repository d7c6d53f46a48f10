import { type FloatArray, INTEGERS, type IntArray, WasmArray, create, matching, typedArray } from './arrays.js';
import type { FloatTypedArray } from './numeric.js';
import { type RowsOption, ROWS_OPTIONS, alongAxis, shapeOf } from './axis.js';
import { apart, byRows, rowsIn, rowsOut, rowsScratch } from './blocks.js';
import { describe, typeName } from './describe.js';
import { type Engine, KernelPair } from './engine.js';
import { destination } from './operations.js';
import { allow, checkedOptions } from './options.js';

export type Reduction = 'mean' | 'sum' | 'none';

export interface LossOptions<R extends Reduction = Reduction, O extends FloatArray = FloatArray> {
  /** `mean` (the default) over the rows, `sum`, or `none`: each row's loss. The gradient is that of what is returned. */
  readonly reduction?: R | undefined;
  /** Where the gradient goes; may be the input. */
  readonly out?: O | undefined;
}

export interface Loss<X extends FloatArray, R extends Reduction> {
  /** A number, or with reduction `none` one a row. */
  readonly loss: R extends 'none' ? FloatTypedArray : number;
  /** The gradient with respect to the input: a new array, or `out`. */
  readonly gradient: X;
}

/**
   * -ln softmax(logits)[label], or -sum_j p_j ln softmax(logits)_j for rows of probabilities p, with its gradient
   * softmax(logits) sum(p) - p. The logits may be of any size: nothing overflows.
   */
export type SoftmaxCrossEntropy = <X extends FloatArray, R extends Reduction = 'mean'>(
    logits: X, labels: IntArray | FloatArray, options: RowsOption & LossOptions<R>,
  ) => Loss<X, R>;

/** max(x, 0) - x t + ln(1 + e^-|x|) of each logit x and its target t (0 to 1), with its gradient sigmoid(x) - t. */
export type BinaryCrossEntropyWithLogits = <X extends FloatArray, R extends Reduction = 'mean'>(logits: X, targets: FloatArray, options?: LossOptions<R>) => Loss<X, R>;

const SOFTMAX_OPTIONS = allow(...ROWS_OPTIONS, 'reduction', 'out');
const BINARY_OPTIONS = allow('reduction', 'out');
const REDUCTIONS: readonly unknown[] = ['mean', 'sum', 'none'];

function checkedReduction(operation: string, options: LossOptions | undefined): Reduction {
  const { reduction = 'mean' } = options ?? {};
  if (!REDUCTIONS.includes(reduction)) throw new RangeError(`${operation}: reduction must be 'mean', 'sum' or 'none', got ${describe(reduction)}`);
  return reduction;
}

export function softmaxCrossEntropy(engine: () => Engine): SoftmaxCrossEntropy {
  const name = 'softmaxCrossEntropy';
  const ofLabels = new KernelPair(`${name}_labels`);
  const ofProbabilities = new KernelPair(`${name}_probabilities`);

  return ((logits: FloatArray, labels: IntArray | FloatArray, options?: RowsOption & LossOptions) => {
    const current = engine();
    const { heap, kernels } = current;
    checkedOptions(name, options, SOFTMAX_OPTIONS);
    const reduction = checkedReduction(name, options);
    const x = typedArray(name, 'logits', logits);
    const shape = shapeOf(name, 'logits', x.length, options);
    const { rows, columns } = shape;
    if (rows === 0 && reduction === 'mean') throw new RangeError(`${name}: logits has no rows, and the mean of none is not defined`);
    const indexed = isIntegers(labels);
    const truth = indexed ? checkedLabels(name, labels, rows, columns) : matching(name, 'labels', labels, x, 'logits');
    const to = destination(heap, name, options?.out, logits, 'logits', [x, truth]);
    const losses = create(x, rows);
    const divisor = reduction === 'mean' ? rows : 1;
    const kernel = (indexed ? ofLabels : ofProbabilities).of(kernels, x.BYTES_PER_ELEMENT);
    let total = 0;
    const operands = [
      rowsIn(to.inputs[0], columns, to.out), rowsIn(apart(to.inputs[1], [to.out]), indexed ? 1 : columns, to.out), rowsOut(to.out, columns),
      reduction === 'none' ? rowsOut(losses, 1) : rowsScratch(losses, 1),
    ];
    alongAxis(current, shape, operands, (count, [p, q, r, s]) => {
      total += kernel(p!, q!, r!, s!, count, columns, 1 / divisor);
    });
    return { loss: reduction === 'none' ? losses : total / divisor, gradient: to.result };
  }) as SoftmaxCrossEntropy;
}

export function binaryCrossEntropyWithLogits(engine: () => Engine): BinaryCrossEntropyWithLogits {
  const name = 'binaryCrossEntropyWithLogits';
  const pair = new KernelPair('binaryCrossEntropy_withLogits');

  return ((logits: FloatArray, targets: FloatArray, options?: LossOptions) => {
    const { heap, kernels } = engine();
    checkedOptions(name, options, BINARY_OPTIONS);
    const reduction = checkedReduction(name, options);
    const x = typedArray(name, 'logits', logits);
    if (x.length === 0 && reduction === 'mean') throw new RangeError(`${name}: logits has no elements, and the mean of none is not defined`);
    const to = destination(heap, name, options?.out, logits, 'logits', [x, matching(name, 'targets', targets, x, 'logits')]);
    const losses = create(x, x.length);
    const divisor = reduction === 'mean' ? x.length : 1;
    const kernel = pair.of(kernels, x.BYTES_PER_ELEMENT);
    let total = 0;
    const operands = [
      rowsIn(to.inputs[0], 1, to.out), rowsIn(to.inputs[1], 1, to.out), rowsOut(to.out, 1),
      reduction === 'none' ? rowsOut(losses, 1) : rowsScratch(losses, 1),
    ];
    byRows(heap, x.length, operands, (count, [p, q, r, s]) => {
      total += kernel(p!, q!, r!, s!, count, 1 / divisor);
    });
    return { loss: reduction === 'none' ? losses : total / divisor, gradient: to.result };
  }) as BinaryCrossEntropyWithLogits;
}

function isIntegers(labels: unknown): labels is IntArray {
  return labels instanceof WasmArray ? INTEGERS.includes(labels.type.name) : ArrayBuffer.isView(labels) && INTEGERS.includes(typeName(labels));
}

function checkedLabels(operation: string, labels: IntArray, rows: number, columns: number): Int32Array {
  const indices = typedArray<Int32Array>(operation, 'labels', labels, INTEGERS);
  if (indices.length !== rows) throw new RangeError(`${operation}: labels must have ${rows} elements, one a row of logits, got ${indices.length}`);
  const wrong = indices.findIndex((label) => label < 0 || label >= columns);
  if (wrong >= 0) throw new RangeError(`${operation}: labels[${wrong}] must be from 0 to ${columns - 1}, got ${indices[wrong]}`);
  return indices;
}
