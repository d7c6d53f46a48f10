/** The classifiers of the tour: networks of linear layers with an activation function between them, in wasm memory. */
import { type Activation, type WasmArray, allocate, argmax, wrap } from '../src/index.js';
import { Activation as ActivationLayer, BinaryCrossEntropyWithLogits, type Layer, Linear, SGD, Sequential, SoftmaxCrossEntropy } from '../src/nn/index.js';
import type { Dataset, Random } from './data.js';
import { MOMENTUM, type Schedule, type Sizes, type Trainee, batchStarts } from './training.js';

export class Network {
  readonly sizes: Sizes;
  readonly activation: Activation;
  readonly model: Sequential;

  constructor(sizes: Sizes, activation: Activation, random: Random) {
    this.sizes = sizes;
    this.activation = activation;
    const layers = sizes.slice(1).flatMap((outputs, i): Layer[] => [...(i > 0 ? [new ActivationLayer(activation)] : []), new Linear(sizes[i]!, outputs)]);
    this.model = new Sequential(layers, { seed: Math.floor(random() * 2 ** 32) });
  }

  /** All parameters: of each layer the weights, output by output, then the biases. */
  get weights(): Float32Array {
    return Float32Array.from(this.model.parameters.flatMap(({ value }) => [...value.data]));
  }

  set weights(weights: Float32Array) {
    let start = 0;
    for (const { value } of this.model.parameters) value.data.set(weights.subarray(start, (start += value.length)));
  }

  /** The class of each example. */
  classify(features: Float32Array): Int32Array {
    const columns = this.sizes.at(-1)!;
    const logits = this.model.predict(features);
    return columns > 1 ? argmax(logits, { columns }) : Int32Array.from(logits, (logit) => Number(logit > 0));
  }

  accuracy({ features, labels }: Dataset): number {
    return this.classify(features).filter((label, row) => label === labels[row]).length / labels.length;
  }

  free(): void {
    this.model.free();
  }
}

type Targets = WasmArray | WasmArray<Int32Array>;

/** A network that learns from examples in wasm memory. */
export class NetworkTraining implements Trainee {
  readonly #model: Sequential;
  readonly #optimizer: SGD;
  readonly #loss: SoftmaxCrossEntropy | BinaryCrossEntropyWithLogits;
  readonly #x: WasmArray;
  readonly #targets: Targets;
  readonly #batches: readonly { readonly x: WasmArray; readonly targets: Targets }[];

  constructor({ model, sizes }: Network, { features, columns, labels }: Dataset, { batch, rate, decay }: Pick<Schedule, 'batch' | 'rate' | 'decay'>) {
    this.#model = model;
    // With momentum a decay counts as often as the gradient does.
    this.#optimizer = new SGD(model.parameters, { learningRate: rate, momentum: MOMENTUM, weightDecay: decay * (1 - MOMENTUM) });
    // The loss of one logit wants targets, that of several wants labels.
    const isBinary = sizes.at(-1) === 1;
    this.#loss = isBinary ? new BinaryCrossEntropyWithLogits() : new SoftmaxCrossEntropy();
    const type = isBinary ? Float32Array : Int32Array;
    this.#x = allocate(Float32Array, features.length);
    this.#x.data.set(features);
    this.#targets = allocate<Float32Array | Int32Array>(type, labels.length) as Targets;
    this.#targets.data.set(labels);
    const rows = Math.min(batch, labels.length);
    this.#batches = batchStarts(labels.length, rows).map((start) => ({
      x: wrap(Float32Array, this.#x.pointer + start * columns * 4, rows * columns),
      targets: wrap<Float32Array | Int32Array>(type, this.#targets.pointer + start * 4, rows) as Targets,
    }));
  }

  get features(): Float32Array {
    return this.#x.data;
  }

  get targets(): Float32Array | Int32Array {
    return this.#targets.data;
  }

  get batches(): number {
    return this.#batches.length;
  }

  learn(batch: number, rate: number): number {
    const { x, targets } = this.#batches[batch]!;
    const loss = this.#loss.forward(this.#model.forward(x), targets as WasmArray);
    this.#model.backward(this.#loss.backward());
    this.#optimizer.learningRate = rate;
    this.#optimizer.step();
    return loss;
  }

  free(): void {
    this.#optimizer.free();
    this.#loss.free();
    for (const array of [this.#x, this.#targets]) array.free();
  }
}
