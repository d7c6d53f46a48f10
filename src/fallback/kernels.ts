import { type KernelParameters, type Row, type Scalar, inSingle, rows as elementwise } from '../catalogue/index.js';
import type { Kernel, Kernels } from '../engine.js';
import type { LinearMemory } from '../heap.js';
import * as diagnosis from './diagnosis.js';
import * as gates from './gates.js';
import * as linear from './linear.js';
import type { View } from './memory.js';
import * as losses from './losses.js';
import * as prelu from './prelu.js';
import * as rows from './rows.js';

/** The kernels in JavaScript, over the same addresses: the exports of assembly/index.ts once more. */
export function scriptKernels(memory: LinearMemory): Kernels {
  const exact = { a: 0, b: 0, c: 0, lower: 0, upper: 0 };
  // As the lanes of f32 hold them; those of a wide kernel are f64 for either type.
  const rounded = { ...exact };
  const types = [
    { type: 'f32', constructor: Float32Array, narrow: rounded },
    { type: 'f64', constructor: Float64Array, narrow: exact },
  ] as const;
  const kernels: Record<string, Kernel> = {
    isRelaxed: () => 0,
    setParameters(...values) {
      const [a, b, c, lower, upper] = values as [number, number, number, number, number];
      Object.assign(exact, { a, b, c, lower, upper });
      Object.assign(rounded, inSingle(exact));
      return 0;
    },
  };
  const integers = (pointer: number) => new Int32Array(memory.buffer, pointer);
  const doubles = (pointer: number) => new Float64Array(memory.buffer, pointer);
  for (const { type, constructor, narrow } of types) {
    const view: View = (pointer) => new constructor(memory.buffer, pointer);
    const all = {
      ...Object.assign({}, ...elementwise.map((row: Row) => activationKernels(row, view, row.wide ? exact : narrow))),
      ...rows.kernels(view, integers),
      ...losses.kernels(view, integers),
      ...gates.kernels(view),
      ...prelu.kernels(view, doubles),
      ...diagnosis.kernels(view, doubles, integers),
      ...linear.kernels(view, constructor.BYTES_PER_ELEMENT),
    } as Record<string, Kernel>;
    for (const [name, kernel] of Object.entries(all)) kernels[`${name}_${type}`] = kernel;
  }
  return kernels;
}

function activationKernels({ name, kernel = name, scalar }: Row, view: View, p: KernelParameters): Record<string, Kernel> {
  const unary = (f: Scalar): Kernel => (x, y, length) => {
    const source = view(x);
    const target = view(y);
    for (let i = 0; i < length; i++) target[i] = f(source[i]!, p);
    return 0;
  };
  const binary = (f: Scalar): Kernel => (dy, x, dx, length) => {
    const gradient = view(dy);
    const source = view(x);
    const target = view(dx);
    for (let i = 0; i < length; i++) target[i] = gradient[i]! * f(source[i]!, p);
    return 0;
  };
  return {
    [`${kernel}_forward`]: unary(scalar.forward),
    [`${kernel}_derivative`]: unary(scalar.derivative),
    [`${kernel}_backward`]: binary(scalar.derivative),
    ...(scalar.derivativeFromOutput && { [`${kernel}_backwardFromOutput`]: binary(scalar.derivativeFromOutput) }),
  };
}
