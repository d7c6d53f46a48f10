import { fileURLToPath } from 'node:url';
import { timed } from '../measure.js';
import { load } from './packages.js';
import type { Peer } from './peer.js';
import { entryFor } from './table.js';

/** What is used of a tensor, and of @tensorflow/tfjs-core: the package need not be there to compile this. */
export interface Tensor {
  data: () => Promise<ArrayLike<number>>;
  dispose: () => void;
}
type Unary = 'transpose' | 'sigmoid' | 'logSigmoid' | 'tanh' | 'abs' | 'relu' | 'relu6' | 'elu' | 'selu' | 'softplus' | 'sqrt' | 'square' | 'sin' | 'exp' | 'expm1' | 'log1p' | 'erf' | 'step' | 'softmax' | 'logSoftmax';
type Binary = 'add' | 'sub' | 'mul' | 'div' | 'greater';
export type TensorFlow = Record<Unary, (x: Tensor) => Tensor> &
  Record<Binary, (a: Tensor, b: Tensor | number) => Tensor> & {
    leakyRelu: (x: Tensor, alpha: number) => Tensor;
    clipByValue: (x: Tensor, low: number, high: number) => Tensor;
    cast: (x: Tensor, type: string) => Tensor;
    argMax: (x: Tensor, axis: number) => Tensor;
    fused: { matMul: (options: { a: Tensor; b: Tensor; bias: Tensor }) => Tensor };
    tensor: (values: unknown, shape: readonly number[]) => Tensor;
    tidy: (compute: () => Tensor) => Tensor;
  } & Loaded;

/** What loading it takes. */
export interface Loaded {
  setBackend: (name: string) => Promise<boolean>;
  ready: () => Promise<void>;
  enableProdMode: () => void;
  readonly version_core: string;
}

interface WasmBackend {
  setWasmPaths: (directory: string) => void;
  setThreadsCount: (count: number) => void;
}

/** TensorFlow.js with one of its backends in use: `cpu`, in JavaScript, or `wasm`, on one thread. */
export async function loadTensorFlow<Module extends Loaded>(backend: 'cpu' | 'wasm'): Promise<Module> {
  const tf = await load<Module>('@tensorflow/tfjs-core');
  tf.enableProdMode();
  if (backend === 'cpu') await load('@tensorflow/tfjs-backend-cpu');
  else {
    const wasm = await load<WasmBackend>('@tensorflow/tfjs-backend-wasm');
    wasm.setWasmPaths(fileURLToPath(new URL('node_modules/@tensorflow/tfjs-backend-wasm/dist/', import.meta.url)));
    wasm.setThreadsCount(1);
  }
  await use(tf, backend);
  await tf.ready();
  return tf;
}

export async function tensorFlow(backend: 'cpu' | 'wasm'): Promise<Peer> {
  const tf = await loadTensorFlow<TensorFlow>(backend);
  return {
    name: `tfjs-${backend}`,
    version: tf.version_core,
    async enter(operation, type, inputs) {
      const compute = entryFor(operation)?.tfjs;
      if (!compute || type !== Float32Array) return undefined;
      await use(tf, backend);
      // Its layers keep weights as [inFeatures, outFeatures], and only so its matrix product is fast.
      const tensors = inputs.map(({ name, values, shape }) => (name === 'weight' ? tf.tidy(() => tf.transpose(tf.tensor(values, shape))) : tf.tensor(values.slice(), shape)));
      const [x, weight, bias] = tensors as [Tensor, Tensor, Tensor];
      // What a user pays: the call, and that its result is let go.
      const loop = timed('compute(tf, x, weight, bias).dispose()', { tf, compute, x, weight, bias });
      return {
        async time(calls) {
          await use(tf, backend);
          return loop(calls);
        },
        async result() {
          await use(tf, backend);
          const y = compute(tf, x, weight, bias);
          const values = await y.data();
          y.dispose();
          return values;
        },
        dispose() {
          for (const tensor of tensors) tensor.dispose();
        },
      };
    },
  };
}

/** Both backends live in one TensorFlow.js: the one whose turn it is has to be told, outside of what is timed. */
async function use(tf: Loaded, backend: string): Promise<void> {
  if (!(await tf.setBackend(backend))) throw new Error(`TensorFlow.js cannot use its backend ${backend}`);
}
