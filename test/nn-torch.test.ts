/**
 * Networks and their training against PyTorch. `fixtures/torch-networks.json` is what `python3 fixtures/torch-networks.py` printed
 * with PyTorch 1.13 (Debian's python3-torch): it computes in double precision, and its numbers have ten digits.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { FloatTypedArray } from '../src/index.js';
import {
  Activation, Adam, AdamW, BinaryCrossEntropyWithLogits, type ContextOptions, type Layer, Linear, type LossLayerOptions, MeanSquaredError, SGD, Sequential, SoftmaxCrossEntropy,
  type StateDict,
} from '../src/nn/index.js';
import { backends, floatTypes } from './backends.js';
import type { FloatType } from './support.js';

type SavedState = Readonly<Record<string, { readonly shape: readonly number[]; readonly data: readonly number[] }>>;

interface Saved {
  readonly x: readonly number[];
  readonly targets: readonly number[];
  readonly state: SavedState;
  readonly outputs: readonly number[];
  readonly loss: number;
  readonly gradients: Readonly<Record<string, readonly number[]>>;
  readonly trained: Readonly<Record<keyof typeof optimizers, { readonly losses: readonly number[]; readonly state: SavedState }>>;
}

const saved = JSON.parse(readFileSync(new URL('fixtures/torch-networks.json', import.meta.url), 'utf8')) as Readonly<Record<string, Saved>>;

/** As the script has them. */
const networks: Readonly<Record<string, { layers: () => Layer[]; loss: (options: LossLayerOptions) => SoftmaxCrossEntropy | MeanSquaredError | BinaryCrossEntropyWithLogits }>> = {
  'tanh, gelu': {
    layers: () => [new Linear(5, 7), new Activation('tanh'), new Linear(7, 6), new Activation('gelu'), new Linear(6, 3)],
    loss: (options) => new SoftmaxCrossEntropy(options),
  },
  'relu, silu, no bias': {
    layers: () => [new Linear(5, 7, { bias: false }), new Activation('relu'), new Linear(7, 3), new Activation('silu')],
    loss: (options) => new SoftmaxCrossEntropy({ ...options, labelSmoothing: 0.1 }),
  },
  'nested, leakyRelu, sigmoid': {
    layers: () => [new Sequential([new Linear(5, 4), new Activation({ op: 'leakyRelu', alpha: 0.2 })]), new Linear(4, 3), new Activation('sigmoid')],
    loss: (options) => new MeanSquaredError(options),
  },
  'elu, softplus': {
    layers: () => [new Linear(5, 6), new Activation('elu'), new Linear(6, 3), new Activation('softplus')],
    loss: (options) => new BinaryCrossEntropyWithLogits(options),
  },
};

const optimizers = {
  SGD: ({ parameters }: Sequential) => new SGD(parameters, { learningRate: 0.1, momentum: 0.9, weightDecay: 0.01, nesterov: true }),
  Adam: ({ parameters }: Sequential) => new Adam(parameters, { learningRate: 0.05, weightDecay: 0.01 }),
  AdamW: ({ parameters }: Sequential) => new AdamW(parameters, { learningRate: 0.05, weightDecay: 0.1 }),
};

const stateOf = (state: SavedState, type: FloatType): StateDict =>
  Object.fromEntries(Object.entries(state).map(([name, { shape, data }]) => [name, { shape, data: type.from(data) }]));

describe.each(backends)('as PyTorch, in $name', ({ backend }) => {
  describe.each(floatTypes)('$type', ({ FloatArray: type }) => {
    const tolerance = type.BYTES_PER_ELEMENT === 4 ? 1e-5 : 1e-8;
    const options: ContextOptions = { backend, type: type as typeof Float32Array };

    function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, label: string): void {
      expect(actual.length, label).toBe(expected.length);
      for (let i = 0; i < expected.length; i++) {
        const distance = Math.abs(actual[i]! - expected[i]!);
        if (!(distance <= tolerance)) expect.fail(`${label}[${i}]: ${actual[i]}, not ${expected[i]}`);
      }
    }

    const expectState = (model: Sequential, expected: SavedState): void => {
      const state = model.stateDict();
      expect(Object.keys(state)).toEqual(Object.keys(expected));
      for (const [name, { shape, data }] of Object.entries(expected)) {
        expect(state[name]!.shape).toEqual(shape);
        expectClose(state[name]!.data, data, name);
      }
    };

    describe.each(Object.entries(networks))('%s', (name, { layers, loss: makeLoss }) => {
      const expected = saved[name]!;
      const { x: rows, targets: given, state } = expected;
      const x = type.from(rows);
      const loss = makeLoss({ backend });
      const targets = loss instanceof SoftmaxCrossEntropy ? Int32Array.from(given) : type.from(given);
      const made = (): Sequential => {
        const model = new Sequential(layers(), options);
        model.loadStateDict(stateOf(state, type));
        return model;
      };
      const step = (model: Sequential): number => {
        const value = loss.forward(model.forward(x), targets as never);
        model.backward(loss.backward());
        return value;
      };

      it('predicts, and has the loss and the gradients', () => {
        const model = made();
        expectClose(model.predict(x), expected.outputs, 'outputs');
        expectClose([step(model)], [expected.loss], 'loss');
        expect(model.parameters.map((parameter) => parameter.name)).toEqual(Object.keys(expected.gradients));
        for (const { name: parameter, gradient } of model.parameters) expectClose(gradient.data, expected.gradients[parameter]!, `gradient of ${parameter}`);
      });

      it.each(Object.entries(optimizers))('learns with %s', (optimizer, make) => {
        const model = made();
        const steps = make(model);
        const { losses, state: after } = expected.trained[optimizer as keyof typeof optimizers];
        const values = losses.map(() => {
          const value = step(model);
          steps.step();
          return value;
        });
        expectClose(values, losses, 'losses');
        expectState(model, after);
      });

      it('is the same after it was saved and loaded', () => {
        const model = made();
        const bytes = model.save();
        const header = new TextDecoder().decode(bytes.subarray(8, 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true))));
        const entries = JSON.parse(header) as Record<string, { readonly shape: readonly number[]; readonly dtype: string }>;
        const { __metadata__: metadata, ...tensors } = entries;
        expect(metadata).toEqual({ format: 'pt' });
        expect(Object.fromEntries(Object.entries(tensors).map(([key, { shape, dtype }]) => [key, [dtype, shape]]))).toEqual(
          Object.fromEntries(Object.entries(state).map(([key, { shape }]) => [key, [type.BYTES_PER_ELEMENT === 4 ? 'F32' : 'F64', shape]])),
        );
        const loaded = new Sequential(layers(), { ...options, seed: 5 });
        const before = loaded.predict(x);
        loaded.load(bytes);
        expect(loaded.stateDict()).toEqual(model.stateDict());
        expect(loaded.predict(x)).toEqual(model.predict(x));
        expect(loaded.predict(x)).not.toEqual(before);
      });
    });
  });

  const model = (): Sequential => new Sequential([new Linear(2, 3), new Activation('relu'), new Linear(3, 1)], { backend, seed: 1 });

  it('takes no state that is not the network\'s, and changes nothing then', () => {
    const network = model();
    const state = network.stateDict() as Record<string, { shape: readonly number[]; data: FloatTypedArray }>;
    const other = new Sequential([new Linear(2, 3), new Activation('relu'), new Linear(3, 1)], { backend, seed: 2 }).stateDict();
    const missing = Object.fromEntries(Object.entries(other).slice(0, 3));
    const wrong: [unknown, string][] = [
      [undefined, 'loadStateDict: state must be an object of tensors by name, got undefined'],
      [missing, 'loadStateDict: there is no tensor 2.bias'],
      [{ ...other, '4.bias': other['2.bias'] }, 'loadStateDict: the network has no parameter 4.bias, only 0.weight, 0.bias, 2.weight, 2.bias'],
      [{ ...other, '2.weight': { shape: [3, 1], data: other['2.weight']!.data } }, 'loadStateDict: 2.weight must have the shape [1, 3], got [3, 1]'],
      [{ ...other, '2.weight': { shape: [1, 3], data: new Float32Array(4) } }, 'loadStateDict: 2.weight: shape [1,3] has 3 elements, but data has 4'],
      [{ ...other, '2.weight': { shape: 3, data: new Float32Array(3) } }, 'loadStateDict: 2.weight: the shape must be an array of integers of at least 0, got 3'],
      [{ ...other, '2.weight': { shape: [1, 3], data: [1, 2, 3] } }, 'loadStateDict: 2.weight: data must be a Float32Array or a Float64Array, got an array of 3'],
      [{ ...other, '2.weight': null }, 'loadStateDict: 2.weight: it must be an object with shape and data, got null'],
    ];
    for (const [given, message] of wrong) expect(() => { network.loadStateDict(given as StateDict); }).toThrow(message);
    expect(network.stateDict()).toEqual(state);
    network.loadStateDict(Object.fromEntries(Object.entries(other).map(([name, { shape, data }]) => [name, { shape, data: Float64Array.from(data) }])));
    expect(network.stateDict()).toEqual(other);
    // A copy, which later steps do not change.
    state['0.weight']!.data.fill(9);
    expect(network.stateDict()).toEqual(other);
  });

  it('is the network that a model of TensorFlow.js describes', () => {
    const kernels = [[1, -2, 0.5, 0.25, 1, -1], [2, -1, 0.5, 1, 0.5, -3]];
    const dense = (name: string, units: number, activation: string, more: object = {}): object => ({ class_name: 'Dense', config: { name, units, activation, use_bias: true, ...more } });
    const network = Sequential.fromLayersModel(
      {
        modelTopology: { class_name: 'Sequential', config: { layers: [dense('a', 3, 'relu', { batch_input_shape: [null, 2] }), dense('b', 2, 'softmax')] } },
        weightSpecs: [['a/kernel', 2, 3], ['a/bias', 3], ['b/kernel', 3, 2], ['b/bias', 2]].map(([name, ...shape]) => ({ name: name as string, shape: shape as number[], dtype: 'float32' })),
        weightData: Float32Array.of(...kernels[0]!, 0.5, -0.5, 0, ...kernels[1]!, 0.125, 0).buffer,
      },
      { backend },
    );
    // x = (1, 2): relu((1 + 0.5 + 0.5, -2 + 2 - 0.5, 0.5 - 2)) = (2, 0, 0), so logits (4.125, -2).
    const e = Math.exp(-6.125);
    const y = network.predict(Float32Array.of(1, 2));
    expect(y[0]).toBeCloseTo(1 / (1 + e), 6);
    expect(y[1]).toBeCloseTo(e / (1 + e), 6);
    expect(Object.fromEntries(Object.entries(network.stateDict()).map(([name, { shape }]) => [name, shape]))).toEqual({ '0.weight': [3, 2], '0.bias': [3], '2.weight': [2, 3], '2.bias': [2] });
    expect(network.layers.map(({ title }) => title)).toEqual(['Linear(2, 3)', 'Activation(relu)', 'Linear(3, 2)', 'Activation(softmax)']);
  });
});
