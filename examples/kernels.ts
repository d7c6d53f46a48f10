/** Nanoseconds an element of every kernel in wasm memory, and of the best loop in plain JavaScript. */
import { type Activation, type WasmArray, activations, allocate, softmax } from '../src/index.js';
import { seeded } from './data.js';
import { plainLoops, plainSoftmax, plainSoftmaxBackward, rows } from '../bench/plain.js';

export const ELEMENTS = 65_536;
const COLUMNS = 64;
/** How many there are: the catalogue, and softmax. */
export const KERNELS = rows.length + 1;

/** Nanoseconds an element. */
export interface Timing {
  readonly wasm: number;
  readonly plain: number;
}

export interface KernelTiming {
  readonly name: string;
  readonly forward: Timing;
  readonly backward: Timing;
}

interface Arrays {
  readonly x: WasmArray;
  readonly dy: WasmArray;
  readonly out: WasmArray;
  /** The same values, outside. */
  readonly plain: { readonly x: Float32Array; readonly dy: Float32Array; readonly out: Float32Array };
}

/**
 * The best time of each in nanoseconds an element. They take turns, so that what disturbs the machine disturbs all; the
 * first turns warm up.
 */
function race(budget: number, wasm: () => void, loops: readonly (() => void)[]): Timing {
  const runners = [wasm, ...loops];
  const best = runners.map(() => Infinity);
  const end = performance.now() + budget;
  for (let turn = 0; turn < 8 || performance.now() < end; turn++) {
    runners.forEach((run, i) => {
      const start = performance.now();
      run();
      best[i] = Math.min(best[i]!, performance.now() - start);
    });
  }
  const [first, ...others] = best.map((milliseconds) => (milliseconds * 1e6) / ELEMENTS);
  return { wasm: first!, plain: Math.min(...others) };
}

function arrays(): Arrays {
  const random = seeded(1);
  const [x, dy, out] = [allocate(Float32Array, ELEMENTS), allocate(Float32Array, ELEMENTS), allocate(Float32Array, ELEMENTS)];
  for (let i = 0; i < ELEMENTS; i++) {
    x.data[i] = 8 * random() - 4;
    dy.data[i] = 2 * random() - 1;
  }
  return { x, dy, out, plain: { x: x.data.slice(), dy: dy.data.slice(), out: new Float32Array(ELEMENTS) } };
}

/** Measures all kernels within about so many milliseconds. `onKernel` hears of each. */
export function measureKernels(milliseconds: number, onKernel?: (done: number) => void): KernelTiming[] {
  const { x, dy, out, plain } = arrays();
  const budget = Math.min(100, milliseconds / (2 * KERNELS));
  const timings = rows.map((row, i): KernelTiming => {
    const f = activations[row.name as keyof typeof activations] as Activation;
    const loops = plainLoops(row, true);
    const timing = {
      name: row.name,
      forward: race(budget, () => f(x, { out }), loops.forward.map((loop) => () => { loop(plain.x, plain.out); })),
      backward: race(budget, () => f.backward(dy, x, { out }), loops.backward.map((loop) => () => { loop(plain.dy, plain.x, plain.out); })),
    };
    onKernel?.(i + 1);
    return timing;
  });
  const options = { columns: COLUMNS, out };
  const y = softmax(plain.x, { columns: COLUMNS });
  const forward = race(budget, () => softmax(x, options), [() => { plainSoftmax(plain.x, plain.out, COLUMNS); }]);
  x.data.set(y);
  const backward = race(budget, () => softmax.backwardFromOutput(dy, x, options), [
    () => { plainSoftmaxBackward(plain.dy, y, plain.out, COLUMNS); },
  ]);
  for (const array of [x, dy, out]) array.free();
  onKernel?.(KERNELS);
  return [...timings, { name: `softmax, rows of ${COLUMNS}`, forward, backward }];
}
