import { type FloatArray, create, matching, typedArray } from './arrays.js';
import { type RowsOption, ROWS_OPTIONS } from './axis.js';
import { byRows, rowsIn, rowsOut, rowsScratch } from './blocks.js';
import { type Engine, KernelPair } from './engine.js';
import { type Loss, type LossOptions, type Reduction, checkedReduction } from './losses.js';
import { destination } from './operations.js';
import { allow, checkedOptions } from './options.js';
import { byColumns, columnValues } from './pattern.js';

export interface BinaryCrossEntropyOptions<R extends Reduction = Reduction> extends RowsOption, LossOptions<R> {
  /** How much a positive target counts against a negative one: a number, or an array with one a column. */
  readonly posWeight?: number | FloatArray | undefined;
}

/**
 * -p t ln sigmoid(x) - (1 - t) ln(1 - sigmoid(x)) of each logit x and its target t (0 to 1), p its posWeight, with its
 * gradient (1 - t + p t) sigmoid(x) - p t.
 */
export type BinaryCrossEntropyWithLogits = <X extends FloatArray, R extends Reduction = 'mean'>(
  logits: X, targets: FloatArray, options?: BinaryCrossEntropyOptions<R>,
) => Loss<X, R>;

/** (y - t)^2 of each element and its target, with its gradient 2 (y - t). */
export type MeanSquaredError = <X extends FloatArray, R extends Reduction = 'mean'>(y: X, targets: FloatArray, options?: LossOptions<R>) => Loss<X, R>;

const BINARY_OPTIONS = allow(...ROWS_OPTIONS, 'reduction', 'posWeight', 'out');
const SQUARED_OPTIONS = allow('reduction', 'out');

export function binaryCrossEntropyWithLogits(engine: () => Engine): BinaryCrossEntropyWithLogits {
  const name = 'binaryCrossEntropyWithLogits';
  const plain = new KernelPair('binaryCrossEntropy_withLogits');
  const weighted = new KernelPair('binaryCrossEntropy_weighted');

  return ((logits: FloatArray, targets: FloatArray, options?: BinaryCrossEntropyOptions) => {
    const { heap, kernels } = engine();
    checkedOptions(name, options, BINARY_OPTIONS);
    const reduction = checkedReduction(name, options);
    const x = typedArray(name, 'logits', logits);
    const { length } = x;
    if (length === 0 && reduction === 'mean') throw new RangeError(`${name}: logits has no elements, and the mean of none is not defined`);
    const truth = matching(name, 'targets', targets, x, 'logits');
    const { posWeight = 1 } = options ?? {};
    const given = columnValues(name, 'posWeight', posWeight, x, 'logits', options);
    const to = destination(heap, name, options?.out, logits, 'logits', [x, truth, given.values]);
    const [input, target, values] = to.inputs;
    const losses = create(x, reduction === 'none' ? length : 0);
    const divisor = reduction === 'mean' ? length : 1;
    let total = 0;
    if (posWeight === 1) {
      const kernel = plain.of(kernels, x.BYTES_PER_ELEMENT);
      const operands = [rowsIn(input, 1, to.out), rowsIn(target, 1, to.out), rowsOut(to.out, 1), reduction === 'none' ? rowsOut(losses, 1) : rowsScratch(losses, 1)];
      byRows(heap, length, operands, (count, [p, q, r, s]) => {
        total += kernel(p!, q!, r!, s!, count, 1 / divisor);
      });
    } else {
      const kernel = weighted.of(kernels, x.BYTES_PER_ELEMENT);
      byColumns(heap, { ...given, values }, [input, target], reduction === 'none' ? [to.out, losses] : [to.out], (count, [p, q, r, s], { pointer, offset, period }) => {
        total += kernel(p!, q!, r!, s ?? 0, count, 1 / divisor, pointer, offset, period);
      });
    }
    return { loss: reduction === 'none' ? losses : total / divisor, gradient: to.result };
  }) as BinaryCrossEntropyWithLogits;
}

export function meanSquaredError(engine: () => Engine): MeanSquaredError {
  const name = 'meanSquaredError';
  const pair = new KernelPair('squaredError_elements');

  return ((y: FloatArray, targets: FloatArray, options?: LossOptions) => {
    const { heap, kernels } = engine();
    checkedOptions(name, options, SQUARED_OPTIONS);
    const reduction = checkedReduction(name, options);
    const source = typedArray(name, 'y', y);
    const { length } = source;
    if (length === 0 && reduction === 'mean') throw new RangeError(`${name}: y has no elements, and the mean of none is not defined`);
    const to = destination(heap, name, options?.out, y, 'y', [source, matching(name, 'targets', targets, source, 'y')]);
    const losses = create(source, reduction === 'none' ? length : 0);
    const divisor = reduction === 'mean' ? length : 1;
    const kernel = pair.of(kernels, source.BYTES_PER_ELEMENT);
    const operands = [rowsIn(to.inputs[0], 1, to.out), rowsIn(to.inputs[1], 1, to.out), rowsOut(to.out, 1)];
    let total = 0;
    byRows(heap, length, reduction === 'none' ? [...operands, rowsOut(losses, 1)] : operands, (count, [p, q, r, s]) => {
      total += kernel(p!, q!, r!, s ?? 0, count, 1 / divisor);
    });
    return { loss: reduction === 'none' ? losses : total / divisor, gradient: to.result };
  }) as MeanSquaredError;
}
