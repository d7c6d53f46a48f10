/** `npm start -- data.csv`: a network for somebody's own table. */
import { readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { type Activations, activations } from '../src/index.js';
import { type Table, UserError, classesOf, parseTable } from './csv.js';
import { type Dataset, pick, seeded, standardised, stratifiedSplit } from './data.js';
import { confusion, health } from './diagnosis.js';
import { Network, NetworkTraining } from './network.js';
import { heading, lossCurve, percent, print, showLoss, table, withProgress } from './report.js';
import { type OnEpoch, type Schedule, batchStarts, sizesFor, train } from './training.js';

export interface OwnDataOptions {
  readonly hidden: readonly number[];
  readonly activation: keyof Activations;
  readonly epochs?: number | undefined;
  readonly label?: string | undefined;
  readonly seed: number;
  readonly rate: number;
}

export interface Prepared {
  readonly train: Dataset;
  readonly heldOut: Dataset;
}

/** Splits a table and standardises it by what is trained on. */
export function prepare(data: Table, seed: number): Prepared {
  const { names, labels } = classesOf(data);
  const columns = data.names.length;
  const split = stratifiedSplit(labels, names.length, seeded(seed));
  const all = { features: standardised(data.features, columns, split.train), columns, labels, classes: names };
  return { train: pick(all, split.train), heldOut: pick(all, split.heldOut) };
}

const BATCH = 32;
const STEPS = 6000;

/**
 * As many epochs as make a few thousand steps, unless said otherwise. The decay weighs as much as ten examples: many
 * others outvote it, and a few do not lead to weights that are sure of everything.
 */
export function scheduleFor(rows: number, rate: number, epochs?: number): Schedule {
  const batch = Math.min(BATCH, rows);
  const fitting = Math.round(STEPS / batchStarts(rows, batch).length);
  return { epochs: epochs ?? Math.min(Math.max(fitting, 10), 1000), batch, rate, decay: Math.min(10 / rows, 0.2) };
}

export interface Fitted {
  readonly network: Network;
  readonly losses: Float64Array;
}

/** Trains a network. Its memory is the caller's to free. */
export function fit(data: Dataset, schedule: Schedule, { hidden, activation, seed }: OwnDataOptions, onEpoch?: OnEpoch): Fitted {
  const random = seeded(seed);
  const network = new Network(sizesFor(data.columns, hidden, data.classes.length), activations[activation], random);
  const training = new NetworkTraining(network, data, schedule);
  try {
    const losses = train(training, schedule, random, (epoch, loss) => {
      onEpoch?.(epoch, loss);
      if (Number.isFinite(loss)) return;
      const advice = `a --rate below ${schedule.rate}, or another --activation than ${activation}, may help`;
      throw new UserError(`the loss is ${loss} in epoch ${epoch}: ${advice}`);
    });
    return { network, losses };
  } catch (error) {
    network.free();
    throw error;
  } finally {
    training.free();
  }
}

const REASONS: Readonly<Record<string, string>> = { ENOENT: 'there is no such file', EISDIR: 'it is a directory', EACCES: 'it may not be read' };

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new UserError(REASONS[(error as NodeJS.ErrnoException).code ?? ''] ?? String(error));
  }
}

/** Reads a file and prepares it; an error in it names it. */
function load(file: string, options: OwnDataOptions): Prepared {
  try {
    print(`reading ${file}`);
    // npm changes to the folder of the package, and tells where it was called.
    const data = parseTable(read(resolve(process.env.INIT_CWD ?? '', file)), options.label);
    const prepared = prepare(data, options.seed);
    describeTable(file, data, prepared);
    return prepared;
  } catch (error) {
    throw error instanceof UserError ? new UserError(`${file}: ${error.message}`) : error;
  }
}

/** Reads, trains and reports. */
export function ownData(file: string, options: OwnDataOptions): void {
  const prepared = load(file, options);
  const { labels, columns, classes } = prepared.train;
  const schedule = scheduleFor(labels.length, options.rate, options.epochs);
  const { epochs, batch, rate } = schedule;
  print(`network: ${sizesFor(columns, options.hidden, classes.length).join(' - ')}, ${options.activation} between the layers`);
  print(`${epochs} epochs of batches of ${batch}, learning rate ${rate}\n`);
  const start = performance.now();
  const { network, losses } = withProgress('training', epochs, (update) => fit(prepared.train, schedule, options, showLoss(update)));
  const seconds = (performance.now() - start) / 1000;
  lossCurve(losses);
  print(`trained in ${seconds.toFixed(2)} s`);
  reportAccuracy(network, prepared);
  reportHealth(network, prepared.train);
  network.free();
}

function describeTable(file: string, { names, header, labelName }: Table, { train, heldOut }: Prepared): void {
  heading(basename(file));
  const total = train.labels.length + heldOut.labels.length;
  const classes = train.classes.length;
  print(`${total} examples ${header ? 'below' : 'without'} a header, ${names.length} features, label ${labelName} with ${classes} classes`);
  print(`${train.labels.length} to train on, ${heldOut.labels.length} held out`);
}

const MANY_CLASSES = 20;

function reportAccuracy(network: Network, { heldOut }: Prepared): void {
  const { labels, classes } = heldOut;
  const counts = confusion(labels, network.classify(heldOut.features), classes.length);
  const right = counts.reduce((sum, row, i) => sum + row[i]!, 0);
  heading(`held-out accuracy: ${percent(right / labels.length)} (${right} of ${labels.length})`);
  const total = (row: Int32Array): number => row.reduce((sum, count) => sum + count, 0);
  const accuracyOf = (row: Int32Array, i: number): string => percent(row[i]! / total(row));
  if (classes.length <= MANY_CLASSES) {
    print('Rows: the true class. Columns: what the network took it for.');
    table(['', ...classes, 'accuracy'], counts.map((row, i) => [classes[i]!, ...Array.from(row, String), accuracyOf(row, i)]));
  } else {
    table(['class', 'examples', 'accuracy'], counts.map((row, i) => [classes[i]!, String(total(row)), accuracyOf(row, i)]));
    reportConfusions(counts, classes);
  }
}

/** The most frequent mistakes, where a matrix would not fit the screen. */
function reportConfusions(counts: Int32Array[], classes: readonly string[]): void {
  const pairs = counts.flatMap((row, truth) => Array.from(row, (count, taken) => ({ count, truth, taken })));
  const mistakes = pairs.filter(({ count, truth, taken }) => count > 0 && truth !== taken);
  const worst = mistakes.sort((a, b) => b.count - a.count).slice(0, 10);
  if (worst.length === 0) return;
  table(['true class', 'taken for', 'times'], worst.map(({ count, truth, taken }) => [classes[truth]!, classes[taken]!, String(count)]), 2);
}

function reportHealth(network: Network, data: Dataset): void {
  const layers = health(network, data);
  if (layers.length === 0) return;
  heading('hidden units over the training examples');
  table(
    ['layer', 'units', 'dead', 'saturated'],
    layers.map(({ units, dead, saturated }, i) => [`hidden ${i + 1}`, String(units), String(dead), String(saturated ?? 'cannot')]),
  );
  print('dead: output or gradient 0 for all examples; saturated: |f\'| below 1 % of its maximum for 95 % of them');
}
