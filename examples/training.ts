/** The training loop, the same for the network in wasm memory and for the one in plain JavaScript. */
import type { Random } from './data.js';

/** Sizes of the layers of a network: features, hidden units, logits. */
export type Sizes = readonly number[];

/** Two classes are told apart by one logit, more classes have one each. */
export function sizesFor(columns: number, hidden: readonly number[], classes: number): Sizes {
  return [columns, ...hidden, classes === 2 ? 1 : classes];
}

export interface Schedule {
  readonly epochs: number;
  readonly batch: number;
  /** The learning rate at the start; it falls to 0 in a straight line. */
  readonly rate: number;
  /** What is taken off every parameter at a step, as a share of rate times the parameter: keeps the function simple. */
  readonly decay: number;
}

export const MOMENTUM = 0.9;

/** Something that learns from batches of examples it holds. */
export interface Trainee {
  /** The examples, which the loop puts into another order before every epoch. */
  readonly features: Float32Array;
  readonly targets: Float32Array | Int32Array;
  readonly batches: number;
  /** Learns from one batch, and returns its loss from before. */
  learn(batch: number, rate: number): number;
}

/** The rows the batches start at. All have the same size, so the last one overlaps the one before where it must. */
export function batchStarts(rows: number, batch: number): number[] {
  return Array.from({ length: Math.ceil(rows / batch) }, (_, i) => Math.min(i * batch, rows - batch));
}

/** Hears of every epoch, with its mean loss; may throw to end the training. */
export type OnEpoch = (done: number, loss: number) => void;

/** Trains, and returns the mean loss of every epoch. */
export function train(trainee: Trainee, schedule: Schedule, random: Random, onEpoch?: OnEpoch): Float64Array {
  const losses = new Float64Array(schedule.epochs);
  losses.forEach((_, epoch) => {
    const loss = trainEpoch(trainee, schedule, epoch, random);
    losses[epoch] = loss;
    onEpoch?.(epoch + 1, loss);
  });
  return losses;
}

/** One epoch, counted from 0. Returns its mean loss. */
export function trainEpoch(trainee: Trainee, { epochs, rate }: Schedule, epoch: number, random: Random): number {
  const { batches } = trainee;
  shuffle(trainee.features, trainee.targets, random);
  let sum = 0;
  for (let batch = 0; batch < batches; batch++) sum += trainee.learn(batch, rate * (1 - (epoch + batch / batches) / epochs));
  return sum / batches;
}

/** Puts examples into random order, in place. */
function shuffle(features: Float32Array, targets: Float32Array | Int32Array, random: Random): void {
  const columns = features.length / targets.length;
  for (let i = targets.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    swap(targets, i, j);
    for (let column = 0; column < columns; column++) swap(features, i * columns + column, j * columns + column);
  }
}

function swap(array: Float32Array | Int32Array, i: number, j: number): void {
  const kept = array[i]!;
  array[i] = array[j]!;
  array[j] = kept;
}
