import { type FloatArray, INTEGERS, type IntArray, create, matching, typedArray } from './arrays.js';
import type { FloatTypedArray } from './numeric.js';
import { byRows, rowsIn, rowsOut, rowsScratch } from './blocks.js';
import { type Engine, KernelPair } from './engine.js';
import { type OutOption, destination } from './operations.js';
import { allow, checkedCount, checkedOptions } from './options.js';

export interface RowsOption {
  /** The length of a row, which the array's length is a multiple of. Default: the array is one row. */
  readonly columns?: number | undefined;
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

/** How many rows, of how many columns. */
export function shapeOf(operation: string, argument: string, length: number, columns: number | undefined): { rows: number; columns: number } {
  if (columns === undefined) {
    if (length === 0) throw new RangeError(`${operation}: ${argument} has no elements, and a row of none has no maximum`);
    return { rows: 1, columns: length };
  }
  checkedCount(operation, 'columns', columns);
  if (length % columns !== 0) throw new RangeError(`${operation}: ${argument} has ${length} elements, which are no whole rows of ${columns} columns`);
  return { rows: length / columns, columns };
}

const ALLOWED = allow('columns', 'out');

function rowsActivation(engine: () => Engine, name: string): RowsActivation {
  const forward = new KernelPair(`${name}_forward`);
  const fromOutput = new KernelPair(`${name}_backwardFromOutput`);

  function f(x: FloatArray, options?: RowsOption & OutOption): FloatArray {
    const { heap, kernels } = engine();
    checkedOptions(name, options, ALLOWED);
    const source = typedArray(name, 'x', x);
    const { rows, columns } = shapeOf(name, 'x', source.length, options?.columns);
    const to = destination(heap, name, options?.out, x, 'x', [source]);
    const kernel = forward.of(kernels, to.out.BYTES_PER_ELEMENT);
    byRows(heap, rows, [rowsIn(to.inputs[0], columns, to.out), rowsOut(to.out, columns)], (count, [p, q]) => kernel(p!, q!, count, columns));
    return to.result;
  }

  function backward(direction: 'backward' | 'backwardFromOutput', argument: 'x' | 'y') {
    const operation = `${name}.${direction}`;
    return (dy: FloatArray, at: FloatArray, options?: RowsOption & OutOption): FloatArray => {
      const { heap, kernels } = engine();
      checkedOptions(operation, options, ALLOWED);
      const source = typedArray(operation, argument, at);
      const { rows, columns } = shapeOf(operation, argument, source.length, options?.columns);
      const gradient = matching(operation, 'dy', dy, source, argument);
      const to = destination(heap, operation, options?.out, at, argument, [source, gradient]);
      const bytes = to.out.BYTES_PER_ELEMENT;
      const kernel = fromOutput.of(kernels, bytes);
      const operands = [rowsIn(to.inputs[1], columns, to.out), rowsIn(to.inputs[0], columns, to.out), rowsOut(to.out, columns)];
      if (direction === 'backwardFromOutput') {
        byRows(heap, rows, operands, (count, [p, q, r]) => kernel(p!, q!, r!, count, columns));
      } else {
        const y = forward.of(kernels, bytes);
        byRows(heap, rows, [...operands, rowsScratch(to.out, columns)], (count, [p, q, r, s]) => {
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
    const { heap, kernels } = engine();
    checkedOptions('argmax', options, ALLOWED);
    const source = typedArray('argmax', 'x', x);
    const { rows, columns } = shapeOf('argmax', 'x', source.length, options?.columns);
    const { out = new Int32Array(rows) } = options ?? {};
    const indices = typedArray<Int32Array>('argmax', 'out', out, INTEGERS);
    if (indices.length !== rows) throw new RangeError(`argmax: out must have ${rows} elements, one a row, got ${indices.length}`);
    const kernel = pair.of(kernels, source.BYTES_PER_ELEMENT);
    byRows(heap, rows, [rowsIn(source, columns, indices), rowsOut(indices, 1)], (count, [p, q]) => kernel(p!, q!, count, columns));
    return out;
  }) as Argmax;
}
