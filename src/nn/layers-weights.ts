/** The weights of a layers model: their specifications, and their bytes one after the other. */
import { describe } from '../describe.js';
import { inOperation } from '../options.js';
import type { Configuration } from './keras-activations.js';
import { type Tensor, bytesOf, elementCount, isRecord } from './safetensors.js';

type Bytes = ArrayBufferLike | ArrayBufferView;

/** What `model.json` and tf.io's artifacts say of a weight. */
export interface WeightSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly group?: string;
  readonly quantization?: unknown;
}

export interface SavedWeights {
  readonly weightSpecs?: readonly WeightSpec[] | undefined;
  readonly weightsManifest?: readonly { readonly weights: readonly WeightSpec[] }[] | undefined;
  readonly weightData?: Bytes | readonly Bytes[] | undefined;
}

/** Those not yet taken, by name. */
export type Weights = Map<string, Tensor<Float32Array>>;

/** The bytes of an element. */
const SIZES: ReadonlyMap<unknown, number> = new Map([['float32', 4], ['int32', 4], ['bool', 1], ['complex64', 8]]);

export const weightLabel = (name: string): string => `weight ${JSON.stringify(name)}`;

/** The weights of the layers, without those of an optimizer. */
export function weightsOf(model: SavedWeights): Weights {
  const bytes = concatenated(model.weightData);
  const weights: Weights = new Map();
  let begin = 0;
  for (const { name, shape, dtype, group, quantization } of specsOf(model)) {
    inOperation(weightLabel(name), () => {
      if (quantization != null) throw new Error('quantised weights are not supported');
      const size = SIZES.get(dtype);
      if (size === undefined || (dtype !== 'float32' && group !== 'optimizer')) throw new Error(`dtype must be float32, got ${describe(dtype)}`);
      const end = begin + elementCount(shape) * size;
      if (end > bytes.length) throw new Error(`it takes the bytes from ${begin} to ${end} of weightData, which has ${bytes.length}`);
      if (weights.has(name)) throw new Error('there are two of that name');
      // A copy, and aligned.
      if (group !== 'optimizer') weights.set(name, { shape, data: new Float32Array(bytes.slice(begin, end).buffer) });
      begin = end;
    });
  }
  if (begin < bytes.length) throw new Error(`no weight has the last ${bytes.length - begin} bytes of weightData`);
  return weights;
}

function specsOf({ weightSpecs, weightsManifest }: SavedWeights): readonly WeightSpec[] {
  const groups: unknown = weightSpecs ? [{ weights: weightSpecs }] : weightsManifest;
  if (!Array.isArray(groups)) throw new TypeError(`the model must have weightSpecs or a weightsManifest, got ${describe(groups)}`);
  return groups.flatMap((group: unknown) => {
    const specs = isRecord(group) ? group.weights : undefined;
    if (!Array.isArray(specs)) throw new TypeError(`the specifications of weights must be an array, got ${describe(specs)}`);
    const wrong: unknown = specs.find((spec) => !isRecord(spec) || typeof spec.name !== 'string');
    if (wrong !== undefined) throw new TypeError(`the specification of a weight must be an object with a name, got ${describe(wrong)}`);
    return specs as WeightSpec[];
  });
}

function concatenated(data: unknown): Uint8Array {
  const parts = (Array.isArray(data) ? data : [data]).map((part) => bytesOf('weightData', part));
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let position = 0;
  for (const part of parts) {
    whole.set(part, position);
    position += part.length;
  }
  return whole;
}

/** The kernel, [inFeatures, outFeatures], and the bias of a Dense layer, which are taken out of the weights. */
export function takeDense(layer: string, { units, use_bias: useBias }: Configuration, weights: Weights): { kernel: Tensor<Float32Array>; bias: Tensor<Float32Array> | undefined } {
  const kernel = take(weights, `${layer}/kernel`, ['inFeatures', units]);
  return { kernel, bias: useBias === false ? undefined : take(weights, `${layer}/bias`, [units]) };
}

/** Removes a weight from those there are; its shape must be this one, where that is a number. */
function take(weights: Weights, name: string, expected: readonly unknown[]): Tensor<Float32Array> {
  // Keras puts the name of the model before that of the layer.
  const key = weights.has(name) ? name : [...weights.keys()].find((candidate) => candidate.endsWith(`/${name}`));
  const weight = key === undefined ? undefined : weights.get(key);
  if (key === undefined || !weight) throw new Error(`there is no ${weightLabel(name)}`);
  const { shape } = weight;
  if (shape.length !== expected.length || shape.some((size, i) => typeof expected[i] !== 'string' && size !== expected[i])) {
    throw new Error(`${weightLabel(key)} must have the shape [${expected.join(', ')}], got [${shape.join(', ')}]`);
  }
  weights.delete(key);
  return weight;
}

export function transposed({ shape, data }: Tensor<Float32Array>): Tensor<Float32Array> {
  const [rows, columns] = shape as [number, number];
  const result = new Float32Array(data.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) result[j * rows + i] = data[i * columns + j]!;
  return { shape: [columns, rows], data: result };
}
