import type { FloatArray, FloatTypedArray } from '../index.js';
import { describe } from '../describe.js';
import { Activation } from './activation.js';
import { Context, type ContextOptions, type Floats, Rows } from './context.js';
import { type LayerFigures, figuresOf } from './figures.js';
import type { BackwardOptions, Layer, Parameter, Place } from './layer.js';
import { type LayersModel, readLayersModel } from './layers-model.js';
import { Linear } from './linear.js';
import { type StateDict, type Tensor, readSafetensors, writeSafetensors } from './safetensors.js';
import { summary } from './summary.js';

/**
 * Layers one after the other, in wasm memory. With the same seed the same weights, and with the default backend the same
 * training, bit for bit, on every machine.
 *
 *     const model = new Sequential([new Linear(64, 64), new Activation('tanh'), new Linear(64, 10)], { seed: 1 });
 *     const loss = new SoftmaxCrossEntropy();
 *     const optimizer = new SGD(model.parameters, { learningRate: 0.1, momentum: 0.9 });
 *     for (const { x, targets } of batches) {
 *       loss.forward(model.forward(x), targets);
 *       model.backward(loss.backward());
 *       optimizer.step();
 *     }
 */
export class Sequential implements Layer {
  readonly layers: readonly Layer[];
  readonly title: string;
  readonly #options: ContextOptions;
  #x: Rows | undefined;

  constructor(layers: readonly Layer[], options: ContextOptions = {}) {
    if (!Array.isArray(layers) || layers.length === 0) throw new TypeError(`Sequential: layers must be an array of layers, got ${describe(layers)}`);
    if (new Set(layers).size < layers.length) throw new TypeError('Sequential: a layer has one place in a network, and cannot come twice');
    this.layers = layers;
    this.title = `Sequential(${layers.length})`;
    this.#options = options;
  }

  /** A network with the layers and the weights of a TensorFlow.js or Keras model of dense layers: see `readLayersModel`. */
  static fromLayersModel(model: LayersModel, options: ContextOptions = {}): Sequential {
    const { layers, state } = readLayersModel(model);
    const network = new Sequential(
      layers.map((layer) => (layer.type === 'Linear' ? new Linear(layer.inFeatures, layer.outFeatures, { bias: layer.bias }) : new Activation({ op: layer.activation, ...layer.parameters }))),
      options,
    );
    network.loadStateDict(state);
    return network;
  }

  build(context: Context, { features, previous }: Place): number | undefined {
    if (this.#x) throw new Error(`${this.title}: the network has a place already`);
    this.#x = new Rows(context, 1);
    let coming = features;
    this.layers.forEach((layer, i) => {
      try {
        coming = layer.build(context, { features: coming, previous: this.layers[i - 1] ?? previous }) ?? coming;
      } catch (error) {
        if (error instanceof Error) error.message = `Sequential: layer ${i}: ${error.message}`;
        throw error;
      }
    });
    return coming;
  }

  get meanSquare(): number | undefined {
    return this.layers.at(-1)!.meanSquare;
  }

  get features(): number | undefined {
    return this.layers.findLast(({ features }) => features !== undefined)?.features;
  }

  /** The outputs for rows of features; an array that is the network's own, and is overwritten by the next call. */
  forward(x: FloatArray): Floats {
    let output = this.#place().holding(x, x.length);
    for (const layer of this.layers) output = layer.forward(output);
    return output;
  }

  /** The outputs in a new array outside of wasm memory. */
  predict(x: FloatArray): FloatTypedArray {
    return this.forward(x).data.slice();
  }

  /** The gradients of all parameters from that of the outputs; that of the inputs only if `dx` asks for it. */
  backward(dy: FloatArray, { accumulate = false, dx = false }: BackwardOptions = {}): Floats | null {
    let gradient: FloatArray | null = dy;
    for (let i = this.layers.length - 1; i >= 0; i--) gradient = this.layers[i]!.backward(gradient!, { accumulate, dx: dx || i > 0 });
    return gradient as Floats | null;
  }

  /** The parameters of all layers, by names as PyTorch's: `0.weight`, `0.bias`, `2.weight` ... */
  get parameters(): readonly Parameter[] {
    this.#place();
    return this.layers.flatMap((layer, i) => layer.parameters.map((parameter) => ({ ...parameter, name: `${i}.${parameter.name}` })));
  }

  /** Copies of the parameters, as PyTorch's `state_dict()`. */
  stateDict(): StateDict {
    return Object.fromEntries(this.parameters.map(({ name, shape, value }) => [name, { shape, data: value.data.slice() }]));
  }

  /** Takes parameters by their names. All must be there, of the shapes that the network has, and no others; else nothing is changed. */
  loadStateDict(state: StateDict): void {
    const { parameters } = this;
    for (const { name, shape } of parameters) requireTensor(name, state[name], shape);
    const known = new Set(parameters.map(({ name }) => name));
    const other = Object.keys(state).find((name) => !known.has(name));
    if (other !== undefined) throw new RangeError(`loadStateDict: the network has no parameter ${other}, only ${[...known].join(', ')}`);
    for (const { name, value } of parameters) value.data.set(state[name]!.data);
  }

  /** The bytes of a safetensors file with the parameters. */
  save(metadata: Readonly<Record<string, string>> = { format: 'pt' }): Uint8Array<ArrayBuffer> {
    return writeSafetensors(this.stateDict(), metadata);
  }

  /** Takes the parameters from the bytes of a safetensors file. */
  load(bytes: ArrayBufferLike | ArrayBufferView): void {
    this.loadStateDict(readSafetensors(bytes).tensors);
  }

  /** A table of the layers: what comes out of them, and how many numbers they learn. */
  summary(): string {
    this.#place();
    return summary(this.layers);
  }

  /** How the outputs of the last `forward` and the gradients of the last `backward` are spread, layer by layer. */
  diagnose(): readonly LayerFigures[] {
    this.#place();
    return this.layers.map((layer, i) => figuresOf(layer, i));
  }

  /** Takes the weights as they are now for good, or no longer: see `Linear.freeze`. */
  freeze(frozen = true): void {
    this.#place();
    for (const layer of this.layers) layer.freeze?.(frozen);
  }

  free(): void {
    for (const layer of this.layers) layer.free();
    this.#x?.free();
    this.#x = undefined;
  }

  #place(): Rows {
    if (!this.#x) this.build(new Context(this.#options), { features: undefined, previous: undefined });
    return this.#x!;
  }
}

function requireTensor(name: string, tensor: Tensor | undefined, shape: readonly number[]): void {
  if (!tensor) throw new RangeError(`loadStateDict: there is no tensor ${name}`);
  const written = (sizes: readonly number[]): string => `[${sizes.join(', ')}]`;
  if (!Array.isArray(tensor.shape) || written(tensor.shape) !== written(shape)) {
    throw new RangeError(`loadStateDict: ${name} must have the shape ${written(shape)}, got ${Array.isArray(tensor.shape) ? written(tensor.shape) : describe(tensor.shape)}`);
  }
  const { data } = tensor;
  if (!(data instanceof Float32Array) && !(data instanceof Float64Array)) throw new TypeError(`loadStateDict: the data of ${name} must be a Float32Array or a Float64Array, got ${describe(data)}`);
  const length = shape.reduce((product, size) => product * size, 1);
  if (data.length !== length) throw new RangeError(`loadStateDict: the data of ${name} must have ${length} elements for ${written(shape)}, got ${data.length}`);
}
