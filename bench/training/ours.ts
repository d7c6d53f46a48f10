import type { Backend } from '../../src/index.js';
import { Activation, Linear, SGD, Sequential, SoftmaxCrossEntropy } from '../../src/nn/index.js';
import { type Learner, type Problem, layersOf } from './problems.js';

/** `sigmoidal/nn`, with all examples in wasm memory: a batch is a part of it. */
export function ours(backend: Backend, problem: Problem): Learner {
  const { sizes, learningRate, momentum, features, labels, batch, starts } = problem;
  const layers = layersOf(problem);
  const model = new Sequential(layers.flatMap(({ inputs, outputs }, i) => [...(i > 0 ? [new Activation('tanh')] : []), new Linear(inputs, outputs)]), { backend });
  model.loadStateDict(Object.fromEntries(layers.flatMap(({ inputs, outputs, weight, bias }, i) => [
    [`${2 * i}.weight`, { shape: [outputs, inputs], data: weight }],
    [`${2 * i}.bias`, { shape: [outputs], data: bias }],
  ])));
  const loss = new SoftmaxCrossEntropy({ backend });
  const optimizer = new SGD(model.parameters, { learningRate, momentum });

  const [columns] = sizes as [number];
  const x = backend.allocate(Float32Array, features.length);
  x.data.set(features);
  const targets = backend.allocate(Int32Array, labels.length);
  targets.data.set(labels);
  const batches = starts.map((start) => ({
    x: backend.wrap(Float32Array, x.pointer + start * columns * Float32Array.BYTES_PER_ELEMENT, batch * columns),
    targets: backend.wrap(Int32Array, targets.pointer + start * Int32Array.BYTES_PER_ELEMENT, batch),
  }));

  return {
    epoch() {
      let sum = 0;
      for (const { x, targets } of batches) {
        sum += loss.forward(model.forward(x), targets);
        model.backward(loss.backward());
        optimizer.step();
      }
      return sum / batches.length;
    },
  };
}
