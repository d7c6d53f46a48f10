/** Models of dense layers as TensorFlow.js saves them, and its converter those of Keras. */
import { describe } from '../describe.js';
import { inOperation } from '../options.js';
import { type ActivationDescription, type Configuration, activationLayer, named } from './keras-activations.js';
import { type SavedWeights, type Weights, takeDense, transposed, weightLabel, weightsOf } from './layers-weights.js';
import { type StateDict, type Tensor, dictionary, elementCount, isRecord } from './safetensors.js';

/**
 * What a save handler of tf.io is given, with `weightSpecs`; or what `model.json` holds, with a `weightsManifest`, and
 * beside it as `weightData` the bytes of its weight files, in the order of the manifest.
 */
export interface LayersModel extends SavedWeights {
  readonly modelTopology?: unknown;
}

export interface LinearDescription {
  readonly type: 'Linear';
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly bias: boolean;
}

export type LayerDescription = LinearDescription | ActivationDescription;

export interface LayersModelContents {
  readonly layers: readonly LayerDescription[];
  /** The weights by position and name, as those of PyTorch's Sequential: `0.weight`, [outFeatures, inFeatures], and `0.bias`. */
  readonly state: StateDict;
}

interface Layer {
  readonly type: unknown;
  readonly name: string;
  readonly settings: Configuration;
}

interface Contents {
  readonly layers: LayerDescription[];
  readonly state: [name: string, tensor: Tensor][];
}

/** The sizes of a row, null where they are not known. */
type Shape = readonly unknown[];

/** Layers that change nothing once a network is trained. */
const PASSING: ReadonlySet<unknown> = new Set(['InputLayer', 'Dropout', 'AlphaDropout', 'GaussianDropout', 'GaussianNoise']);

/**
 * The layers and weights of a TensorFlow.js layers model: a Sequential one, or a functional one whose layers follow one
 * another. A Dense layer becomes a Linear and, unless it is linear, an Activation after it; what does nothing in
 * inference is left out. The weights are copies. Throws an Error that names the layer or the weight where it is of
 * another kind, missing, quantised or not of the shape that the layers have.
 */
export function readLayersModel(model: LayersModel): LayersModelContents {
  return inOperation('readLayersModel', () => {
    if (!isRecord(model)) throw new TypeError(`the model must be an object, got ${describe(model)}`);
    const { chain, version } = topologyOf(model.modelTopology);
    const weights = weightsOf(model);
    const contents: Contents = { layers: [], state: [] };
    let shape: Shape = [null];
    for (const layer of chain) inOperation(layerLabel(layer.name), () => { shape = add(layer, inputShape(layer) ?? shape, weights, version, contents); });
    const [unused] = weights.keys();
    if (unused !== undefined) throw new Error(`${weightLabel(unused)} belongs to none of the layers`);
    return { layers: contents.layers, state: dictionary(contents.state) };
  });
}

/** Adds what a layer for inputs of this shape is; returns the shape of its outputs. */
function add({ type, name, settings }: Layer, shape: Shape, weights: Weights, version: unknown, { layers, state }: Contents): Shape {
  if (PASSING.has(type)) return shape;
  if (type === 'Flatten') return [shape.includes(null) ? null : elementCount(shape)];
  const activation = type === 'Dense' ? named(settings, version) : activationLayer(type, settings, version);
  if (shape.length !== 1) throw new Error(`its inputs have the shape ${JSON.stringify(shape)}; only rows of features are supported, and what a Flatten makes them of`);
  let features = shape[0];
  if (type === 'Dense') {
    const { kernel, bias } = takeDense(name, settings, weights);
    const [inFeatures, outFeatures] = kernel.shape as [number, number];
    if (features !== null && features !== inFeatures) throw new Error(`its kernel is for ${inFeatures} features, but its inputs have ${JSON.stringify(features)}`);
    state.push([`${layers.length}.weight`, transposed(kernel)]);
    if (bias) state.push([`${layers.length}.bias`, bias]);
    layers.push({ type: 'Linear', inFeatures, outFeatures, bias: bias !== undefined });
    features = outFeatures;
  }
  if (activation) layers.push(activation);
  return [features];
}

function inputShape({ settings }: Layer): Shape | undefined {
  const shape = settings.batch_input_shape ?? settings.batch_shape;
  return Array.isArray(shape) ? shape.slice(1) : undefined;
}

const layerLabel = (name: string): string => `layer ${JSON.stringify(name)}`;

/** The layers one after the other, and the version of Keras. */
function topologyOf(topology: unknown): { chain: Layer[]; version: unknown } {
  const model = isRecord(topology) && topology.model_config !== undefined ? topology.model_config : topology;
  if (!isRecord(model)) throw new TypeError(`modelTopology must be an object, got ${describe(topology)}`);
  const { class_name: kind, config } = model;
  if (kind !== 'Sequential' && kind !== 'Model' && kind !== 'Functional') {
    throw new Error(`modelTopology must be that of a layers model, with class_name Sequential, Model or Functional, got ${describe(kind)}`);
  }
  // Old files have the layers of a Sequential in place of its config.
  const settings = isRecord(config) ? config : { layers: config };
  const { layers } = settings as { readonly layers?: unknown };
  if (!Array.isArray(layers) || layers.length === 0) throw new TypeError(`modelTopology must have an array of layers, got ${describe(layers)}`);
  const chain = layers.map(layerOf);
  if (kind !== 'Sequential') requireChain(layers as Configuration[], chain, settings.output_layers);
  return { chain, version: (topology as Configuration).keras_version };
}

function layerOf(layer: unknown, index: number): Layer {
  if (!isRecord(layer) || !isRecord(layer.config)) throw new TypeError(`layer ${index} of modelTopology must be an object with a config, got ${describe(layer)}`);
  const { class_name: type, config: settings } = layer;
  const name = settings.name;
  if (typeof name !== 'string') throw new TypeError(`layer ${index} of modelTopology must have a name, got ${describe(name)}`);
  return { type, name, settings };
}

/** Throws unless every layer takes the outputs of the one before it, and the model gives those of the last. */
function requireChain(layers: readonly Configuration[], chain: readonly Layer[], outputs: unknown): void {
  // Of references such as [[['dense_1', 0, 0, {}]]].
  const names = (references: unknown): unknown[] => (Array.isArray(references) ? references.flat(2).filter((part) => typeof part === 'string') : []);
  const taken = [...layers.map(({ inbound_nodes: nodes }) => names(nodes)), names(outputs)];
  for (const [i, sources] of taken.entries()) {
    const expected = i === 0 ? [] : [chain[i - 1]!.name];
    if (JSON.stringify(sources) !== JSON.stringify(expected)) {
      const taker = i < chain.length ? layerLabel(chain[i]!.name) : 'the output of the model';
      throw new Error(`${taker} must come from ${JSON.stringify(expected)}, since only layers one after the other are supported, but comes from ${JSON.stringify(sources)}`);
    }
  }
}
