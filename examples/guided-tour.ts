/** `npm start` without a file: known figures, three trainings, and what wasm is worth. */
import { features } from '../src/index.js';
import { type Comparison, type Training, compare } from './comparison.js';
import { seeded } from './data.js';
import { figures } from './figures.js';
import { ELEMENTS, KERNELS, type Timing, measureKernels } from './kernels.js';
import { Network } from './network.js';
import { type Problem, problems } from './problems.js';
import { heading, lossCurve, percent, print, showLoss, subheading, table, withProgress } from './report.js';
import { sizesFor } from './training.js';

const KERNEL_MILLISECONDS = 7000;

export function guidedTour(seed: number): void {
  print(`backend: ${features.backend}${features.reason === undefined ? '' : ` (${features.reason})`}`);
  showFigures();
  heading('2. Training, in wasm memory from end to end');
  const comparisons = problems(seed).map((problem, i) => {
    if (i > 0) print();
    return solve(problem, seed);
  });
  showComparisons(comparisons);
  showKernels();
}

function showFigures(): void {
  heading('1. Known figures');
  const rows = figures().map(({ name, computed, known, agrees }) => [name, computed, known, agrees ? 'agrees' : 'DIFFERS']);
  table(['figure', 'computed', 'known', ''], rows);
  print("descent: x <- x - 0.2 f'(x) from f(x) = 0.9; a step is one change of x, and the last one is that after which f(x) <= 0.5");
}

interface Solved extends Comparison {
  readonly name: string;
}

/** Trains a network in wasm memory, and the same in plain JavaScript for the time it takes; reports on the former. */
function solve(problem: Problem, seed: number): Solved {
  const { name, train: data, heldOut, hidden, activation, schedule, goal } = problem;
  const network = new Network(sizesFor(data.columns, hidden, data.classes.length), activation, seeded(seed));
  subheading(name);
  print(`${data.labels.length} examples, layers ${network.sizes.join(' - ')}, ${schedule.epochs} epochs of batches of ${schedule.batch}`);
  const comparison = withProgress('training', schedule.epochs, (update) => compare(network, data, schedule, seed, showLoss(update)));
  lossCurve(comparison.wasm.losses);
  const accuracy = network.accuracy(heldOut);
  const verdict = accuracy < goal ? `, LESS than the ${percent(goal)} expected` : '';
  print(`held-out accuracy: ${percent(accuracy)} of ${heldOut.labels.length} examples${verdict}`);
  network.free();
  return { name, ...comparison };
}

function showComparisons(comparisons: readonly Solved[]): void {
  heading('3. The same training in plain JavaScript');
  print('The same data, first weights, order of examples and number of steps, in loops over Float32Arrays.');
  const last = ({ losses }: Training): number => losses.at(-1)!;
  const time = ({ seconds }: Training): string => `${seconds.toFixed(2)} s`;
  table(
    ['training', 'steps', 'wasm', 'plain JS', 'ratio', 'last loss', 'plain JS'],
    comparisons.map(({ name, steps, wasm, plain }) => [
      name.replace(/:.*/, ''), String(steps), time(wasm), time(plain), ratio(plain.seconds, wasm.seconds),
      last(wasm).toFixed(6), last(plain).toFixed(6),
    ]),
  );
  const largest = Math.max(...comparisons.map(({ wasm, plain }) => Math.abs(last(wasm) - last(plain))));
  print(`The last losses ${largest < 1e-3 ? 'agree' : 'DIFFER'}: they are ${largest.toExponential(1)} apart at most.`);
  print('The regressions are so small that the calls take as long as the arithmetic.');
}

const ratio = (plain: number, wasm: number): string => `${(plain / wasm).toFixed(1)}x`;

function showKernels(): void {
  heading('4. Nanoseconds an element');
  print(`Every kernel on ${ELEMENTS} floats in wasm memory, against the fastest loop in plain JavaScript that we know.`);
  const timings = withProgress('measuring', KERNELS, (update) => measureKernels(KERNEL_MILLISECONDS, update));
  const cells = ({ wasm, plain }: Timing): string[] => [wasm.toFixed(2), plain.toFixed(2), ratio(plain, wasm)];
  table(
    ['function', 'forward', 'plain JS', 'ratio', 'backward', 'plain JS', 'ratio'],
    timings.map(({ name, forward, backward }) => [name, ...cells(forward), ...cells(backward)]),
  );
}
