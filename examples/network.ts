/**
 * A network of linear layers with an activation function between them, entirely in wasm memory. All arrays are made
 * beforehand; forward, backward and the step of gradient descent then run on them without a copy.
 */
import {
  type Activation, type LinearGradientTargets, type WasmArray,
  allocate, argmax, binaryCrossEntropyWithLogits, gradientStep, linear, softmaxCrossEntropy, wrap,
} from '../src/index.js';
import { type Dataset, type Random, normal } from './data.js';
import { MOMENTUM, type Sizes, type Trainee, batchStarts } from './training.js';

type Floats = WasmArray;
type Targets = WasmArray | WasmArray<Int32Array>;

/** The weights of a layer, or their gradients. */
interface Layer {
  readonly weight: Floats;
  readonly bias: Floats;
}

const parameterCount = (sizes: Sizes): number => sizes.slice(1).reduce((sum, outputs, i) => sum + outputs * (sizes[i]! + 1), 0);

/** One array of all parameters as the layers it consists of: one step of gradient descent then serves all of them. */
function layersOf(parameters: Floats, sizes: Sizes): Layer[] {
  let pointer = parameters.pointer;
  const next = (length: number): Floats => {
    const part = wrap(Float32Array, pointer, length);
    pointer += length * Float32Array.BYTES_PER_ELEMENT;
    return part;
  };
  return sizes.slice(1).map((outputs, i) => ({ weight: next(outputs * sizes[i]!), bias: next(outputs) }));
}

export class Network {
  readonly sizes: Sizes;
  readonly activation: Activation;
  readonly parameters: Floats;
  readonly layers: readonly Layer[];

  constructor(sizes: Sizes, activation: Activation, random: Random) {
    this.sizes = sizes;
    this.activation = activation;
    this.parameters = allocate(Float32Array, parameterCount(sizes));
    this.layers = layersOf(this.parameters, sizes);
    const gain = gainOf(activation);
    this.layers.forEach(({ weight }, i) => {
      const deviation = (i === 0 ? 1 : gain) / Math.sqrt(sizes[i]!);
      for (let j = 0; j < weight.length; j++) weight.data[j] = deviation * normal(random);
    });
  }

  /** The class of each example. */
  classify(features: Float32Array): Int32Array {
    const x = allocate(Float32Array, features.length);
    const pass = new Pass(this, features.length / this.sizes[0]!);
    x.data.set(features);
    const logits = pass.forward(x);
    const columns = this.sizes.at(-1)!;
    const classes = columns > 1 ? argmax(logits, { columns }) : Int32Array.from(logits.data, (logit) => Number(logit > 0));
    pass.free();
    x.free();
    return classes;
  }

  accuracy({ features, labels }: Dataset): number {
    return this.classify(features).filter((label, row) => label === labels[row]).length / labels.length;
  }

  free(): void {
    this.parameters.free();
  }
}

/** By how much weights must be larger than 1 / sqrt(inputs) for the units of every layer to vary as much as those of the first. */
export function gainOf(activation: Activation): number {
  const x = Float64Array.from({ length: 161 }, (_, i) => (i - 80) / 20);
  const density = x.map((value) => Math.exp(-value * value / 2));
  const total = density.reduce((sum, value) => sum + value, 0);
  const mean = (values: Float64Array): number => values.reduce((sum, value, i) => sum + value * density[i]!, 0) / total;
  const y = activation(x);
  const variance = mean(y.map((value) => value * value)) - mean(y) ** 2;
  return variance > 0 && variance < Infinity ? Math.min(1 / Math.sqrt(variance), 4) : 1;
}

/** What a layer computes of a number of examples, and where the functions put it. */
interface Stage extends Layer {
  readonly z: Floats;
  /** The activation's output; of the last layer, none. */
  readonly a: Floats | undefined;
  /** dL/dz; before the activation's backward, dL/da. */
  readonly dz: Floats;
  readonly toZ: { readonly out: Floats };
  readonly toGradients: { readonly rows: number; readonly out: LinearGradientTargets } | undefined;
}

/** The memory for one way of a number of examples through a network, and back if there is somewhere for the gradients. */
export class Pass {
  readonly stages: readonly Stage[];
  readonly #activation: Activation;

  constructor({ sizes, layers, activation }: Network, rows: number, gradients?: readonly Layer[]) {
    this.#activation = activation;
    const stages: Stage[] = [];
    layers.forEach((layer, i) => {
      const length = rows * sizes[i + 1]!;
      const z = allocate(Float32Array, length);
      const gradient = gradients?.[i];
      stages.push({
        ...layer,
        z,
        a: i < layers.length - 1 ? allocate(Float32Array, length) : undefined,
        dz: allocate(Float32Array, gradient ? length : 0),
        toZ: { out: z },
        toGradients: gradient && { rows, out: { dx: stages[i - 1]?.dz ?? null, dWeight: gradient.weight, dBias: gradient.bias } },
      });
    });
    this.stages = stages;
  }

  /** The logits. */
  forward(x: Floats): Floats {
    let input = x;
    for (const { weight, bias, z, a, toZ } of this.stages) {
      linear(input, weight, bias, toZ);
      if (!a) return z;
      input = this.#activation(z, { out: a });
    }
    return input;
  }

  /** From dL/dlogits, which is in the last stage's dz, the gradients of all layers. */
  backward(x: Floats): void {
    for (let i = this.stages.length - 1; i >= 0; i--) {
      const { weight, z, a, dz, toGradients } = this.stages[i]!;
      if (a) this.#activation.backward(dz, z, { out: dz });
      linear.backward(dz, this.stages[i - 1]?.a ?? x, weight, toGradients);
    }
  }

  free(): void {
    for (const { z, a, dz } of this.stages) for (const array of [z, a, dz]) array?.free();
  }
}

/** The loss, which writes its gradient to `out`. */
function lossInto(out: Floats, columns: number): (logits: Floats, targets: Targets) => number {
  const options = { columns, out };
  const toOut = { out };
  return columns === 1
    ? (logits, targets) => binaryCrossEntropyWithLogits(logits, targets as Floats, toOut).loss
    : (logits, targets) => softmaxCrossEntropy(logits, targets, options).loss;
}

/** A network that learns from examples in wasm memory. */
export class NetworkTraining implements Trainee {
  readonly #network: Network;
  readonly #gradients: Floats;
  readonly #velocity: Floats;
  readonly #x: Floats;
  readonly #targets: Targets;
  readonly #batches: readonly { readonly x: Floats; readonly targets: Targets }[];
  readonly #pass: Pass;
  readonly #lossAndGradient: (logits: Floats, targets: Targets) => number;
  readonly #step = { learningRate: 0 };

  constructor(network: Network, { features, columns, labels }: Dataset, batch: number) {
    const { sizes, parameters } = network;
    this.#network = network;
    this.#gradients = allocate(Float32Array, parameters.length);
    this.#velocity = allocate(Float32Array, parameters.length);
    this.#x = allocate(Float32Array, features.length);
    this.#x.data.set(features);
    // The loss of one logit wants targets, that of several wants labels.
    const type = sizes.at(-1) === 1 ? Float32Array : Int32Array;
    this.#targets = allocate<Float32Array | Int32Array>(type, labels.length) as Targets;
    this.#targets.data.set(labels);
    const rows = Math.min(batch, labels.length);
    this.#batches = batchStarts(labels.length, rows).map((start) => ({
      x: wrap(Float32Array, this.#x.pointer + start * columns * 4, rows * columns),
      targets: wrap<Float32Array | Int32Array>(type, this.#targets.pointer + start * 4, rows) as Targets,
    }));
    this.#pass = new Pass(network, rows, layersOf(this.#gradients, sizes));
    this.#lossAndGradient = lossInto(this.#pass.stages.at(-1)!.dz, sizes.at(-1)!);
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

  learn(batch: number, rate: number, decay: number): number {
    const { x, targets } = this.#batches[batch]!;
    const loss = this.#lossAndGradient(this.#pass.forward(x), targets);
    this.#pass.backward(x);
    this.#descend(rate, decay);
    return loss;
  }

  /**
   * velocity = MOMENTUM velocity + gradient; parameters -= rate velocity; parameters -= rate decay parameters. Each of
   * these is a step along some array, be it the one that is changed.
   */
  #descend(rate: number, decay: number): void {
    const { parameters } = this.#network;
    this.#move(this.#velocity, this.#velocity, 1 - MOMENTUM);
    this.#move(this.#velocity, this.#gradients, -1);
    this.#move(parameters, this.#velocity, rate);
    if (decay > 0) this.#move(parameters, parameters, rate * decay);
  }

  /** array -= learningRate direction */
  #move(array: Floats, direction: Floats, learningRate: number): void {
    this.#step.learningRate = learningRate;
    gradientStep(array, direction, this.#step);
  }

  free(): void {
    this.#pass.free();
    for (const array of [this.#gradients, this.#velocity, this.#x, this.#targets]) array.free();
  }
}
