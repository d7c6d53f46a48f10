/** Steps of gradient descent against PyTorch's formulas in double precision, and against PyTorch. */
import { describe, expect, it } from 'vitest';
import type { AdamStepOptions, FloatArray, FloatTypedArray, GradientStepOptions } from '../src/index.js';
import { backends } from './backends.js';
import { FLOAT_TYPES, HOMES, elements, expectSame, ordinary } from './support.js';

type StepParameters = Omit<GradientStepOptions, 'velocity'>;
type AdamParameters = Omit<AdamStepOptions, 'mean' | 'variance' | 'step'>;

const STEPS = 4;

/** torch.optim.SGD over the gradients, one a step; every number is one of the type where it is stored. */
function descended(weights: FloatTypedArray, gradients: readonly FloatTypedArray[], { learningRate, momentum = 0, weightDecay = 0, nesterov = false }: StepParameters): Float64Array {
  const [w, velocity] = [Float64Array.from(weights), new Float64Array(weights.length)];
  for (const gradient of gradients) {
    w.forEach((weight, i) => {
      const d = gradient[i]! + weightDecay * weight;
      velocity[i] = momentum * velocity[i]! + d;
      w[i] = weight - learningRate * (nesterov ? d + momentum * velocity[i] : velocity[i]);
    });
  }
  return w;
}

/** torch.optim.Adam, or AdamW. */
function adamDescended(weights: FloatTypedArray, gradients: readonly FloatTypedArray[], parameters: AdamParameters): Float64Array {
  const { learningRate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0, decoupled = false } = parameters;
  const [w, mean, variance] = [Float64Array.from(weights), new Float64Array(weights.length), new Float64Array(weights.length)];
  gradients.forEach((gradient, s) => {
    w.forEach((before, i) => {
      const weight = decoupled ? before * (1 - learningRate * weightDecay) : before;
      const d = gradient[i]! + (decoupled ? 0 : weightDecay * weight);
      mean[i] = beta1 * mean[i]! + (1 - beta1) * d;
      variance[i] = beta2 * variance[i]! + (1 - beta2) * d * d;
      w[i] = weight - ((learningRate / (1 - beta1 ** (s + 1))) * mean[i]) / (Math.sqrt(variance[i]) / Math.sqrt(1 - beta2 ** (s + 1)) + epsilon);
    });
  });
  return w;
}

/** Within some roundings of numbers of this size. */
function expectNear(actual: FloatArray, expected: ArrayLike<number>, size: number): void {
  const values = elements(actual);
  const bound = 40 * size * (values.BYTES_PER_ELEMENT === 4 ? 2 ** -24 : 2 ** -53);
  expect(values).toHaveLength(expected.length);
  values.forEach((value, i) => {
    if (!(Math.abs(value - expected[i]!) <= bound)) expect.fail(`[${i}] is ${value}, not ${expected[i]!}`);
  });
}

const STEP_PARAMETERS: readonly StepParameters[] = [
  { learningRate: 0.125 },
  { learningRate: 0.1, weightDecay: 0.01 },
  { learningRate: 0.05, momentum: 0.9 },
  { learningRate: 0.05, momentum: 0.9, weightDecay: 0.1 },
  { learningRate: 0.05, momentum: 0.9, nesterov: true },
  { learningRate: 0.05, momentum: 0.5, weightDecay: 0.1, nesterov: true },
  { learningRate: -0.1, momentum: 1 },
];

const ADAM_PARAMETERS: readonly AdamParameters[] = [
  {},
  { learningRate: 0.1, beta1: 0.8, beta2: 0.9, epsilon: 0.01 },
  { learningRate: 0.1, weightDecay: 0.1 },
  { learningRate: 0.1, weightDecay: 0.1, decoupled: true },
  { learningRate: 0.05, beta1: 0, beta2: 0.5 },
];

// Computed with PyTorch 1.13.0 in double precision: 4 steps of its optimizers, with its defaults where no parameter is given.
const WEIGHTS = [-0.75, 0.0, 0.75, -0.25, 0.5, -0.5, 0.25];
const GRADIENTS = [
  [-0.625, 0.25, -0.25, 0.625, 0.125, -0.375, 0.5],
  [0.0, -0.5, 0.375, -0.125, -0.625, 0.25, -0.25],
  [0.625, 0.125, -0.375, 0.5, 0.0, -0.5, 0.375],
  [-0.125, -0.625, 0.25, -0.25, 0.625, 0.125, -0.375],
];
const PYTORCH: readonly { readonly name: string; readonly adam: boolean; readonly parameters: StepParameters | AdamParameters; readonly expected: readonly number[] }[] = [
  {
    name: 'SGD', adam: false, parameters: { learningRate: 0.1, weightDecay: 0.1 },
    expected: [-0.70917832, 0.074872525, 0.7200757325, -0.31304144, 0.4669255175, -0.4314142925, 0.21651155249999998],
  },
  {
    name: 'SGD with momentum', adam: false, parameters: { learningRate: 0.1, momentum: 0.9, weightDecay: 0.1 },
    expected: [-0.5794604200000001, 0.08874827499999999, 0.7125677074999999, -0.47314964, 0.5180835425, -0.3146480675, 0.09368562749999997],
  },
  {
    name: "SGD with Nesterov's momentum", adam: false, parameters: { learningRate: 0.1, momentum: 0.9, weightDecay: 0.1, nesterov: true },
    expected: [-0.561466282897, 0.15481407255250004, 0.6864584652132499, -0.5083435953740001, 0.48209785853674997, -0.26842891483924997, 0.08019019061024996],
  },
  {
    name: 'Adam', adam: true, parameters: {},
    expected: [-0.7484039986479684, 7.026403045122488e-06, 0.7509828718690275, -0.2525966245078227, 0.4999241853848378, -0.4979697373114649, 0.24811266750381222],
  },
  {
    name: 'Adam with weight decay', adam: true, parameters: { learningRate: 0.05, beta1: 0.8, beta2: 0.9, epsilon: 0.001, weightDecay: 0.1 },
    expected: [-0.6605696213997982, 0.006602357485824002, 0.7628260339834372, -0.3669722740235932, 0.4803719248160601, -0.3863872760690623, 0.1553395271028254],
  },
  {
    name: 'AdamW', adam: true, parameters: { learningRate: 0.05, weightDecay: 0.1, decoupled: true },
    expected: [-0.6563710387237244, 0.0008808095781860162, 0.7835676048638832, -0.3736911672391248, 0.4866162142268749, -0.3895173119137322, 0.1516815973670113],
  },
];

describe.each(backends)('$name', ({ backend }) => {
  const { adamStep, gradientStep } = backend;

  describe.each(FLOAT_TYPES.map((type) => ({ name: type.name, type })))('$name', ({ type }) => {
    const zeros = (length: number): FloatTypedArray => new type(length);

    function descend(weights: FloatArray, gradients: readonly FloatArray[], parameters: StepParameters, velocity: FloatArray | undefined): void {
      for (const gradient of gradients) expect(gradientStep(weights, gradient, { ...parameters, velocity })).toBe(weights);
    }

    function adamDescend(weights: FloatArray, gradients: readonly FloatArray[], parameters: AdamParameters, mean: FloatArray, variance: FloatArray): void {
      gradients.forEach((gradient, i) => { expect(adamStep(weights, gradient, { ...parameters, mean, variance, step: i + 1 })).toBe(weights); });
    }

    const gradientsOf = (length: number): FloatTypedArray[] => Array.from({ length: STEPS }, (_, s) => ordinary(type, length, 10 + s));

    describe.each([0, 1, 2, 3, 4, 5, 7, 8, 9, 17, 64, 1000, 5000])('%i weights', (length) => {
      const [weights, gradients] = [ordinary(type, length, 1), gradientsOf(length)];

      it.each(STEP_PARAMETERS)('gradientStep, $learningRate, $momentum, $weightDecay, $nesterov', (parameters) => {
        const actual = weights.slice();
        descend(actual, gradients, parameters, parameters.momentum === undefined ? undefined : zeros(length));
        expectNear(actual, descended(weights, gradients, parameters), 12);
        // Without a momentum a velocity is the gradient of the step, and nothing depends on it.
        if (parameters.momentum !== undefined) return;
        const again = weights.slice();
        descend(again, gradients, parameters, zeros(length));
        expectNear(again, actual, 12);
      });

      it.each(ADAM_PARAMETERS)('adamStep, $learningRate, $beta1, $beta2, $weightDecay, $decoupled', (parameters) => {
        const actual = weights.slice();
        adamDescend(actual, gradients, parameters, zeros(length), zeros(length));
        expectNear(actual, adamDescended(weights, gradients, parameters), 12);
      });
    });

    // Longer than the memory that ordinary arrays pass through, and not by whole vectors.
    it.each([1, 6, 13, 600, 13_001])('arrays of all kinds have the same bits: %i weights', (length) => {
      const [weights, gradients] = [ordinary(type, length, 1), gradientsOf(length)];
      const [step, adam] = [{ learningRate: 0.05, momentum: 0.9, weightDecay: 0.1, nesterov: true }, { learningRate: 0.1, weightDecay: 0.1, decoupled: true }];
      const after = { w: weights.slice(), velocity: zeros(length), adam: weights.slice(), mean: zeros(length), variance: zeros(length) };
      descend(after.w, gradients, step, after.velocity);
      adamDescend(after.adam, gradients, adam, after.mean, after.variance);
      const builds = Object.values(HOMES);
      // So that views of the memory stay views of it.
      backend.allocate(type, 30 * (length + 300)).free();
      for (let kind = 0; kind < 6; kind++) {
        // All of one kind, or each of another, and at different places.
        const homes = Array.from({ length: 5 }, (_, i) => builds[(kind + (kind < 3 ? 0 : i)) % 3]!(backend, type, length + 3));
        const place = (i: number, values: FloatTypedArray): FloatArray => {
          homes[i]!.whole().fill(NaN).set(values, i % 4);
          return homes[i]!.part(i % 4, length);
        };
        const w = place(0, weights);
        const state = [1, 2, 3].map((i) => place(i, zeros(length))) as [FloatArray, FloatArray, FloatArray];
        for (const gradient of gradients) gradientStep(w, place(4, gradient), { ...step, velocity: state[0] });
        expectSame(elements(w), after.w, 'weights');
        expectSame(elements(state[0]), after.velocity, 'velocity');
        elements(w).set(weights);
        gradients.forEach((gradient, i) => { adamStep(w, place(4, gradient), { ...adam, mean: state[1], variance: state[2], step: i + 1 }); });
        expectSame(elements(w), after.adam, 'weights of Adam');
        expectSame(elements(state[1]), after.mean, 'mean');
        expectSame(elements(state[2]), after.variance, 'variance');
        homes.forEach((home, i) => {
          const around = [...home.whole().subarray(0, i % 4), ...home.whole().subarray((i % 4) + length)];
          expect(around.every(Number.isNaN) && around.length === 3, `around ${i}`).toBe(true);
        });
        for (const home of homes) home.release();
      }
    });

    it('the gradient may be the weights, or share some', () => {
      for (const length of [5, 20_000]) {
        const weights = ordinary(type, length, 1);
        const expected = gradientStep(weights.slice(), weights.slice(), { learningRate: 0.1, momentum: 0.9, velocity: zeros(length) });
        for (const build of Object.values(HOMES)) {
          const home = build(backend, type, length + 3);
          home.whole().set(weights);
          gradientStep(home.part(0, length), home.part(0, length), { learningRate: 0.1, momentum: 0.9, velocity: zeros(length) });
          expectSame(home.whole().subarray(0, length), expected);
          for (const shift of [1, 3]) {
            home.whole().set(weights, shift);
            const [before, gradient] = [home.whole().slice(0, length), weights.slice()];
            gradientStep(home.part(0, length), home.part(shift, length), { learningRate: 0.1 });
            expectSame(home.whole().subarray(0, length), gradientStep(before, gradient, { learningRate: 0.1 }), `shifted by ${shift}`);
          }
          home.release();
        }
      }
    });

    it('infinite weights stay where nothing is added to the gradient, and a NaN stays alone', () => {
      const weights = type.of(Infinity, -Infinity, 0, 2, NaN, 3, 4);
      const gradient = type.of(1, -1, 0, NaN, 1, 0, -0);
      const expected = [Infinity, -Infinity, 0, NaN, NaN, 3, 4];
      for (const parameters of [{}, { momentum: 0.9 }, { momentum: 0.9, nesterov: true }]) {
        expectSame(gradientStep(weights.slice(), gradient, { learningRate: 0.1, velocity: zeros(7), ...parameters }), expected);
        expectSame(gradientStep(weights.slice(), gradient, { learningRate: 0.1, velocity: zeros(7), weightDecay: 0, ...parameters }), expected);
      }
      for (const decoupled of [false, true]) {
        const after = adamStep(weights.slice(), gradient, { mean: zeros(7), variance: zeros(7), step: 1, decoupled });
        expectSame(after, expected);
      }
      // PyTorch: infinity times the decay is added to the gradient.
      expect(gradientStep(type.of(Infinity), type.of(1), { learningRate: 0.1, weightDecay: 0.1 })[0]).toBeNaN();
    });

    it('what is kept becomes 0 where it falls below the normal numbers, and NaN where the gradient is', () => {
      const least = type === Float32Array ? 2 ** -126 : 2 ** -1022;
      const [velocity, mean, variance] = [1, 1, 1].map(() => type.of(least, -least, 2 * least, NaN));
      const still = (): FloatTypedArray => zeros(4);
      gradientStep(still(), still(), { learningRate: 1, momentum: 0.75, velocity: velocity! });
      expectSame(velocity!, [0, 0, 1.5 * least, NaN]);
      adamStep(still(), still(), { mean: mean!, variance: variance!, step: 1, beta1: 0.75, beta2: 0.75 });
      for (const kept of [mean!, variance!]) expectSame(kept, [0, 0, 1.5 * least, NaN]);
    });

    it('of many steps Adam forgets how it began', () => {
      const [weights, mean, variance] = [type.of(1, 2), type.of(0.5, -0.5), type.of(0.25, 4)];
      adamStep(weights, type.of(0.5, -0.5), { mean, variance, step: 2 ** 50, learningRate: 0.5, beta2: 0.5, epsilon: 0 });
      expectNear(weights, [0.5, 2 + 0.25 / Math.sqrt(2.125)], 2);
    });

    it.each(PYTORCH)('as PyTorch: $name', ({ adam, parameters, expected }) => {
      const weights = type.from(WEIGHTS);
      const gradients = GRADIENTS.map((gradient) => type.from(gradient));
      if (adam) adamDescend(weights, gradients, parameters, zeros(weights.length), zeros(weights.length));
      else descend(weights, gradients, parameters as StepParameters, zeros(weights.length));
      expectNear(weights, expected, 1);
    });
  });
});
