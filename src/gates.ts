import { type FloatArray, matching, typedArray } from './arrays.js';
import { type RowsOption, type RowsShape, ROWS_OPTIONS, alongAxis, shapeOf } from './axis.js';
import { rowsIn, rowsOut, rowsScratch } from './blocks.js';
import { type Row, catalogue } from './catalogue/index.js';
import { describe } from './describe.js';
import { type Engine, KernelPair } from './engine.js';
import { type OutOption, destination } from './operations.js';
import { allow, checkedOptions } from './options.js';

/** The gated units and the function of their gates. */
export const gates = {
  glu: catalogue.sigmoid,
  swiglu: catalogue.silu,
  geglu: catalogue.gelu,
  reglu: catalogue.relu,
} as const satisfies Record<string, Row>;

export interface GateOptions extends RowsOption {
  /** Which half of a row is the gate: `second` (the default), as in PyTorch, or `first`, as in Llama's fused gate and up projection. */
  readonly gate?: 'first' | 'second' | undefined;
}

/** The product of a value and the function of a gate, which are the halves of each row. */
export interface GatedUnit {
  /** value f(gate): half as long as x. */
  <O extends FloatArray>(x: FloatArray, options: GateOptions & { readonly out: O }): O;
  <X extends FloatArray>(x: X, options?: GateOptions & { readonly out?: undefined }): X;
  /** dL/dx from dL/dy, of the length of x: dy f(gate) for the values, dy value f'(gate) for the gates. */
  readonly backward: {
    <O extends FloatArray>(dy: FloatArray, x: FloatArray, options: GateOptions & { readonly out: O }): O;
    <X extends FloatArray>(dy: FloatArray, x: X, options?: GateOptions & { readonly out?: undefined }): X;
  };
}

const ALLOWED = allow(...ROWS_OPTIONS, 'gate', 'out');

const COPY = new KernelPair('gate_copy');
const MULTIPLY = new KernelPair('gate_multiply');

/** Products that are formed at a time: what stays in the first-level cache between the kernels. */
const PIECE = 2048;

/** From so many on, it takes less time to call the kernels for each row than to copy the rows together. */
const LONG = 256;

export function gatedUnit(engine: () => Engine, name: keyof typeof gates): GatedUnit {
  const forward = new KernelPair(`${gates[name].name}_forward`);
  const derivative = new KernelPair(`${gates[name].name}_derivative`);

  function f(x: FloatArray, options?: GateOptions & OutOption): FloatArray {
    const current = engine();
    checkedOptions(name, options, ALLOWED);
    const source = typedArray(name, 'x', x);
    const size = source.BYTES_PER_ELEMENT;
    const { shape, half, value, gate } = halves(name, source.length, size, options);
    const to = destination(current.heap, name, options?.out, x, 'x', [source], source.length / 2);
    const act = forward.of(current.kernels, size);
    const multiply = MULTIPLY.of(current.kernels, size);
    const operands = [rowsIn(to.inputs[0], shape.columns, to.out), rowsOut(to.out, half), rowsScratch(source, Math.min(half, PIECE))];
    alongAxis(current, shape, operands, (count, [p, q, s]) => {
      inPieces(count, half, size, (rows, columns, atHalf, at) => {
        act(together(current, size, p! + gate + at, s!, rows, columns), s!, rows * columns);
        multiply(p! + value + at, shape.columns, s!, q! + atHalf, half, rows, columns);
      });
    });
    return to.result;
  }

  const operation = `${name}.backward`;
  function gradient(dy: FloatArray, x: FloatArray, options?: GateOptions & OutOption): FloatArray {
    const current = engine();
    checkedOptions(operation, options, ALLOWED);
    const source = typedArray(operation, 'x', x);
    const size = source.BYTES_PER_ELEMENT;
    const { shape, half, value, gate } = halves(operation, source.length, size, options);
    const incoming = matching(operation, 'dy', dy, source, 'x', source.length / 2);
    const to = destination(current.heap, operation, options?.out, x, 'x', [source, incoming]);
    const act = forward.of(current.kernels, size);
    const derive = derivative.of(current.kernels, size);
    const multiply = MULTIPLY.of(current.kernels, size);
    const scratch = rowsScratch(source, Math.min(half, PIECE));
    const operands = [rowsIn(to.inputs[1], half, to.out), rowsIn(to.inputs[0], shape.columns, to.out), rowsOut(to.out, shape.columns), scratch, scratch];
    alongAxis(current, shape, operands, (count, [p, q, r, s, t]) => {
      inPieces(count, half, size, (rows, columns, atHalf, at) => {
        // All of x is read before its place is written, which the gradient may go to.
        const gates = together(current, size, q! + gate + at, s!, rows, columns);
        derive(gates, t!, rows * columns);
        multiply(q! + value + at, shape.columns, t!, t!, columns, rows, columns);
        act(gates, s!, rows * columns);
        multiply(p! + atHalf, half, s!, r! + value + at, shape.columns, rows, columns);
        multiply(p! + atHalf, half, t!, r! + gate + at, shape.columns, rows, columns);
      });
    });
    return to.result;
  }

  return Object.assign(f, { backward: gradient }) as GatedUnit;
}

/** The address of the halves of some rows, one after the other: a copy unless it is one row. */
function together({ kernels }: Engine, size: number, from: number, to: number, rows: number, columns: number): number {
  if (rows === 1) return from;
  COPY.of(kernels, size)(from, 2 * columns, to, columns, rows, columns);
  return to;
}

/**
 * Calls body(rows, columns, atHalf, at) for pieces of `count` rows, `at` and `atHalf` bytes from the first in arrays of
 * whole rows and of halves: some rows, or a part of one that is longer than a piece.
 */
function inPieces(count: number, half: number, size: number, body: (rows: number, columns: number, atHalf: number, at: number) => void): void {
  const rows = half < LONG ? Math.floor(PIECE / half) : 1;
  for (let row = 0; row < count; row += rows) {
    for (let column = 0; column < half; column += PIECE) {
      body(Math.min(rows, count - row), Math.min(PIECE, half - column), (row * half + column) * size, (2 * row * half + column) * size);
    }
  }
}

/** The rows, and where in them the value and the gate begin, in bytes. */
function halves(operation: string, length: number, size: number, options: GateOptions | undefined): { shape: RowsShape; half: number; value: number; gate: number } {
  const { gate = 'second' } = options ?? {};
  if (!['first', 'second'].includes(gate)) throw new RangeError(`${operation}: gate must be 'first' or 'second', got ${describe(gate)}`);
  const shape = shapeOf(operation, 'x', length, options);
  const { columns } = shape;
  if (columns % 2 !== 0) throw new RangeError(`${operation}: a row of x must have an even number of columns, half of them values and half gates; got ${columns}`);
  const half = columns / 2;
  return { shape, half, value: gate === 'first' ? half * size : 0, gate: gate === 'first' ? 0 : half * size };
}
