/** The activations of Keras and TensorFlow.js: what they are called here, and the parameters that make them the same function. */
import { describe } from '../describe.js';

/** An activation by its name here, and its options. */
export interface ActivationDescription {
  readonly type: 'Activation';
  readonly activation: string;
  readonly parameters: Readonly<Record<string, number | string>>;
}

/** The settings of a layer, as they stand in the file. */
export type Configuration = Readonly<Record<string, unknown>>;

type Parameters = ActivationDescription['parameters'];

const activation = (name: string, parameters: Parameters = {}): ActivationDescription => ({ type: 'Activation', activation: name, parameters });

/** By the names that Keras has for them. */
const NAMES: ReadonlyMap<unknown, readonly [name: string, parameters?: Parameters]> = new Map([
  ['elu', ['elu']],
  ['exponential', ['exp']],
  ['gelu', ['gelu']],
  ['gelu_new', ['gelu', { approximate: 'tanh' }]],
  ['hard_sigmoid', ['hardSigmoid', { alpha: 0.2, beta: 0.5 }]],
  ['leaky_relu', ['leakyRelu', { alpha: 0.2 }]],
  ['log_softmax', ['logSoftmax']],
  ['mish', ['mish']],
  ['relu', ['relu']],
  ['relu6', ['relu6']],
  ['selu', ['selu']],
  ['sigmoid', ['sigmoid']],
  ['silu', ['silu']],
  ['softmax', ['softmax']],
  ['softplus', ['softplus']],
  ['softsign', ['softsign']],
  ['swish', ['silu']],
  ['tanh', ['tanh']],
]);

/** Layers that are an activation. */
const LAYERS: ReadonlyMap<unknown, (settings: Configuration, version: unknown) => ActivationDescription | undefined> = new Map([
  ['Activation', named],
  ['ELU', ({ alpha }: Configuration) => activation('elu', { alpha: setting('alpha', alpha, 1) })],
  ['LeakyReLU', ({ alpha, negative_slope: slope }: Configuration) => activation('leakyRelu', { alpha: setting('alpha', alpha ?? slope, 0.3) })],
  ['ReLU', rectifier],
  ['Softmax', softmax],
  ['ThresholdedReLU', ({ theta }: Configuration) => activation('thresholdedRelu', { alpha: setting('theta', theta, 1) })],
]);

/** The layer as an activation, undefined where that changes nothing; throws where it is none. */
export function activationLayer(type: unknown, settings: Configuration, version: unknown): ActivationDescription | undefined {
  const layer = LAYERS.get(type);
  if (!layer) throw new Error(`layers of class_name ${describe(type)} are not supported, only Dense, Dropout, Flatten and ${[...LAYERS.keys()].join(', ')}`);
  return layer(settings, version);
}

/** The activation that a layer names in its settings, undefined where it is linear. */
export function named({ activation: name }: Configuration, version: unknown): ActivationDescription | undefined {
  if (name == null || name === 'linear') return undefined;
  // Keras 3 took over PyTorch's.
  if (name === 'hard_sigmoid' && String(version).startsWith("3.")) return activation('hardSigmoid', { alpha: 1 / 6, beta: 0.5 });
  const found = NAMES.get(name);
  if (!found) throw new Error(`activation must be one of linear, ${[...NAMES.keys()].join(', ')}, got ${describe(name)}`);
  return activation(...found);
}

function rectifier({ max_value: most, negative_slope: slope, threshold }: Configuration): ActivationDescription {
  const alpha = setting('negative_slope', slope, 0);
  const max = setting('max_value', most, Infinity);
  if (setting('threshold', threshold, 0) !== 0) throw new Error(`a threshold other than 0 is not supported, got ${String(threshold)}`);
  if (max === Infinity) return alpha === 0 ? activation('relu') : activation('leakyRelu', { alpha });
  if (alpha !== 0) throw new Error('max_value together with negative_slope is not supported');
  return max === 6 ? activation('relu6') : activation('hardTanh', { min: 0, max });
}

function softmax({ axis }: Configuration): ActivationDescription {
  // For rows of features -1 and 1 are the same axis: Keras and TensorFlow.js have one each for a default.
  const given = setting('axis', Array.isArray(axis) && axis.length === 1 ? axis[0] : axis, -1);
  if (given !== -1 && given !== 1) throw new Error(`axis must be that of the features, -1 or 1, got ${given}`);
  return activation('softmax');
}

function setting(name: string, value: unknown, otherwise: number): number {
  if (value == null) return otherwise;
  if (typeof value !== 'number') throw new TypeError(`${name} must be a number, got ${describe(value)}`);
  return value;
}
