/** Models of TensorFlow.js and Keras: files as TensorFlow.js 4.22 writes them, and what it predicted with them. */
import { describe, expect, it } from 'vitest';
import { type Activation, activations, linear, softmax } from '../src/index.js';
import { type LayersModel, readLayersModel } from '../src/nn/layers-model.js';
import { errorOf, expectSame } from './support.js';

type Settings = Readonly<Record<string, unknown>>;
interface Layer {
  readonly class_name: string;
  readonly config: Settings;
}
interface Spec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly group?: string;
}

const layer = (type: string, name: string, settings: Settings = {}): Layer => ({ class_name: type, config: { ...settings, name, trainable: true } });

const dense = (name: string, units: number, activation: unknown = 'linear', settings: Settings = {}): Layer =>
  layer('Dense', name, {
    units, activation, use_bias: true,
    kernel_initializer: { class_name: 'VarianceScaling', config: { scale: 1, mode: 'fan_avg', distribution: 'normal', seed: null } },
    bias_initializer: { class_name: 'Zeros', config: {} },
    kernel_regularizer: null, bias_regularizer: null, activity_regularizer: null, kernel_constraint: null, bias_constraint: null,
    ...settings,
  });

const sequential = (layers: readonly unknown[], version = 'tfjs-layers 4.22.0'): Settings => ({ class_name: 'Sequential', config: { name: 'sequential_1', layers }, keras_version: version, backend: 'tensor_flow.js' });

const inputs = { batch_input_shape: [null, 3], dtype: 'float32' };

const spec = (name: string, ...shape: number[]): Spec => ({ name, shape, dtype: 'float32' });

/** Quarters from -5/4 to 5/4. */
const values = (length: number): Float32Array => Float32Array.from({ length }, (_, k) => (((k * 7) % 11) - 5) / 4);

/** What a save handler is given. */
function artifacts(layers: readonly unknown[], specs: readonly Spec[], length = specs.reduce((sum, { shape }) => sum + shape.reduce((p, size) => p * size, 1), 0)): LayersModel {
  return { modelTopology: sequential(layers), weightSpecs: specs, weightData: values(length).buffer };
}

const network = artifacts(
  [
    layer('Flatten', 'flatten', { batch_input_shape: [null, 1, 3], dtype: 'float32' }),
    dense('first', 4, 'gelu'),
    layer('Dropout', 'dropout', { rate: 0.5, noise_shape: null, seed: null }),
    layer('LeakyReLU', 'leaky', { alpha: 0.3 }),
    dense('second', 3, 'hard_sigmoid', { use_bias: false }),
    layer('ReLU', 'capped', { max_value: 0.75 }),
    dense('third', 2, 'swish'),
    layer('Softmax', 'softmax', { axis: 1 }),
  ],
  [spec('first/kernel', 3, 4), spec('first/bias', 4), spec('second/kernel', 4, 3), spec('third/kernel', 3, 2), spec('third/bias', 2)],
);

/** The only layer with the weights of a Dense layer with 2 units. */
const small = (settings: Settings = inputs): LayersModel => artifacts([dense('dense', 2, 'linear', settings)], [spec('dense/kernel', 3, 2), spec('dense/bias', 2)]);

function predict(model: LayersModel, x: Float32Array): Float32Array {
  const { layers, state } = readLayersModel(model);
  let columns = 0;
  return layers.reduce((y, described, i) => {
    if (described.type === 'Linear') {
      const { inFeatures, outFeatures, bias } = described;
      columns = outFeatures;
      return linear(y, state[`${i}.weight`]!.data as Float32Array, bias ? (state[`${i}.bias`]!.data as Float32Array) : null, { inFeatures, outFeatures });
    }
    const { activation, parameters } = described;
    if (activation === 'softmax') return softmax(y, { columns });
    return (activations as unknown as Record<string, Activation>)[activation]!(y, parameters as object);
  }, x);
}

function expectRejected(model: unknown, ...parts: readonly string[]): void {
  const { message } = errorOf(() => readLayersModel(model as LayersModel));
  for (const part of ['readLayersModel: ', ...parts]) expect(message).toContain(part);
}

describe('readLayersModel', () => {
  it('a sequential model', () => {
    const { layers, state } = readLayersModel(network);
    expect(layers).toEqual([
      { type: 'Linear', inFeatures: 3, outFeatures: 4, bias: true },
      { type: 'Activation', activation: 'gelu', parameters: {} },
      { type: 'Activation', activation: 'leakyRelu', parameters: { alpha: 0.3 } },
      { type: 'Linear', inFeatures: 4, outFeatures: 3, bias: false },
      { type: 'Activation', activation: 'hardSigmoid', parameters: { alpha: 0.2, beta: 0.5 } },
      { type: 'Activation', activation: 'hardTanh', parameters: { min: 0, max: 0.75 } },
      { type: 'Linear', inFeatures: 3, outFeatures: 2, bias: true },
      { type: 'Activation', activation: 'silu', parameters: {} },
      { type: 'Activation', activation: 'softmax', parameters: {} },
    ]);
    expect(Object.entries(state).map(([name, { shape }]) => [name, shape])).toEqual([['0.weight', [4, 3]], ['0.bias', [4]], ['3.weight', [3, 4]], ['6.weight', [2, 3]], ['6.bias', [2]]]);
    const [kernel, bias] = [values(12), values(16).subarray(12)];
    expectSame(state['0.weight']!.data, [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11].map((k) => kernel[k]!));
    expectSame(state['0.bias']!.data, bias);
  });

  it('gives what TensorFlow.js predicts', () => {
    const y = predict(network, Float32Array.of(0.5, -1, 2, -0.25, 1.5, 0.125));
    const expected = [0.5176877379417419, 0.48231223225593567, 0.4915521740913391, 0.5084478259086609];
    for (const [i, value] of y.entries()) expect(value).toBeCloseTo(expected[i]!, 6);
    expect(y.length).toBe(4);
  });

  it('model.json with its weight files, and what the converter writes', () => {
    const { weightSpecs, weightData, modelTopology } = network;
    const bytes = new Uint8Array(weightData as ArrayBuffer);
    const weightsManifest = [{ paths: ['1of2', '2of2'], weights: weightSpecs!.slice(0, 2) }, { paths: ['1of1'], weights: weightSpecs!.slice(2) }];
    const { class_name, config } = modelTopology as Settings;
    const converted = { keras_version: '2.11.0', backend: 'tensorflow', model_config: { class_name, config } };
    const expected = readLayersModel(network);
    for (const topology of [modelTopology, converted]) {
      for (const data of [bytes, [bytes.subarray(0, 5), bytes.slice(5, 64).buffer, bytes.subarray(64)]]) {
        expect(readLayersModel({ modelTopology: topology, weightsManifest, weightData: data })).toEqual(expected);
      }
    }
  });

  it('a sequential model of old files, whose config is the array of layers', () => {
    const { config } = (network.modelTopology as { config: { layers: unknown } });
    const modelTopology = { ...(network.modelTopology as Settings), config: config.layers };
    expect(readLayersModel({ ...network, modelTopology })).toEqual(readLayersModel(network));
  });

  it('names of weights behind that of the model', () => {
    const weightSpecs = network.weightSpecs!.map((weight) => ({ ...weight, name: `sequential_1/${weight.name}` }));
    expect(readLayersModel({ ...network, weightSpecs })).toEqual(readLayersModel(network));
  });

  it('weights of an optimizer are left out', () => {
    const specs = [...small().weightSpecs!, { name: 'iter', shape: [], dtype: 'int32', group: 'optimizer' }, { ...spec('dense/kernel/m', 3, 2), group: 'optimizer' }];
    expect(readLayersModel({ ...small(), weightSpecs: specs, weightData: values(15) })).toEqual(readLayersModel(small()));
  });

  it('the weights are copies', () => {
    const data = values(8);
    const { state } = readLayersModel({ ...small(), weightData: data.buffer });
    data.fill(9);
    expectSame(state['0.bias']!.data, values(8).subarray(6));
  });

  it.each([
    ['elu', 'elu', {}], ['exponential', 'exp', {}], ['gelu', 'gelu', {}], ['gelu_new', 'gelu', { approximate: 'tanh' }],
    ['hard_sigmoid', 'hardSigmoid', { alpha: 0.2, beta: 0.5 }], ['leaky_relu', 'leakyRelu', { alpha: 0.2 }], ['mish', 'mish', {}],
    ['relu', 'relu', {}], ['relu6', 'relu6', {}], ['selu', 'selu', {}], ['sigmoid', 'sigmoid', {}], ['silu', 'silu', {}], ['softmax', 'softmax', {}],
    ['log_softmax', 'logSoftmax', {}], ['softplus', 'softplus', {}], ['softsign', 'softsign', {}], ['swish', 'silu', {}], ['tanh', 'tanh', {}],
  ])('activation %s', (keras, activation, parameters) => {
    const expected = [{ type: 'Linear', inFeatures: 3, outFeatures: 2, bias: true }, { type: 'Activation', activation, parameters }];
    expect(readLayersModel(small({ ...inputs, activation: keras })).layers).toEqual(expected);
    const apart = artifacts([dense('dense', 2), layer('Activation', 'activation', { activation: keras })], small().weightSpecs as Spec[]);
    expect(readLayersModel(apart).layers).toEqual(expected);
    expect(activation in activations || /softmax/i.test(activation)).toBe(true);
  });

  it('linear activations, and layers that do nothing in inference', () => {
    const nothing = ['Dropout', 'AlphaDropout', 'GaussianDropout', 'GaussianNoise', 'Flatten'].map((type) => layer(type, type));
    const layers = [layer('InputLayer', 'input', inputs), dense('dense', 2, null), ...nothing, layer('Activation', 'activation', { activation: 'linear' })];
    expect(readLayersModel(artifacts(layers, small().weightSpecs as Spec[]))).toEqual(readLayersModel(small()));
  });

  it('hard_sigmoid of Keras 3', () => {
    const modelTopology = sequential([dense('dense', 2, 'hard_sigmoid')], '3.1.0');
    expect(readLayersModel({ ...small(), modelTopology }).layers[1]).toEqual({ type: 'Activation', activation: 'hardSigmoid', parameters: { alpha: 1 / 6, beta: 0.5 } });
  });

  it.each([
    ['ReLU', {}, 'relu', {}],
    ['ReLU', { max_value: null, negative_slope: 0, threshold: 0 }, 'relu', {}],
    ['ReLU', { max_value: 6 }, 'relu6', {}],
    ['ReLU', { max_value: 2 }, 'hardTanh', { min: 0, max: 2 }],
    ['ReLU', { negative_slope: 0.1 }, 'leakyRelu', { alpha: 0.1 }],
    ['LeakyReLU', {}, 'leakyRelu', { alpha: 0.3 }],
    ['LeakyReLU', { alpha: 0.1 }, 'leakyRelu', { alpha: 0.1 }],
    ['LeakyReLU', { negative_slope: 0.1 }, 'leakyRelu', { alpha: 0.1 }],
    ['ELU', {}, 'elu', { alpha: 1 }],
    ['ELU', { alpha: 0.5 }, 'elu', { alpha: 0.5 }],
    ['ThresholdedReLU', {}, 'thresholdedRelu', { alpha: 1 }],
    ['ThresholdedReLU', { theta: 0.5 }, 'thresholdedRelu', { alpha: 0.5 }],
    ['Softmax', { axis: 1 }, 'softmax', {}],
    ['Softmax', { axis: [-1] }, 'softmax', {}],
    ['Softmax', {}, 'softmax', {}],
  ])('layer %s %j', (type, settings, activation, parameters) => {
    const model = artifacts([dense('dense', 2), layer(type, 'it', settings)], small().weightSpecs as Spec[]);
    expect(readLayersModel(model).layers[1]).toEqual({ type: 'Activation', activation, parameters });
  });
});

describe('functional models', () => {
  /** Layers with the names of those that each takes. */
  function functional(layers: readonly (readonly [Layer, ...string[]])[], outputs: readonly string[], kind = 'Functional'): LayersModel {
    const nodes = layers.map(([described, ...sources]) => ({
      name: described.config.name, ...described,
      inbound_nodes: sources.length === 0 ? [] : [sources.map((source) => [source, 0, 0, {}])],
    }));
    const config = { name: 'model1', layers: nodes, input_layers: [['input', 0, 0]], output_layers: outputs.map((name) => [name, 0, 0]) };
    return { ...artifacts([], [spec('a/kernel', 3, 2), spec('a/bias', 2), spec('b/kernel', 2, 2), spec('b/bias', 2)]), modelTopology: { class_name: kind, config } };
  }
  const [input, a, b] = [layer('InputLayer', 'input', inputs), dense('a', 2, 'tanh'), dense('b', 2)];

  it('whose layers follow one another', () => {
    for (const kind of ['Functional', 'Model']) {
      const { layers, state } = readLayersModel(functional([[input], [a, 'input'], [b, 'a']], ['b'], kind));
      expect(layers.map(({ type }) => type)).toEqual(['Linear', 'Activation', 'Linear']);
      expect(Object.keys(state)).toEqual(['0.weight', '0.bias', '2.weight', '2.bias']);
    }
  });

  it.each([
    ['a branch', functional([[input], [a, 'input'], [b, 'input']], ['b']), ['layer "b" must come from ["a"]', 'comes from ["input"]']],
    ['a layer with two inputs', functional([[input], [a, 'input'], [b, 'input', 'a']], ['b']), ['layer "b"', 'comes from ["input","a"]']],
    ['two outputs', functional([[input], [a, 'input'], [b, 'a']], ['a', 'b']), ['output of the model', 'comes from ["a","b"]']],
    ['an output within', functional([[input], [a, 'input'], [b, 'a']], ['a']), ['output of the model must come from ["b"]']],
    ['a beginning within', functional([[a, 'input'], [b, 'a']], ['b']), ['layer "a" must come from []', '["input"]']],
  ])('%s', (_, model, parts) => { expectRejected(model, ...parts); });
});

describe('what is no such model', () => {
  const specs = small().weightSpecs as Spec[];
  const withLayer = (added: unknown): LayersModel => artifacts([dense('dense', 2), added], specs);

  it.each([
    ['nothing', null, ['the model must be an object', 'got null']],
    ['no topology', { ...small(), modelTopology: undefined }, ['modelTopology must be an object', 'got undefined']],
    ['a graph model', { ...small(), modelTopology: { node: [], library: {} } }, ['modelTopology', 'class_name', 'got undefined']],
    ['another kind of model', { ...small(), modelTopology: { class_name: 'Custom', config: {} } }, ['class_name', 'got "Custom"']],
    ['no layers', artifacts([], []), ['array of layers', 'got an array of 0']],
    ['no config', { ...small(), modelTopology: { class_name: 'Sequential' } }, ['array of layers', 'got undefined']],
    ['a layer that is none', withLayer(7), ['layer 1', 'got 7']],
    ['a layer without a name', withLayer({ class_name: 'ReLU', config: {} }), ['layer 1', 'name', 'got undefined']],
  ])('%s', (_, model, parts) => { expectRejected(model, ...parts); });

  it.each([
    ['Conv2D', {}, ['class_name "Conv2D"', 'only Dense']],
    ['PReLU', { shared_axes: null }, ['class_name "PReLU"']],
    ['BatchNormalization', {}, ['class_name "BatchNormalization"']],
    ['Sequential', { layers: [] }, ['class_name "Sequential"']],
    ['Activation', { activation: 'sine' }, ['activation must be one of linear, elu', 'got "sine"']],
    ['Activation', { activation: { class_name: 'relu' } }, ['activation must be one of', 'got an Object']],
    ['Dense', { units: 1, activation: 'toString' }, ['activation must be one of', 'got "toString"']],
    ['ReLU', { threshold: 1 }, ['threshold', 'got 1']],
    ['ReLU', { max_value: 1, negative_slope: 0.5 }, ['max_value together with negative_slope']],
    ['LeakyReLU', { alpha: '0.1' }, ['alpha must be a number', 'got "0.1"']],
    ['Softmax', { axis: 2 }, ['axis', 'got 2']],
    ['Softmax', { axis: [1, 2] }, ['axis must be a number', 'got an array of 2']],
  ])('layer %s %j', (type, settings, parts) => { expectRejected(withLayer(layer(type, 'it', settings)), 'layer "it": ', ...parts); });

  it('inputs that are no rows of features', () => {
    expectRejected(small({ batch_input_shape: [null, 28, 3] }), 'layer "dense"', '[28,3]', 'Flatten');
    expectRejected(small({ batch_shape: [null, 28, 3] }), 'layer "dense"', '[28,3]');
  });

  it('layers that do not fit one another', () => {
    expectRejected(small({ batch_input_shape: [null, 4] }), 'layer "dense"', 'for 3 features', 'have 4');
    const flattened = [layer('Flatten', 'flatten', { batch_input_shape: [null, 2, 2] }), dense('dense', 2)];
    expectRejected(artifacts(flattened, specs), 'layer "dense"', 'for 3 features', 'have 4');
    const two = artifacts([dense('dense', 2), dense('next', 1)], [...specs, spec('next/kernel', 3, 1), spec('next/bias', 1)]);
    expectRejected(two, 'layer "next"', 'for 3 features', 'have 2');
  });

  it('any length of images, where it is not known', () => {
    const flattened = [layer('Flatten', 'flatten', { batch_input_shape: [null, null, 3] }), dense('dense', 2)];
    expect(readLayersModel(artifacts(flattened, specs))).toEqual(readLayersModel(small()));
  });

  it.each([
    ['no specifications', { weightSpecs: undefined }, ['weightSpecs or a weightsManifest', 'got undefined']],
    ['specifications that are none', { weightSpecs: 'x' }, ['array', 'got "x"']],
    ['a manifest that is none', { weightSpecs: undefined, weightsManifest: {} }, ['weightsManifest', 'got an Object']],
    ['a group that is none', { weightSpecs: undefined, weightsManifest: [null] }, ['array', 'got undefined']],
    ['a specification that is none', { weightSpecs: [null] }, ['specification of a weight', 'got null']],
    ['a weight without a name', { weightSpecs: [{ shape: [1], dtype: 'float32' }] }, ['object with a name', 'got an Object']],
    ['no data', { weightData: undefined }, ['weightData must be an ArrayBuffer', 'got undefined']],
    ['data that is none', { weightData: [[1, 2]] }, ['weightData must be an ArrayBuffer', 'got an array of 2']],
    ['data that is cut off', { weightData: values(7) }, ['weight "dense/bias"', 'from 24 to 32', 'which has 28']],
    ['a part of it missing', { weightData: [] }, ['weight "dense/kernel"', 'from 0 to 24', 'which has 0']],
    ['data that is left', { weightData: values(9) }, ['no weight has the last 4 bytes']],
    ['no shape', { weightSpecs: [{ name: 'dense/kernel', dtype: 'float32' }] }, ['weight "dense/kernel"', 'shape must be', 'got undefined']],
    ['another type', { weightSpecs: [{ ...specs[0], dtype: 'int32' }, specs[1]] }, ['weight "dense/kernel"', 'must be float32', 'got "int32"']],
    ['an unknown type', { weightSpecs: [specs[0], { ...specs[1], dtype: 'string' }] }, ['weight "dense/bias"', 'must be float32', 'got "string"']],
    ['a quantised weight', { weightSpecs: [{ ...specs[0], quantization: { dtype: 'uint8', scale: 1, min: 0 } }] }, ['weight "dense/kernel"', 'quantised']],
    ['a weight twice', { weightSpecs: [specs[1], specs[1]] }, ['weight "dense/bias"', 'two of that name']],
    ['no kernel', { weightSpecs: [specs[1]], weightData: values(2) }, ['layer "dense"', 'no weight "dense/kernel"']],
    ['no bias', { weightSpecs: [specs[0]], weightData: values(6) }, ['layer "dense"', 'no weight "dense/bias"']],
    ['a kernel for other units', { weightSpecs: [spec('dense/kernel', 2, 3), specs[1]] }, ['layer "dense"', 'weight "dense/kernel"', '[inFeatures, 2]', 'got [2, 3]']],
    ['a kernel that is no matrix', { weightSpecs: [spec('dense/kernel', 6), specs[1]] }, ['weight "dense/kernel"', 'got [6]']],
    ['a bias of another length', { weightSpecs: [specs[0], spec('dense/bias', 1, 2)] }, ['weight "dense/bias"', '[2]', 'got [1, 2]']],
    ['a weight too many', { weightSpecs: [...specs, spec('other/kernel', 1)], weightData: values(9) }, ['weight "other/kernel" belongs to none']],
  ])('%s', (_, changed, parts) => { expectRejected({ ...small(), ...changed }, ...parts); });

  it('a bias that the layer does not use', () => {
    expectRejected(small({ ...inputs, use_bias: false }), 'weight "dense/bias" belongs to none');
  });
});
