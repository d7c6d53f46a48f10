/** `npm start`: the figures, the trainings, and that plain JavaScript comes to the same. */
import { describe, expect, it } from 'vitest';
import { compare } from '../examples/comparison.js';
import { pick, seeded, spirals, threeSectors, twoSides } from '../examples/data.js';
import { descend, figures } from '../examples/figures.js';
import { measureKernels } from '../examples/kernels.js';
import { Network, NetworkTraining } from '../examples/network.js';
import { PlainTraining } from '../examples/plain.js';
import { plainLoops, plainSoftmax, plainSoftmaxBackward, rows } from '../bench/plain.js';
import { problems } from '../examples/problems.js';
import { batchStarts, sizesFor, train } from '../examples/training.js';
import { type Activation, activations, memoryUsage, relu, sigmoid, softmax, tanh } from '../src/index.js';

describe('the figures of tutorials', () => {
  it.each(figures().map((figure) => [figure.name, figure] as const))('%s', (_, { computed, known, agrees }) => {
    expect(agrees, `${computed} is not ${known}`).toBe(true);
  });

  it('counts a step for every change of x', () => {
    const slow = descend(sigmoid, Math.log(9), 0.5, 0.2);
    expect(slow.steps).toBe(67);
    expect(slow.values[0]).toBeCloseTo(0.9, 15);
    expect(slow.values[1]).toBeCloseTo(0.898368, 6);
    expect(slow.values.at(-2)).toBeGreaterThan(0.5);
    expect(slow.values.at(-1)).toBeLessThanOrEqual(0.5);
    expect(descend(relu, 0.9, 0.5, 0.2).values.map((value) => value.toFixed(3))).toEqual(['0.900', '0.700', '0.500']);
    expect(descend(sigmoid, -1, 0.5, 0.2).steps).toBe(0);
  });
});

describe('the data', () => {
  it('is the same for the same seed', () => {
    expect(Array.from({ length: 3 }, seeded(1))).toEqual(Array.from({ length: 3 }, seeded(1)));
    expect(spirals(30, 3, seeded(2))).toEqual(spirals(30, 3, seeded(2)));
    expect(spirals(30, 3, seeded(2))).not.toEqual(spirals(30, 3, seeded(3)));
  });

  it('is uniform', () => {
    const values = Array.from({ length: 100_000 }, seeded(5));
    const counts = new Int32Array(10);
    for (const value of values) counts[Math.floor(10 * value)]!++;
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  });

  it.each([
    ['sides', twoSides(300, seeded(1)), 2],
    ['sectors', threeSectors(300, seeded(1)), 3],
    ['spirals', spirals(300, 3, seeded(1)), 3],
  ])('has as many classes as it says: %s', (_, data, classes) => {
    expect(data.features.length).toBe(600);
    expect([...new Set(data.labels)].sort()).toEqual(Array.from({ length: classes }, (_, i) => i));
    expect(data.classes.length).toBe(classes);
  });
});

describe('batches', () => {
  it('have one size, cover all rows, and overlap only where they must', () => {
    expect(batchStarts(10, 5)).toEqual([0, 5]);
    expect(batchStarts(10, 4)).toEqual([0, 4, 6]);
    expect(batchStarts(3, 3)).toEqual([0]);
  });
});

describe.each([1, 2])('the trainings with seed %i', (seed) => {
  it.each(problems(seed).map((problem) => [problem.name, problem] as const))('%s', (_, problem) => {
    const { train: data, heldOut, hidden, activation, schedule, goal } = problem;
    const before = memoryUsage().arrays;
    const network = new Network(sizesFor(data.columns, hidden, data.classes.length), activation, seeded(seed));
    const training = new NetworkTraining(network, data, schedule);
    const losses = train(training, schedule, seeded(seed));
    training.free();
    expect(network.accuracy(heldOut)).toBeGreaterThanOrEqual(goal);
    expect(losses.at(-1)).toBeLessThan(losses[0]! / 3);
    network.free();
    expect(memoryUsage().arrays).toBe(before);
  });
});

describe('plain JavaScript', () => {
  it.each([
    ['one logit', twoSides(130, seeded(1)), []],
    ['several logits', threeSectors(130, seeded(1)), []],
    ['hidden layers', spirals(130, 3, seeded(1)), [7, 5]],
    ['a hidden layer and one logit', twoSides(130, seeded(1)), [3]],
  ])('comes to the same parameters and losses: %s', (_, data, hidden) => {
    const network = new Network(sizesFor(2, hidden, data.classes.length), tanh, seeded(1));
    const schedule = { epochs: 20, batch: 32, rate: 0.1, decay: 0.01 };
    const plain = new PlainTraining(network.sizes, network.weights, data, schedule);
    const training = new NetworkTraining(network, data, schedule);
    const losses = train(training, schedule, seeded(2));
    const plainLosses = train(plain, schedule, seeded(2));
    losses.forEach((loss, epoch) => { expect(loss).toBeCloseTo(plainLosses[epoch]!, 5); });
    network.weights.forEach((parameter, i) => { expect(parameter).toBeCloseTo(plain.parameters[i]!, 4); });
    training.free();
    network.free();
  });

  it('is trained side by side', () => {
    const data = spirals(60, 3, seeded(1));
    const network = new Network([2, 4, 3], tanh, seeded(1));
    const heard: number[] = [];
    const { steps, wasm, plain } = compare(network, data, { epochs: 4, batch: 20, rate: 0.1, decay: 0 }, 1, (epoch) => heard.push(epoch));
    expect(steps).toBe(12);
    expect(heard).toEqual([1, 2, 3, 4]);
    wasm.losses.forEach((loss, epoch) => { expect(loss).toBeCloseTo(plain.losses[epoch]!, 5); });
    network.free();
  });
});

describe('a network', () => {
  it('has the gradients that finite differences give', () => {
    const data = pick(spirals(30, 3, seeded(1)), Array.from({ length: 30 }, (_, i) => i));
    const network = new Network([2, 4, 3, 3], tanh, seeded(3));
    const start = network.weights;
    const schedule = { batch: 30, rate: 1, decay: 0 };
    const loss = (parameters: Float32Array): number => new PlainTraining(network.sizes, parameters, data, schedule).learn(0, 0);
    // A step of rate 1 from rest leaves the parameters at the start less the gradient.
    const training = new NetworkTraining(network, data, schedule);
    training.learn(0, 1);
    const after = network.weights;
    start.forEach((parameter, i) => {
      const shifted = (by: number): Float32Array => start.with(i, parameter + by);
      const [up, down] = [shifted(0.01), shifted(-0.01)];
      expect(parameter - after[i]!).toBeCloseTo((loss(up) - loss(down)) / (up[i]! - down[i]!), 3);
    });
    training.free();
    network.free();
  });
});

describe('the loops that the kernels are measured against', () => {
  const random = seeded(1);
  // Not at a kink, where a shortcut may be a rounding error off.
  const x = Float32Array.from({ length: 1003 }, () => 8 * random() - 4);
  const dy = Float32Array.from(x, () => 2 * random() - 1);
  const out = new Float32Array(x.length);
  const close = (actual: Float32Array, expected: Float32Array, label: string): void => {
    expected.forEach((value, i) => {
      const agrees = Math.abs(actual[i]! - value) <= 1e-5 * Math.max(1, Math.abs(value)) || (Number.isNaN(value) && Number.isNaN(actual[i]));
      if (!agrees) expect.fail(`${label}(${x[i]!}) is ${actual[i]!}, not ${value}`);
    });
  };

  it.each(rows.map((row) => [row.name, row] as const))('compute %s', (name, row) => {
    const f = activations[name as keyof typeof activations] as Activation;
    const { forward, backward } = plainLoops(row, true);
    for (const loop of forward) {
      loop(x, out.fill(NaN));
      close(out, f(x), name);
    }
    for (const loop of backward) {
      loop(dy, x, out.fill(NaN));
      close(out, f.backward(dy, x), `${name}.backward`);
    }
  });

  it('compute softmax', () => {
    const columns = 17;
    plainSoftmax(x, out, columns);
    const y = softmax(x, { columns });
    close(out, y, 'softmax');
    plainSoftmaxBackward(dy, y, out, columns);
    close(out, softmax.backwardFromOutput(dy, y, { columns }), 'softmax.backward');
  });

  it('are all measured', () => {
    const before = memoryUsage().arrays;
    const timings = measureKernels(0);
    expect(timings.map(({ name }) => name)).toEqual([...rows.map(({ name }) => name), 'softmax, rows of 64']);
    const times = timings.flatMap(({ forward, backward }) => [forward.wasm, forward.plain, backward.wasm, backward.plain]);
    expect(Math.min(...times)).toBeGreaterThan(0);
    expect(memoryUsage().arrays).toBe(before);
  });
});
