/** What training consists of beside the layers: seeds, initial weights, optimizers, figures. */
import { describe, expect, it } from 'vitest';
import { type Backend, type FloatTypedArray, createBackend, relu } from '../src/index.js';
import { initializations } from '../src/nn/initializations.js';
import {
  Activation, Adam, AdamW, Batches, type ContextOptions, type Initialization, type Layer, type LayerActivation, Linear, SGD, Sequential, SoftmaxCrossEntropy,
} from '../src/nn/index.js';
import { backends, floatTypes } from './backends.js';
import { errorOf, expectSame, ordinary } from './support.js';

const sizeOf = (values: readonly FloatTypedArray[]): number => Math.sqrt(values.flatMap((array) => [...array]).reduce((sum, value) => sum + value * value, 0));

describe.each(backends)('training, in $name', ({ name, backend }) => {
  const network = (options: ContextOptions = {}): Sequential => new Sequential([new Linear(4, 6), new Activation('tanh'), new Linear(6, 3)], { backend, seed: 1, ...options });
  const valuesOf = (model: Sequential): FloatTypedArray[] => model.parameters.map(({ value }) => value.data.slice());

  /** The parameters after two epochs. */
  function trained(sg: Backend, seed: number): FloatTypedArray[] {
    const model = network({ backend: sg, seed });
    const loss = new SoftmaxCrossEntropy({ backend: sg });
    const optimizer = new SGD(model.parameters, { learningRate: 0.1, momentum: 0.9 });
    const batches = new Batches(ordinary(Float32Array, 200), Int32Array.from({ length: 50 }, (_, i) => i % 3), { size: 16, backend: sg, seed });
    for (let epoch = 0; epoch < 2; epoch++) {
      for (const { x, targets } of batches) {
        loss.forward(model.forward(x), targets);
        model.backward(loss.backward());
        optimizer.step();
      }
    }
    return valuesOf(model);
  }

  describe('a seed', () => {
    it('makes training the same, bit for bit, in another backend too', async () => {
      const other = await createBackend(name === 'javascript' ? { wasm: false } : {});
      const expected = trained(backend, 1);
      for (const sg of [backend, other]) trained(sg, 1).forEach((values, i) => { expectSame(values, expected[i]!); });
      expect(sizeOf(trained(backend, 2).map((values, i) => values.map((value, j) => value - expected[i]![j]!) as FloatTypedArray))).toBeGreaterThan(0.1);
      other.dispose();
    });

    it('gives other weights than any other, and none others every time', () => {
      const seeds = [0, 1, -1, 2, 2 ** 32, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER, undefined, undefined];
      const weights = seeds.map((seed) => valuesOf(network({ seed }))[0]!);
      weights.forEach((values, i) => { for (const others of weights.slice(0, i)) expect(values.some((value, j) => value === others[j])).toBe(false); });
    });

    it('gives weights that do not depend on the element type', () => {
      const [single, double] = [Float32Array, Float64Array].map((type) => valuesOf(network({ type })));
      double!.forEach((values, i) => { expectSame(single![i]!, Float32Array.from(values)); });
    });

    it('is an integer', () => {
      for (const seed of [1.5, NaN, Infinity, '1', null]) expect(errorOf(() => network({ seed: seed as number }).parameters)).toBeInstanceOf(RangeError);
    });
  });

  describe('initial weights', () => {
    const [inFeatures, outFeatures, count] = [900, 600, 540_000];
    const variances: Readonly<Record<Initialization, number>> = {
      xavierUniform: 2 / 1500, xavierNormal: 2 / 1500, heUniform: 2 / 900, heNormal: 2 / 900, lecunUniform: 1 / 900, lecunNormal: 1 / 900, torchUniform: 1 / 2700, zeros: 0,
    };

    it.each(Object.keys(initializations) as Initialization[])('are spread as %s says', (initialization) => {
      const { weight, bias } = new Linear(inFeatures, outFeatures, { initialization, backend, seed: 7 });
      const values = [...weight.data];
      const moment = (power: number): number => values.reduce((sum, value) => sum + value ** power, 0) / values.length;
      const variance = variances[initialization];
      // Five standard deviations of these moments.
      expect(Math.abs(moment(1))).toBeLessThanOrEqual(5 * Math.sqrt(variance / count));
      expect(Math.abs(moment(2) - variance)).toBeLessThanOrEqual(5 * variance * Math.sqrt(2 / count));
      if (initialization.endsWith('Normal')) expect(Math.abs(moment(4) - 3 * variance ** 2)).toBeLessThanOrEqual(5 * variance ** 2 * Math.sqrt(96 / count));
      const most = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
      if (initialization.endsWith('Uniform')) {
        expect(most).toBeLessThanOrEqual(Math.fround(Math.sqrt(3 * variance)));
        expect(most).toBeGreaterThan(0.999 * Math.sqrt(3 * variance));
      } else expect(most).toBeGreaterThanOrEqual(4 * Math.sqrt(variance));
      expect(bias!.data.every((value) => value === 0)).toBe(true);
    });

    /** The square of f(u), its mean for a standard normal u. */
    const meanSquareOf = (f: (u: number) => number): number => {
      const u = Float64Array.from({ length: 20_001 }, (_, k) => (k - 10_000) / 1000);
      return u.reduce((sum, value) => sum + f(value) ** 2 * Math.exp((-value * value) / 2), 0) / 1000 / Math.sqrt(2 * Math.PI);
    };
    /** The factor beside a deviation of 1 / sqrt(inFeatures). */
    const gains: [LayerActivation, number][] = [
      ['relu', Math.SQRT2], [relu, Math.SQRT2], ['selu', 1], ['softmax', 1], [{ op: 'leakyRelu', alpha: 0.5 }, Math.sqrt(1.6)],
      ['tanh', 1 / Math.sqrt(meanSquareOf(Math.tanh))], ['sigmoid', 1 / Math.sqrt(meanSquareOf((u) => 1 / (1 + Math.exp(-u))))], [{ op: 'softcap', cap: 0.01 }, 4], [{ op: 'affine', alpha: 0, beta: 0 }, 1],
    ];
    it.each(gains.map(([activation, gain]) => ({ activation, gain, title: new Activation(activation).title })))('keep the size of a signal that comes from $title', ({ activation, gain }) => {
      const lecun = new Linear(5, 4, { initialization: 'lecunNormal', backend, seed: 3 }).weight.data;
      const weightAfter = (...layers: Layer[]): FloatTypedArray => valuesOf(new Sequential(layers, { backend, seed: 3 })).at(-2)!;
      // Beginning with zeros it takes no random numbers.
      const first = (): Linear => new Linear(2, 5, { initialization: 'zeros' });
      const expected = weightAfter(first(), new Activation(activation), new Linear(5, 4));
      expected.forEach((value, i) => { expect(value / lecun[i]!).toBeCloseTo(gain, 4); });
      expectSame(weightAfter(new Sequential([first(), new Activation(activation)]), new Linear(5, 4)), expected, 'after a network');
      expectSame(weightAfter(first(), new Activation(activation), new Sequential([new Linear(5, 4)])), expected, 'in a network');
      expectSame(weightAfter(first(), new Activation(activation), new Linear(5, 4, { initialization: 'lecunNormal' })), lecun, 'by name');
      expectSame(weightAfter(new Linear(5, 4)), lecun, 'after nothing');
    });

    it('are those of heNormal after relu, and of lecunNormal after selu', () => {
      for (const [activation, initialization] of [['relu', 'heNormal'], ['selu', 'lecunNormal']] as const) {
        const [fitting, named] = [undefined, initialization].map((given) => valuesOf(new Sequential([new Activation(activation), new Linear(5, 4, { initialization: given })], { backend, seed: 3 }))[0]!);
        fitting!.forEach((value, i) => { expect(value / named![i]!).toBeCloseTo(1, 6); });
      }
    });
  });

  describe.each(floatTypes)('an optimizer, $type', ({ FloatArray: type }) => {
    const made = (): Sequential => {
      const model = network({ type: type as typeof Float32Array });
      model.forward(ordinary(type, 8));
      model.backward(ordinary(type, 6));
      return model;
    };

    it('takes the steps of gradientStep, with the learning rate of the moment', () => {
      const model = made();
      const { value, gradient } = model.parameters[0]!;
      const [weights, velocity] = [value.data.slice(), new type(value.length)];
      const options = { momentum: 0.9, weightDecay: 0.01, nesterov: true };
      const optimizer = new SGD(model.parameters, { learningRate: 0.1, ...options });
      for (const learningRate of [0.1, 0.01, 0, 0.5]) {
        expect(optimizer.learningRate = learningRate).toBe(learningRate);
        optimizer.step();
        expectSame(value.data, backend.gradientStep(weights, gradient, { learningRate, velocity, ...options }));
      }
    });

    it.each([[Adam, 0, false], [AdamW, 0.01, true]] as const)('takes the steps of adamStep, and counts them', (Optimizer, weightDecay, decoupled) => {
      const model = made();
      const { value, gradient } = model.parameters[0]!;
      const [weights, mean, variance] = [value.data.slice(), new type(value.length), new type(value.length)];
      const optimizer = new Optimizer(model.parameters, { beta1: 0.8, epsilon: 1e-6, weightDecay: undefined });
      expect(optimizer.learningRate).toBe(0.001);
      for (const [i, learningRate] of [0.001, 0.1, 0.01].entries()) {
        optimizer.learningRate = NaN;
        expect(errorOf(() => { optimizer.step(); }).message).toBe('adamStep: learningRate must be a finite number, got NaN');
        optimizer.learningRate = learningRate;
        optimizer.step();
        expectSame(value.data, backend.adamStep(weights, gradient, { learningRate, beta1: 0.8, epsilon: 1e-6, weightDecay, decoupled, mean, variance, step: i + 1 }));
      }
    });

    it('says what is wrong, and changes nothing then', () => {
      const model = made();
      const before = valuesOf(model);
      const { parameters } = model;
      const wrong: [() => unknown, string][] = [
        [() => new SGD(model as never, { learningRate: 0.1 }), 'SGD: parameters must be an array of parameters, such as those of a network, got a Sequential'],
        [() => new AdamW([]), 'AdamW: parameters must be an array of parameters, such as those of a network, got an array of 0'],
        [() => new Adam([model.layers[0]] as never), 'Adam: parameters must be an array of parameters'],
        [() => new SGD(parameters, undefined as never), 'gradientStep: learningRate must be a number, got undefined'],
        [() => new SGD(parameters, { lr: 0.1 } as never), 'SGD: there is no option lr, only learningRate'],
        [() => new SGD(parameters, null as never), 'SGD: the options must be an object, got null'],
        [() => new SGD(parameters, { learningRate: 0.1, momentum: '0.9' as never }), 'gradientStep: momentum must be a number'],
        [() => new SGD(parameters, { learningRate: 0.1, nesterov: true }), 'gradientStep: nesterov needs a momentum above 0'],
        [() => new Adam(parameters, { betas: [0.9, 0.99] } as never), 'Adam: there is no option betas'],
        [() => new SGD(parameters, { learningRate: 0.1, momentum: -1 }), 'gradientStep: momentum must be at least 0, got -1'],
        [() => new Adam(parameters, { lr: 0.1 } as never), 'Adam: there is no option lr, only learningRate'],
        [() => new Adam(parameters, { beta1: 1 }), 'adamStep: beta1 must be below 1'],
      ];
      for (const [make, message] of wrong) expect(errorOf(make).message).toContain(message);
      valuesOf(model).forEach((values, i) => { expectSame(values, before[i]!); });
    });
  });

  describe('figures', () => {
    const model = (): Sequential => new Sequential([new Linear(2, 3), new Activation('relu'), new Sequential([new Linear(3, 2, { bias: false }), new Activation('sigmoid')])], { backend });

    it('tell what is dead or saturated, and how large parameters and gradients are', () => {
      const network_ = model();
      network_.loadStateDict({
        '0.weight': { shape: [3, 2], data: Float32Array.of(1, 0, 0, 1, 0, 0) },
        // The third unit is dead.
        '0.bias': { shape: [3], data: Float32Array.of(0, 0, -1) },
        '2.0.weight': { shape: [2, 3], data: Float32Array.of(20, 20, 0, -20, 0, 0) },
      });
      expect(network_.diagnose().map(({ output }) => output)).toEqual([undefined, undefined, undefined, undefined]);
      network_.forward(Float32Array.of(1, 0.5, 0.5, -1));
      network_.backward(Float32Array.of(1, 2, 3, 4));
      const figures = network_.diagnose();
      expect(figures.map(({ layer }) => layer)).toEqual(['0 Linear(2, 3)', '1 Activation(relu)', '2.0 Linear(3, 2)', '2.1 Activation(sigmoid)']);
      // Rectified (1, 0.5, 0) and (0.5, 0, 0).
      expect(figures[1]!.output).toMatchObject({ count: 6, dead: 0.5, deadUnits: 1 / 3, max: 1, nan: 0 });
      expect(figures[1]!.meanShift).toBeCloseTo(2 / 6 / Math.sqrt(1.5 / 6 - (2 / 6) ** 2), 6);
      // The sigmoid of 30, -20, 10, -10.
      expect(figures[3]!.output).toMatchObject({ count: 4, saturatedLeft: 0.5, saturatedRight: 0.5, deadUnits: 0 });
      expect(figures[0]!.norm).toBeCloseTo(Math.sqrt(3), 6);
      expect(figures[2]!.norm).toBeCloseTo(Math.sqrt(1200), 4);
      for (const [i, layer] of [[0, 0], [2, 2]] as const) {
        const gradients = network_.parameters.filter((parameter) => parameter.name.startsWith(`${layer}.`)).map(({ gradient }) => gradient.data);
        expect(sizeOf(gradients)).toBeGreaterThan(0);
        expect(figures[i]!.gradientNorm).toBeCloseTo(sizeOf(gradients), 9);
      }
      expect(figures[0]).not.toHaveProperty('output');
      expect(figures[1]).not.toHaveProperty('norm');
    });

    it('stand in a table', () => {
      const digits = new Sequential([new Sequential([new Linear(784, 128), new Activation('relu')]), new Linear(128, 10, { bias: false }), new Activation({ op: 'softcap', cap: 30 })], { backend });
      expect(digits.summary().split('\n')).toEqual([
        '     layer                        features out  parameters',
        '0.0  Linear(784, 128)                      128     100,480',
        '0.1  Activation(relu)                      128           0',
        '1    Linear(128, 10)                        10       1,280',
        '2    Activation(softcap, cap 30)            10           0',
        '     total                                         101,760',
      ]);
    });
  });
});
