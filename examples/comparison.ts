/** One training in wasm memory and in plain JavaScript, and the time both take. */
import { type Dataset, seeded } from './data.js';
import { type Network, NetworkTraining } from './network.js';
import { PlainTraining } from './plain.js';
import { type OnEpoch, type Schedule, type Trainee, trainEpoch } from './training.js';

export interface Training {
  readonly seconds: number;
  /** Of each epoch. */
  readonly losses: Float64Array;
}

export interface Comparison {
  readonly steps: number;
  readonly wasm: Training;
  readonly plain: Training;
}

const WARM_UP_MILLISECONDS = 500;
const MILLISECONDS = 1000;

/**
 * Trains the network, which has tanh between its layers, and a copy of it in plain JavaScript. V8 needs a while to
 * compile both at its best, so they warm up first; where there is time to train again, the best time of each counts.
 */
export function compare(network: Network, data: Dataset, schedule: Schedule, seed: number, onEpoch?: OnEpoch): Comparison {
  const first = network.weights;
  const run = (epochs: number, listener?: OnEpoch): Comparison => {
    network.weights = first;
    const inWasm = new NetworkTraining(network, data, schedule);
    const inScript = new PlainTraining(network.sizes, first, data, schedule);
    const [wasm, plain] = sideBySide([inWasm, inScript], { ...schedule, epochs }, seed, listener);
    inWasm.free();
    return { steps: epochs * inWasm.batches, wasm: wasm!, plain: plain! };
  };
  repeat(WARM_UP_MILLISECONDS, () => run(1));
  let best = run(schedule.epochs, onEpoch);
  repeat(MILLISECONDS - 1000 * (best.wasm.seconds + best.plain.seconds), () => {
    const again = run(schedule.epochs);
    best = { ...best, wasm: faster(best.wasm, again.wasm), plain: faster(best.plain, again.plain) };
  });
  return best;
}

const faster = (a: Training, b: Training): Training => (a.seconds < b.seconds ? a : b);

function repeat(milliseconds: number, run: () => void): void {
  for (const end = performance.now() + milliseconds; performance.now() < end; ) run();
}

/** Trains several in turns of an epoch, so that what disturbs the machine disturbs all. */
function sideBySide(trainees: readonly Trainee[], schedule: Schedule, seed: number, onEpoch?: OnEpoch): Training[] {
  const { epochs } = schedule;
  const entries = trainees.map((trainee) => ({ trainee, random: seeded(seed), seconds: 0, losses: new Float64Array(epochs) }));
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (const entry of entries) {
      const start = performance.now();
      entry.losses[epoch] = trainEpoch(entry.trainee, schedule, epoch, entry.random);
      entry.seconds += (performance.now() - start) / 1000;
    }
    onEpoch?.(epoch + 1, entries[0]!.losses[epoch]!);
  }
  return entries;
}
