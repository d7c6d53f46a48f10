import { type KernelParameters, type Row, type Scalar, catalogue, hardSigmoidTorch } from '../catalogue.js';
import type { Kernel, Kernels } from '../engine.js';
import type { LinearMemory } from '../heap.js';
import * as linear from './linear.js';
import type { View } from './memory.js';
import * as losses from './losses.js';
import * as rows from './rows.js';

/** The kernels in JavaScript, over the same addresses: the exports of assembly/index.ts once more. */
export function scriptKernels(memory: LinearMemory): Kernels {
  const parameters: { -readonly [K in keyof KernelParameters]: number } = { a: 0, b: 0, c: 0, lower: 0, upper: 0 };
  const kernels: Record<string, Kernel> = {
    setParameters(a, b, c, lower, upper) {
      Object.assign(parameters, { a, b, c, lower, upper });
      return 0;
    },
  };
  const integers = (pointer: number) => new Int32Array(memory.buffer, pointer);
  for (const [type, constructor] of [['f32', Float32Array], ['f64', Float64Array]] as const) {
    const view: View = (pointer) => new constructor(memory.buffer, pointer);
    const all = {
      ...Object.assign({}, ...[...Object.values(catalogue), hardSigmoidTorch].map((row) => activationKernels(row, view, parameters))),
      ...rows.kernels(view, integers),
      ...losses.kernels(view, integers),
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
