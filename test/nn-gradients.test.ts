/** The gradients of whole networks against differences of their losses. */
import { describe, expect, it } from 'vitest';
import type { FloatArray, FloatTypedArray } from '../src/index.js';
import {
  Activation, BinaryCrossEntropyWithLogits, type Context, type ContextOptions, type Floats, type Layer, Linear, MeanSquaredError, type Place, Sequential, SoftmaxCrossEntropy,
} from '../src/nn/index.js';
import { backends } from './backends.js';
import { elements, ordinary } from './support.js';

/** A layer of one's own: y = x * scale, with a scale that is learned. */
class Scale implements Layer {
  readonly title = 'Scale';
  parameters: Layer['parameters'] = [];
  #x: FloatArray | undefined;
  #y: Floats | undefined;
  #dx: Floats | undefined;

  build(context: Context, { features }: Place): number | undefined {
    const parameter = { name: 'scale', shape: [1], value: context.allocate(1), gradient: context.allocate(1), context };
    parameter.value.data[0] = 1.5;
    this.parameters = [parameter];
    return features;
  }

  forward(x: FloatArray): Floats {
    this.#x = x;
    const { context, value } = this.parameters[0]!;
    this.#y ??= context.allocate(x.length);
    return context.backend.affine(x, { alpha: value.data[0]!, beta: 0, out: this.#y });
  }

  backward(dy: FloatArray): Floats {
    const { context, value, gradient } = this.parameters[0]!;
    const x = elements(this.#x!);
    gradient.data[0] = [...elements(dy)].reduce((sum, d, i) => sum + d * x[i]!, 0);
    this.#dx ??= context.allocate(dy.length);
    return context.backend.affine(dy, { alpha: value.data[0]!, beta: 0, out: this.#dx });
  }

  free(): void {
    for (const { value, gradient } of this.parameters) for (const array of [value, gradient, this.#y, this.#dx]) array?.free();
  }
}

const activations = ['sigmoid', 'tanh', 'gelu', 'silu', 'mish', 'softplus', 'elu', 'selu', 'softsign', 'relu', { op: 'leakyRelu', alpha: 0.2 }, 'hardSwish', 'tanhShrink', 'snake'] as const;

const networks: Readonly<Record<string, (options: ContextOptions) => Sequential>> = {
  ...Object.fromEntries(activations.map((activation) => [
    JSON.stringify(activation),
    (options: ContextOptions) => new Sequential([new Linear(4, 5), new Activation(activation), new Linear(5, 3)], options),
  ])),
  'without biases': (options) => new Sequential([new Linear(4, 5, { bias: false }), new Activation('tanh'), new Linear(5, 3, { bias: false })], options),
  'with activations at both ends': (options) => new Sequential([new Activation('sigmoid'), new Linear(4, 3), new Activation('tanh')], options),
  ...Object.fromEntries((['softmax', 'logSoftmax', 'softmin'] as const).map((name) => [
    `with ${name} at the end`, (options: ContextOptions) => new Sequential([new Linear(4, 5), new Activation('gelu'), new Linear(5, 3), new Activation(name)], options),
  ])),
  nested: (options) => new Sequential([new Sequential([new Linear(4, 5), new Activation('silu')]), new Sequential([new Sequential([new Linear(5, 6)]), new Activation('tanh'), new Linear(6, 3)])], options),
  'with a layer of one\'s own': (options) => new Sequential([new Linear(4, 5), new Scale(), new Activation('tanh'), new Linear(5, 3)], options),
};

const losses = {
  SoftmaxCrossEntropy: { loss: SoftmaxCrossEntropy, targets: Int32Array.of(2, 0, 1, 1, 2, 0, 2) },
  MeanSquaredError: { loss: MeanSquaredError, targets: ordinary(Float64Array, 21, 5) },
  BinaryCrossEntropyWithLogits: { loss: BinaryCrossEntropyWithLogits, targets: ordinary(Float64Array, 21, 6).map((value) => (value + 6) / 12) },
};
interface AnyLoss {
  forward(y: FloatArray, targets: unknown): number;
  backward(): Floats;
}

/** The slope of f where an element of the array is what it is. */
function slope(array: FloatTypedArray, i: number, f: () => number): number {
  const [middle, step] = [array[i]!, 1e-5];
  const values = [middle + step, middle - step].map((value) => ((array[i] = value), f()));
  array[i] = middle;
  return (values[0]! - values[1]!) / (2 * step);
}

function expectSlopes(actual: FloatTypedArray, array: () => FloatTypedArray, f: () => number, label: string): void {
  const given = actual.slice();
  given.forEach((value, i) => {
    const expected = slope(array(), i, f);
    if (!(Math.abs(value - expected) <= 1e-8 + 1e-6 * Math.abs(expected))) expect.fail(`${label}[${i}]: ${value}, not ${expected}`);
  });
}

describe.each(backends)('a network, in $name', ({ backend }) => {
  describe.each(Object.entries(networks))('%s', (_, make) => {
    it.each(Object.entries(losses))('has the gradients that differences of %s give', (_name, { loss: Loss, targets }) => {
      const model = make({ backend, type: Float64Array, seed: 3 });
      const loss = new Loss({ backend }) as AnyLoss;
      const x = ordinary(Float64Array, 28, 7).map((value) => value / 3);
      for (const { name: parameter, value } of model.parameters) if (parameter.endsWith('bias')) value.data.set(ordinary(Float64Array, value.length, 8).map((each) => each / 20));
      const run = (): number => loss.forward(model.forward(x), targets);
      run();
      const dx = model.backward(loss.backward(), { dx: true })!.data.slice();
      const gradients = model.parameters.map(({ gradient }) => gradient.data.slice());
      model.parameters.forEach(({ name: parameter, value }, i) => { expectSlopes(gradients[i]!, () => value.data, run, parameter); });
      expectSlopes(dx, () => x, run, 'x');
    });
  });
});
