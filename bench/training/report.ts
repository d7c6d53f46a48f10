/** What a run has found: its tables for the terminal and for the documents. */
import Table from 'cli-table3';
import { table } from '../markdown.js';
import { type Machine, figure } from '../report.js';
import { median, spread } from '../statistics.js';
import { OURS, PLAIN, RELAXED, TEXTBOOK } from './learners.js';
import { shapeOf } from './problems.js';
import type { Result } from './suite.js';
import { PYTORCH, TENSORFLOW, TENSORFLOW_MINIMIZE } from './ways.js';

export interface TrainingReport {
  readonly machine: Machine;
  readonly seed: number;
  readonly results: readonly Result[];
}

/** Microseconds a step in the least disturbed round, if it took part. A turn lasts long enough to be disturbed by what else runs. */
const least = ({ microseconds }: Result, name: string): number | undefined => microseconds[name] && Math.min(...microseconds[name]);

function time(result: Result, name: string): string {
  const microseconds = least(result, name);
  return microseconds === undefined ? '' : figure(microseconds);
}

/** How many times as long one takes as another, if both took part. */
function timesAsLong(result: Result, name: string, other: string): string {
  const [theirs, ours] = [least(result, name), least(result, other)];
  return theirs !== undefined && ours !== undefined ? `${(theirs / ours).toFixed(1)}x` : '';
}

const title = ({ problem }: Result): string => `${problem}, ${shapeOf(problem)}`;
const versionsOf = ({ results }: TrainingReport): string[] => Object.entries(Object.assign({}, ...results.map(({ versions }) => versions)) as Result['versions']).filter(([name]) => !name.includes(',')).map(([name, version]) => `${name} ${version}`);

const HEAD = ['', 'µs a step', 'median', `times ${OURS}`, `times ${RELAXED}`];

/** A row for every contender. */
const rowsOf = (result: Result): string[][] =>
  Object.entries(result.microseconds).map(([name, samples]) => [
    name,
    time(result, name),
    `${figure(median(samples))} ±${(50 * spread(samples)).toFixed(0)}%`,
    ...[OURS, RELAXED].map((other) => (other === name ? '' : timesAsLong(result, name, other))),
  ]);

export function tableOf(report: TrainingReport): string {
  const lines = new Table({ head: ['problem', 'contender', ...HEAD.slice(1)], style: { head: [], border: [], compact: true }, colAligns: ['left', 'left', 'right', 'right', 'right', 'right'] });
  for (const result of report.results) for (const row of rowsOf(result)) lines.push([title(result), ...row]);
  return [[report.machine.engine, report.machine.cpu, ...versionsOf(report)].join(', '), lines.toString()].join('\n');
}

/** The section of BENCHMARKS.md. */
export function section(report: TrainingReport): string {
  const { machine, seed, results } = report;
  return `## Training, whole epochs

Written by \`npm run bench:training -- --write\`.

**On** ${machine.engine}; ${machine.cpu}; one thread. **Beside** ${['plain JavaScript', ...versionsOf(report)].join(', ')}.

**How.** Small networks with tanh between the layers, softmax and cross-entropy at the end, float32; batches of 32 rows; gradient descent with
momentum. spirals: 3000 points on three arms; digits and images: 1797 and 800 rows of random numbers with random labels (seed ${seed}).
All begin with the same weights and see the same batches in the same order, and must have the same mean losses in the first two
epochs, to a thousandth. Each contender is a process of its own. They take turns of whole epochs, of 20 ms at least, A B C A B C ...,
after each has run until it got no faster. A time is the shortest of all rounds, a ratio one of such times; beside it the median, ± half
the distance of the quartiles in per cent of it.

**${OURS}** is \`sigmoidal/nn\` with its default backend, **relaxed** with relaxed SIMD. **${PLAIN}** is the training of examples/plain.ts, whose
matrix product goes in tiles and whose tanh is made of exp; **${TEXTBOOK}**, the same with the three loops of the definition. **tfjs**: the forward and
backward pass written by hand in operations of TensorFlow.js, since that is faster than its optimizer's **minimize**, which most will
use. **pytorch**: \`nn.Sequential\`, \`CrossEntropyLoss\` and \`optim.SGD\`, native, on one thread.

${results.map((result) => `**${title(result)}**\n\n${table(HEAD, rowsOf(result))}`).join('\n\n')}
`;
}

/** The table of the README. */
export function shortTable({ results }: TrainingReport): string {
  const columns = [[PLAIN, PLAIN], [TEXTBOOK, TEXTBOOK], ['TensorFlow.js wasm, by hand', TENSORFLOW], ['TensorFlow.js wasm, minimize', TENSORFLOW_MINIMIZE], ['PyTorch, native', PYTORCH]] as const;
  const head = ['network', 'µs a step', ...columns.map(([heading]) => heading), 'µs with relaxed SIMD'];
  return `${table(head, results.map((result) => [title(result), time(result, OURS), ...columns.map(([, name]) => timesAsLong(result, name, OURS)), time(result, RELAXED)]))}\n`;
}
