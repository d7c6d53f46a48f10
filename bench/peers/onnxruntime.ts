import { timed } from '../measure.js';
import { Graph, model } from './onnx-model.js';
import { load } from './packages.js';
import type { Input, Peer } from './peer.js';
import { entryFor } from './table.js';

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

/** What a model holds, and does not get at every call. */
const isWeight = ({ name }: Input): boolean => name === 'weight' || name === 'bias';

/** ONNX Runtime compiled to WebAssembly, on one thread. It copies inputs and outputs at every call: there is no way around. */
export async function onnxRuntime(): Promise<Peer> {
  const ort = await load<OnnxRuntime>('onnxruntime-web');
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = 'error';
  return {
    name: 'onnxruntime',
    version: ort.env.versions.common,
    async enter(operation, type, inputs) {
      const compute = entryFor(operation)?.onnx;
      if (!compute || type !== Float32Array) return undefined;
      const graph = new Graph();
      const output = compute(graph, 'x', 'weight', 'bias');
      for (const { name, shape, values } of inputs.filter(isWeight)) graph.tensor(name, shape, Array.from(values));
      const weight = inputs.find(({ name }) => name === 'weight');
      const fed = inputs.filter((input) => !isWeight(input));
      const session = await ort.InferenceSession.create(await model(graph, fed, { name: output, shape: weight ? [fed[0]!.shape[0]!, weight.shape[0]!] : fed[0]!.shape }), { executionProviders: ['wasm'] });
      const feeds = Object.fromEntries(fed.map(({ name, values, shape }) => [name, new ort.Tensor('float32', values.slice(), shape)]));
      return {
        time: timed('session.run(feeds)', { session, feeds }, 'await'),
        result: async () => (await session.run(feeds))[output]!.data,
        dispose: () => session.release(),
      };
    },
  };
}
