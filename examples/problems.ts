/** The three problems of the tour, each with the network and the schedule that solve it. */
import { type Activation, tanh } from '../src/index.js';
import { type Dataset, type Random, pick, seeded, spirals, stratifiedSplit, threeSectors, twoSides } from './data.js';
import type { Schedule } from './training.js';

export interface Problem {
  readonly name: string;
  readonly train: Dataset;
  readonly heldOut: Dataset;
  readonly hidden: readonly number[];
  readonly activation: Activation;
  readonly schedule: Schedule;
  /** The held-out accuracy that this is expected to reach. */
  readonly goal: number;
}

export function problems(seed: number): Problem[] {
  const random = seeded(seed);
  const linear = { epochs: 60, batch: 500, rate: 0.5, decay: 0 };
  return [
    {
      name: 'logistic regression: the two sides of a line',
      ...split(twoSides(5000, random), random),
      hidden: [],
      schedule: linear,
      goal: 0.98,
    },
    {
      name: 'softmax regression: the three sectors between three lines',
      ...split(threeSectors(5000, random), random),
      hidden: [],
      schedule: linear,
      goal: 0.97,
    },
    {
      name: 'network with two hidden layers: three spirals',
      ...split(spirals(3000, 3, random), random),
      hidden: [64, 64],
      schedule: { epochs: 60, batch: 100, rate: 0.05, decay: 0 },
      goal: 0.98,
    },
  ].map((problem) => ({ ...problem, activation: tanh }));
}

function split(data: Dataset, random: Random): { train: Dataset; heldOut: Dataset } {
  const { train, heldOut } = stratifiedSplit(data.labels, data.classes.length, random);
  return { train: pick(data, train), heldOut: pick(data, heldOut) };
}
