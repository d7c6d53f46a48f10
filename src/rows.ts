import { type FloatArray, INTEGERS, type IntArray, matching, typedArray } from './arrays.js';
import { type RowsOption, ROWS_OPTIONS, alongAxis, shapeOf } from './axis.js';
import { apart, elementwise, rowsIn, rowsOut, rowsScratch } from './blocks.js';
import type { Interval } from './catalogue/index.js';
import { type Engine, type Kernel, KernelPair } from './engine.js';
import { type OutOption, deepFreeze, destination } from './operations.js';
import { allow, checkedOptions } from './options.js';

/** What is to be known of a function of rows. */
export interface RowsInfo {
  readonly name: string;
  readonly formula: string;
  /** The least interval that holds its values. */
  readonly range: Interval;
  readonly parameters: Readonly<Record<string, never>>;
  readonly source: string;
}

export interface RowsForward {
  <O extends FloatArray>(x: FloatArray, options: RowsOption & { readonly out: O }): O;
  <X extends FloatArray>(x: X, options?: RowsOption & { readonly out?: undefined }): X;
}

export interface RowsBackward {
  <O extends FloatArray>(dy: FloatArray, at: FloatArray, options: RowsOption & { readonly out: O }): O;
  <X extends FloatArray>(dy: FloatArray, at: X, options?: RowsOption & { readonly out?: undefined }): X;
}

/** A function of whole rows. */
export interface RowsFunction extends RowsForward {
  /** dL/dx from x: the vector-Jacobian product. */
  readonly backward: RowsBackward;
  readonly info: RowsInfo;
}

/** A function of whole rows whose derivatives are functions of its output. */
export interface RowsActivation extends RowsFunction {
  /** dL/dx from y = f(x). */
  readonly backwardFromOutput: RowsBackward;
}

export interface Softmax extends RowsActivation {
  /**
   * The matrix of all derivatives dy_i/dx_j = y_i ((i = j) - y_j) of one row, n x n values, row by row: for teaching.
   * `backward` gives its product with a vector without it.
   */
  readonly jacobian: Jacobian;
}

export interface Jacobian {
  <O extends FloatArray>(x: FloatArray, options: { readonly out: O }): O;
  <X extends FloatArray>(x: X, options?: { readonly out?: undefined }): X;
}

export interface Argmax {
  /** The index of the first maximum of each row; a NaN counts as the maximum. */
  (x: FloatArray, options?: RowsOption & { readonly out?: Int32Array | undefined }): Int32Array;
  <O extends IntArray>(x: FloatArray, options: RowsOption & { readonly out: O }): O;
}

const BRIDLE = 'Bridle: Probabilistic interpretation of feedforward classification network outputs. Neurocomputing, NATO ASI Series F 68, 1990';

const facts = (name: string, formula: string, range: Interval, source: string): RowsInfo => deepFreeze({ name, formula, range, parameters: {}, source });

const SOFTMAX = facts('softmax', 'e^x_i / sum_j e^x_j', [0, 1], BRIDLE);
const SOFTMIN = facts('softmin', 'e^-x_i / sum_j e^-x_j', [0, 1], `${BRIDLE}, of -x`);
const LOG_SOFTMAX = facts('logSoftmax', 'x_i - ln sum_j e^x_j', [-Infinity, 0], `${BRIDLE}, its logarithm`);
const SPARSEMAX = facts(
  'sparsemax', 'max(x_i - tau, 0) with the tau for which the row sums to 1', [0, 1],
  'Martins and Astudillo: From softmax to sparsemax: a sparse model of attention and multi-label classification. ICML 2016',
);
const HARDMAX = facts('hardmax', '1 at the first maximum of the row, 0 elsewhere', [0, 1], 'ONNX operators, Hardmax');
const LOG_SUM_EXP = facts('logSumExp', 'ln sum_j e^x_j', [-Infinity, Infinity], 'Blanchard, Higham and Higham: Accurately computing the log-sum-exp and softmax functions. IMA J. Numer. Anal. 41, 2021');

const ALLOWED = allow(...ROWS_OPTIONS, 'out');

type RowsOptions = RowsOption & OutOption;

/** The kernels of a function for an element type: forward(x, y, rows, columns), fromOutput(dy, y, dx, rows, columns). */
type RowsKernels = (engine: Engine, bytesPerElement: number) => { readonly forward: Kernel; readonly fromOutput: Kernel };

function kernelsNamed(name: string): RowsKernels {
  const forward = new KernelPair(`${name}_forward`);
  const fromOutput = new KernelPair(`${name}_backwardFromOutput`);
  return ({ kernels }, bytes) => ({ forward: forward.of(kernels, bytes), fromOutput: fromOutput.of(kernels, bytes) });
}

/** Those of f(-x) from those of f. */
function negated(kernelsOf: RowsKernels): RowsKernels {
  const pair = new KernelPair('softmin_negate');
  return (engine, bytes) => {
    const { forward, fromOutput } = kernelsOf(engine, bytes);
    const negate = pair.of(engine.kernels, bytes);
    return {
      forward(x, y, rows, columns) {
        negate(x, y, rows * columns);
        return forward(y, y, rows, columns);
      },
      fromOutput(dy, y, dx, rows, columns) {
        fromOutput(dy, y, dx, rows, columns);
        return negate(dx, dx, rows * columns);
      },
    };
  };
}

function forwardOf(engine: () => Engine, { name }: RowsInfo, kernelsOf: (engine: Engine, bytesPerElement: number) => { readonly forward: Kernel }): RowsForward {
  const f = (x: FloatArray, options?: RowsOptions): FloatArray => {
    const current = engine();
    checkedOptions(name, options, ALLOWED);
    const source = typedArray(name, 'x', x);
    const shape = shapeOf(name, 'x', source.length, options);
    const { columns } = shape;
    const { result, out, inputs } = destination(current.heap, name, options?.out, x, 'x', [source]);
    const { forward } = kernelsOf(current, out.BYTES_PER_ELEMENT);
    alongAxis(current, shape, [rowsIn(inputs[0], columns, out), rowsOut(out, columns)], (rows, [p, q]) => forward(p!, q!, rows, columns));
    return result;
  };
  return Object.defineProperty(f, 'name', { value: name });
}

/** What a backward direction makes of its arguments. */
function backwardCall(engine: Engine, operation: string, dy: FloatArray, at: FloatArray, argument: 'x' | 'y', options: RowsOptions | undefined) {
  checkedOptions(operation, options, ALLOWED);
  const source = typedArray(operation, argument, at);
  const shape = shapeOf(operation, argument, source.length, options);
  const gradient = matching(operation, 'dy', dy, source, argument);
  const { result, out, inputs } = destination(engine.heap, operation, options?.out, at, argument, [source, gradient]);
  return { shape, result, out, source: inputs[0], gradient: inputs[1], bytes: out.BYTES_PER_ELEMENT };
}

function rowsActivation(engine: () => Engine, info: RowsInfo, kernelsOf = kernelsNamed(info.name)): RowsActivation {
  const backward = (dy: FloatArray, x: FloatArray, options?: RowsOptions): FloatArray => {
    const current = engine();
    const { shape, result, out, source, gradient, bytes } = backwardCall(current, `${info.name}.backward`, dy, x, 'x', options);
    const { columns } = shape;
    const { forward, fromOutput } = kernelsOf(current, bytes);
    const operands = [rowsIn(gradient, columns, out), rowsIn(source, columns, out), rowsOut(out, columns), rowsScratch(out, columns)];
    alongAxis(current, shape, operands, (rows, [p, q, r, y]) => {
      forward(q!, y!, rows, columns);
      fromOutput(p!, y!, r!, rows, columns);
    });
    return result;
  };
  const backwardFromOutput = (dy: FloatArray, y: FloatArray, options?: RowsOptions): FloatArray => {
    const current = engine();
    const { shape, result, out, source, gradient, bytes } = backwardCall(current, `${info.name}.backwardFromOutput`, dy, y, 'y', options);
    const { columns } = shape;
    const { fromOutput } = kernelsOf(current, bytes);
    const operands = [rowsIn(gradient, columns, out), rowsIn(source, columns, out), rowsOut(out, columns)];
    alongAxis(current, shape, operands, (rows, [p, q, r]) => fromOutput(p!, q!, r!, rows, columns));
    return result;
  };
  return Object.assign(forwardOf(engine, info, kernelsOf), { backward, backwardFromOutput, info }) as RowsActivation;
}

export function softmax(engine: () => Engine): Softmax {
  const f = rowsActivation(engine, SOFTMAX);
  const operation = 'softmax.jacobian';
  const jacobian = (x: FloatArray, options?: OutOption): FloatArray => {
    const { heap } = engine();
    checkedOptions(operation, options, allow('out'));
    const source = typedArray(operation, 'x', x);
    const { columns: n } = shapeOf(operation, 'x', source.length, undefined);
    const { result, out, inputs } = destination(heap, operation, options?.out, x, 'x', [source], n * n);
    const y = f(inputs[0]);
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) out[i * n + j] = y[i]! * ((i === j ? 1 : 0) - y[j]!);
    return result;
  };
  return Object.assign(f, { jacobian: jacobian });
}

export const softmin = (engine: () => Engine): RowsActivation => rowsActivation(engine, SOFTMIN, negated(kernelsNamed('softmax')));
export const logSoftmax = (engine: () => Engine): RowsActivation => rowsActivation(engine, LOG_SOFTMAX);
export const sparsemax = (engine: () => Engine): RowsActivation => rowsActivation(engine, SPARSEMAX);

export function hardmax(engine: () => Engine): RowsFunction {
  const forward = new KernelPair('hardmax_forward');
  // A function of steps, each of whose derivatives is 0.
  const zero = new KernelPair('heaviside_backward');
  const backward = (dy: FloatArray, x: FloatArray, options?: RowsOptions): FloatArray => {
    const current = engine();
    const { result, out, source, gradient, bytes } = backwardCall(current, 'hardmax.backward', dy, x, 'x', options);
    elementwise(current.heap, zero.of(current.kernels, bytes), gradient, source, out);
    return result;
  };
  return Object.assign(forwardOf(engine, HARDMAX, ({ kernels }, bytes) => ({ forward: forward.of(kernels, bytes) })), { backward, info: HARDMAX }) as RowsFunction;
}

export function logSumExp(engine: () => Engine): RowsFunction {
  const { name } = LOG_SUM_EXP;
  const forward = new KernelPair(`${name}_forward`);
  const probabilities = new KernelPair('softmax_forward');
  const scaleRows = new KernelPair(`${name}_scaleRows`);

  const f = (x: FloatArray, options?: RowsOptions): FloatArray => {
    const current = engine();
    checkedOptions(name, options, ALLOWED);
    const source = typedArray(name, 'x', x);
    const shape = shapeOf(name, 'x', source.length, options);
    const { columns } = shape;
    const { result, out, inputs } = destination(current.heap, name, options?.out, x, 'x', [source], shape.rows);
    const kernel = forward.of(current.kernels, out.BYTES_PER_ELEMENT);
    alongAxis(current, shape, [rowsIn(inputs[0], columns, out), rowsOut(out, 1)], (rows, [p, q]) => kernel(p!, q!, rows, columns));
    return result;
  };

  const backward = (dy: FloatArray, x: FloatArray, options?: RowsOptions): FloatArray => {
    const current = engine();
    const operation = `${name}.backward`;
    checkedOptions(operation, options, ALLOWED);
    const source = typedArray(operation, 'x', x);
    const shape = shapeOf(operation, 'x', source.length, options);
    const { columns } = shape;
    const gradient = matching(operation, 'dy', dy, source, 'x', shape.rows);
    const { result, out, inputs } = destination(current.heap, operation, options?.out, x, 'x', [source, gradient]);
    const softmaxOf = probabilities.of(current.kernels, out.BYTES_PER_ELEMENT);
    const scale = scaleRows.of(current.kernels, out.BYTES_PER_ELEMENT);
    const operands = [rowsIn(apart(inputs[1], [out]), 1), rowsIn(inputs[0], columns, out), rowsOut(out, columns)];
    alongAxis(current, shape, operands, (rows, [p, q, r]) => {
      softmaxOf(q!, r!, rows, columns);
      scale(p!, r!, rows, columns);
    });
    return result;
  };
  return Object.assign(Object.defineProperty(f, 'name', { value: name }), { backward, info: LOG_SUM_EXP }) as RowsFunction;
}

export function argmax(engine: () => Engine): Argmax {
  const pair = new KernelPair('argmax_forward');
  return ((x: FloatArray, options?: RowsOption & { readonly out?: IntArray }): IntArray => {
    const current = engine();
    checkedOptions('argmax', options, ALLOWED);
    const source = typedArray('argmax', 'x', x);
    const shape = shapeOf('argmax', 'x', source.length, options);
    const { columns } = shape;
    const { out = new Int32Array(shape.rows) } = options ?? {};
    const indices = typedArray<Int32Array>('argmax', 'out', out, INTEGERS);
    if (indices.length !== shape.rows) throw new RangeError(`argmax: out must have ${shape.rows} elements, one a row, got ${indices.length}`);
    const kernel = pair.of(current.kernels, source.BYTES_PER_ELEMENT);
    alongAxis(current, shape, [rowsIn(source, columns, indices), rowsOut(indices, 1)], (rows, [p, q]) => kernel(p!, q!, rows, columns));
    return out;
  }) as Argmax;
}
