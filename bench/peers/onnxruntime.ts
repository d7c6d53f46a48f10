import { timed } from '../measure.js';
import { Graph, model } from './onnx-model.js';
import { load } from './packages.js';
import type { Peer } from './peer.js';
import { table } from './table.js';

/** What is used of onnxruntime-web: the package need not be there to compile this. */
interface Tensor {
  readonly data: ArrayLike<number>;
}
interface Session {
  run: (feeds: Readonly<Record<string, Tensor>>) => Promise<Readonly<Record<string, Tensor>>>;
  release: () => Promise<void>;
}
interface OnnxRuntime {
  env: { wasm: { numThreads: number }; versions: { common: string }; logLevel: string };
  InferenceSession: { create: (model: Uint8Array, options: object) => Promise<Session> };
  Tensor: new (type: string, values: unknown, shape: readonly number[]) => Tensor;
}

/** ONNX Runtime compiled to WebAssembly, on one thread. It copies inputs and outputs at every call: there is no way around. */
export async function onnxRuntime(): Promise<Peer> {
  const ort = await load<OnnxRuntime>('onnxruntime-web');
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = 'error';
  return {
    name: 'onnxruntime',
    version: ort.env.versions.common,
    async enter(operation, type, inputs) {
      const compute = table[operation]?.onnx;
      if (!compute || type !== Float32Array) return undefined;
      const graph = new Graph();
      const output = compute(graph, 'x', 'weight', 'bias');
      const session = await ort.InferenceSession.create(await model(graph, inputs, output), { executionProviders: ['wasm'] });
      const feeds = Object.fromEntries(inputs.map(({ name, values, shape }) => [name, new ort.Tensor('float32', values.slice(), shape)]));
      return {
        time: timed('session.run(feeds)', { session, feeds }, 'await'),
        result: async () => (await session.run(feeds))[output]!.data,
        dispose: () => session.release(),
      };
    },
  };
}
