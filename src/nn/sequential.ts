import type { FloatArray, FloatTypedArray } from '../index.js';
import { describe } from '../describe.js';
import { Activation } from './activation.js';
import { allow, checkedOptions, inOperation } from '../options.js';
import { CONTEXT_OPTIONS, Context, type ContextOptions, type Floats, Rows } from './context.js';
import { type LayerFigures, figures } from './figures.js';
import { type BackwardOptions, type Layer, type Parameter, type Place, placedAlready, wasFreed } from './layer.js';
import { type LayersModel, readLayersModel } from './layers-model.js';
import { Linear } from './linear.js';
import { type StateDict, checkedTensor, isRecord, readSafetensors, writeSafetensors } from './safetensors.js';
import { summary } from './summary.js';

/** Rows that are predicted at a time: what the layers make of them fits the caches. */
const ROWS_AT_A_TIME = 256;

const OPTIONS = allow(...CONTEXT_OPTIONS);

/**
 * Layers one after the other, in wasm memory. With the same seed the same weights, and with the kernels of the default backend the
 * same training, bit for bit, on every machine that has WebAssembly SIMD.
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
  readonly #context: Context;
  #x: Rows | undefined;
  #isFreed = false;

  constructor(layers: readonly Layer[], options: ContextOptions = {}) {
    if (!Array.isArray(layers) || layers.length === 0) throw new TypeError(`Sequential: layers must be an array of layers, got ${describe(layers)}`);
    const other = layers.findIndex((layer: Partial<Layer> | undefined) => typeof layer?.build !== 'function');
    if (other >= 0) throw new TypeError(`Sequential: layers[${other}] must be a layer, got ${describe(layers[other])}`);
    if (new Set(layers).size < layers.length) throw new TypeError('Sequential: a layer has one place in a network, and cannot come twice');
    this.layers = layers;
    this.title = `Sequential(${layers.length})`;
    checkedOptions('Sequential', options, OPTIONS);
    this.#context = new Context(options);
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
    if (this.#x) throw placedAlready(this.title);
    let coming = features;
    const placed: Layer[] = [];
    try {
      for (const [i, layer] of this.layers.entries()) {
        coming = inOperation(`Sequential: layer ${i}`, () => layer.build(context, { features: coming, previous: this.layers[i - 1] ?? previous })) ?? coming;
        placed.push(layer);
      }
    } catch (error) {
      for (const layer of placed) layer.free();
      throw error;
    }
    this.#x = new Rows(context, 1);
    this.#isFreed = false;
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
    let output = this.#place().holding(x, x?.length);
    for (const layer of this.layers) output = layer.forward(output);
    return output;
  }

  /**
   * The outputs in a new array outside of wasm memory, of Float32Array unless the network is another. Takes rows of features some at a
   * time. It goes by way of `forward`: a `backward` that is to come needs its own once more.
   */
  predict<A extends FloatTypedArray = Float32Array>(x: FloatArray): A {
    const [first] = this.layers;
    const all = first instanceof Linear && x?.length > ROWS_AT_A_TIME * first.inFeatures && x.length % first.inFeatures === 0;
    if (!all) return this.forward(x).data.slice() as A;
    const source = ArrayBuffer.isView(x) ? x : x.data;
    const parts: FloatTypedArray[] = [];
    const length = ROWS_AT_A_TIME * first.inFeatures;
    for (let start = 0; start < source.length; start += length) parts.push(this.forward(source.subarray(start, start + length)).data.slice());
    const outputs = new (parts[0]!.constructor as new (length: number) => A)(parts.reduce((sum, part) => sum + part.length, 0));
    let end = 0;
    for (const part of parts) {
      outputs.set(part, end);
      end += part.length;
    }
    return outputs;
  }

  /** The gradients of all parameters from that of the outputs; that of the inputs only if `dx` asks for it. */
  backward(dy: FloatArray, { accumulate = false, dx = false }: BackwardOptions = {}): Floats | null {
    this.#place();
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

  /**
   * Takes parameters by their names. All must be there, of the shapes that the network has, and no others; else nothing is
   * changed. A network that was frozen no longer is.
   */
  loadStateDict(state: StateDict): void {
    const { parameters } = this;
    if (!isRecord(state)) throw new TypeError(`loadStateDict: state must be an object of tensors by name, got ${describe(state)}`);
    for (const { name, shape } of parameters) requireTensor(state, name, shape);
    const known = new Set(parameters.map(({ name }) => name));
    const other = Object.keys(state).find((name) => !known.has(name));
    if (other !== undefined) throw new RangeError(`loadStateDict: the network has no parameter ${other}, only ${[...known].join(', ')}`);
    for (const { name, value } of parameters) value.data.set(state[name]!.data);
    this.freeze(false);
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
    return figures(this.layers);
  }

  /** Takes the weights as they are now for good, or no longer: see `Linear.freeze`. */
  freeze(frozen = true): void {
    this.#place();
    for (const layer of this.layers) layer.freeze?.(frozen);
  }

  free(): void {
    this.#isFreed = true;
    for (const layer of this.layers) layer.free();
    this.#x?.free();
    this.#x = undefined;
  }

  #place(): Rows {
    if (this.#isFreed) throw wasFreed(this.title);
    if (!this.#x) this.build(this.#context, { features: undefined, previous: undefined });
    return this.#x!;
  }
}

function requireTensor(state: StateDict, name: string, shape: readonly number[]): void {
  if (state[name] === undefined) throw new RangeError(`loadStateDict: there is no tensor ${name}, only ${Object.keys(state).join(', ')}`);
  const { shape: given } = inOperation(`loadStateDict: ${name}`, () => checkedTensor(name, state[name]));
  const written = (sizes: readonly number[]): string => `[${sizes.join(', ')}]`;
  if (written(given) !== written(shape)) throw new RangeError(`loadStateDict: ${name} must have the shape ${written(shape)}, got ${written(given)}`);
}
