import { type FloatArray, INTEGERS, type IntArray, create, matching, typedArray } from './arrays.js';
import type { FloatTypedArray } from './numeric.js';
import { type RowsOption, ROWS_OPTIONS, alongAxis, shapeOf } from './axis.js';
import { rowsIn, rowsOut, rowsScratch } from './blocks.js';
import { type Engine, KernelPair } from './engine.js';
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
export interface RowsActivation extends RowsForward {
  /** dL/dx from x: the vector-Jacobian product. */
  readonly backward: RowsBackward;
  /** dL/dx from y = f(x). */
  readonly backwardFromOutput: RowsBackward;
}

export interface Softmax extends RowsActivation {
  /**
   * The matrix of all derivatives dy_i/dx_j = y_i ((i = j) - y_j) of one row, n x n values, row by row: for teaching.
   * `backward` gives its product with a vector without it.
   */
  readonly jacobian: <X extends FloatTypedArray>(x: X) => X;
}

export interface Argmax {
  /** The index of the first maximum of each row; a NaN counts as the maximum. */
  (x: FloatArray, options?: RowsOption & { readonly out?: Int32Array | undefined }): Int32Array;
  <O extends IntArray>(x: FloatArray, options: RowsOption & { readonly out: O }): O;
}

const ALLOWED = allow(...ROWS_OPTIONS, 'out');

function rowsActivation(engine: () => Engine, name: string): RowsActivation {
  const forward = new KernelPair(`${name}_forward`);
  const fromOutput = new KernelPair(`${name}_backwardFromOutput`);

  function f(x: FloatArray, options?: RowsOption & OutOption): FloatArray {
    const current = engine();
    checkedOptions(name, options, ALLOWED);
    const source = typedArray(name, 'x', x);
    const shape = shapeOf(name, 'x', source.length, options);
    const { columns } = shape;
    const to = destination(current.heap, name, options?.out, x, 'x', [source]);
    const kernel = forward.of(current.kernels, to.out.BYTES_PER_ELEMENT);
    alongAxis(current, shape, [rowsIn(to.inputs[0], columns, to.out), rowsOut(to.out, columns)], (count, [p, q]) => kernel(p!, q!, count, columns));
    return to.result;
  }

  function backward(direction: 'backward' | 'backwardFromOutput', argument: 'x' | 'y') {
    const operation = `${name}.${direction}`;
    return (dy: FloatArray, at: FloatArray, options?: RowsOption & OutOption): FloatArray => {
      const current = engine();
      checkedOptions(operation, options, ALLOWED);
      const source = typedArray(operation, argument, at);
      const shape = shapeOf(operation, argument, source.length, options);
      const { columns } = shape;
      const gradient = matching(operation, 'dy', dy, source, argument);
      const to = destination(current.heap, operation, options?.out, at, argument, [source, gradient]);
      const bytes = to.out.BYTES_PER_ELEMENT;
      const kernel = fromOutput.of(current.kernels, bytes);
      const operands = [rowsIn(to.inputs[1], columns, to.out), rowsIn(to.inputs[0], columns, to.out), rowsOut(to.out, columns)];
      if (direction === 'backwardFromOutput') {
        alongAxis(current, shape, operands, (count, [p, q, r]) => kernel(p!, q!, r!, count, columns));
      } else {
        const y = forward.of(current.kernels, bytes);
        alongAxis(current, shape, [...operands, rowsScratch(to.out, columns)], (count, [p, q, r, s]) => {
          y(q!, s!, count, columns);
          kernel(p!, s!, r!, count, columns);
        });
      }
      return to.result;
    };
  }

  Object.defineProperty(f, 'name', { value: name });
  return Object.assign(f, { backward: backward('backward', 'x'), backwardFromOutput: backward('backwardFromOutput', 'y') }) as RowsActivation;
}

export function softmax(engine: () => Engine): Softmax {
  const f = rowsActivation(engine, 'softmax');
  const jacobian = <X extends FloatTypedArray>(x: X): X => {
    const source = typedArray<X>('softmax.jacobian', 'x', x);
    const n = source.length;
    const y = f(source);
    const result = create(source, n * n);
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) result[i * n + j] = y[i]! * ((i === j ? 1 : 0) - y[j]!);
    return result;
  };
  return Object.assign(f, { jacobian });
}

export function logSoftmax(engine: () => Engine): RowsActivation {
  return rowsActivation(engine, 'logSoftmax');
}

export function argmax(engine: () => Engine): Argmax {
  const pair = new KernelPair('argmax_forward');
  return ((x: FloatArray, options?: RowsOption & { readonly out?: IntArray }): IntArray => {
    const current = engine();
    checkedOptions('argmax', options, ALLOWED);
    const source = typedArray('argmax', 'x', x);
    const shape = shapeOf('argmax', 'x', source.length, options);
    const { out = new Int32Array(shape.rows) } = options ?? {};
    const indices = typedArray<Int32Array>('argmax', 'out', out, INTEGERS);
    if (indices.length !== shape.rows) throw new RangeError(`argmax: out must have ${shape.rows} elements, one a row, got ${indices.length}`);
    const kernel = pair.of(current.kernels, source.BYTES_PER_ELEMENT);
    alongAxis(current, shape, [rowsIn(source, shape.columns, indices), rowsOut(indices, 1)], (count, [p, q]) => kernel(p!, q!, count, shape.columns));
    return out;
  }) as Argmax;
}
