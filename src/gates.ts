import { type FloatArray, matching, typedArray } from './arrays.js';
import { type RowsOption, type RowsShape, ROWS_OPTIONS, alongAxis, shapeOf } from './axis.js';
import { rowsIn, rowsOut } from './blocks.js';
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

export function gatedUnit(engine: () => Engine, name: keyof typeof gates): GatedUnit {
  const forward = new KernelPair(`${name}_forward`);
  const backward = new KernelPair(`${name}_backward`);

  function f(x: FloatArray, options?: GateOptions & OutOption): FloatArray {
    const current = engine();
    checkedOptions(name, options, ALLOWED);
    const source = typedArray(name, 'x', x);
    const { shape, half, value, gate } = halves(name, source.length, source.BYTES_PER_ELEMENT, options);
    const to = destination(current.heap, name, options?.out, x, 'x', [source], source.length / 2);
    const kernel = forward.of(current.kernels, source.BYTES_PER_ELEMENT);
    alongAxis(current, shape, [rowsIn(to.inputs[0], shape.columns, to.out), rowsOut(to.out, half)], (count, [p, q]) =>
      kernel(p! + value, p! + gate, q!, count, half));
    return to.result;
  }

  const operation = `${name}.backward`;
  function gradient(dy: FloatArray, x: FloatArray, options?: GateOptions & OutOption): FloatArray {
    const current = engine();
    checkedOptions(operation, options, ALLOWED);
    const source = typedArray(operation, 'x', x);
    const { shape, half, value, gate } = halves(operation, source.length, source.BYTES_PER_ELEMENT, options);
    const incoming = matching(operation, 'dy', dy, source, 'x', source.length / 2);
    const to = destination(current.heap, operation, options?.out, x, 'x', [source, incoming]);
    const kernel = backward.of(current.kernels, source.BYTES_PER_ELEMENT);
    const operands = [rowsIn(to.inputs[1], half, to.out), rowsIn(to.inputs[0], shape.columns, to.out), rowsOut(to.out, shape.columns)];
    alongAxis(current, shape, operands, (count, [p, q, r]) => kernel(p!, q! + value, q! + gate, r! + value, r! + gate, count, half));
    return to.result;
  }

  return Object.assign(f, { backward: gradient }) as GatedUnit;
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
