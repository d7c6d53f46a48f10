import { type FloatArray, INTEGERS, type IntArray, matching, typedArray } from './arrays.js';
import { type RowsOption, ROWS_OPTIONS, alongAxis, shapeOf } from './axis.js';
import { apart, elementwise, rowsIn, rowsOut, rowsScratch } from './blocks.js';
import { type Engine, type Kernel, KernelPair } from './engine.js';
import { type OutOption, destination } from './operations.js';
import { allow, checkedOptions } from './options.js';

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

function forwardOf(engine: () => Engine, name: string, kernelsOf: (engine: Engine, bytesPerElement: number) => { readonly forward: Kernel }): RowsForward {
  return (x: FloatArray, options?: RowsOptions): FloatArray => {
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

function rowsActivation(engine: () => Engine, name: string, kernelsOf = kernelsNamed(name)): RowsActivation {
  const backward = (dy: FloatArray, x: FloatArray, options?: RowsOptions): FloatArray => {
    const current = engine();
    const { shape, result, out, source, gradient, bytes } = backwardCall(current, `${name}.backward`, dy, x, 'x', options);
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
    const { shape, result, out, source, gradient, bytes } = backwardCall(current, `${name}.backwardFromOutput`, dy, y, 'y', options);
    const { columns } = shape;
    const { fromOutput } = kernelsOf(current, bytes);
    const operands = [rowsIn(gradient, columns, out), rowsIn(source, columns, out), rowsOut(out, columns)];
    alongAxis(current, shape, operands, (rows, [p, q, r]) => fromOutput(p!, q!, r!, rows, columns));
    return result;
  };
  return Object.assign(forwardOf(engine, name, kernelsOf), { backward, backwardFromOutput }) as RowsActivation;
}

export function softmax(engine: () => Engine): Softmax {
  const f = rowsActivation(engine, 'softmax');
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

export const softmin = (engine: () => Engine): RowsActivation => rowsActivation(engine, 'softmin', negated(kernelsNamed('softmax')));
export const logSoftmax = (engine: () => Engine): RowsActivation => rowsActivation(engine, 'logSoftmax');
export const sparsemax = (engine: () => Engine): RowsActivation => rowsActivation(engine, 'sparsemax');

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
  return Object.assign(forwardOf(engine, 'hardmax', ({ kernels }, bytes) => ({ forward: forward.of(kernels, bytes) })), { backward }) as RowsFunction;
}

export function logSumExp(engine: () => Engine): RowsFunction {
  const name = 'logSumExp';
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
  return Object.assign(f, { backward }) as RowsFunction;
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
