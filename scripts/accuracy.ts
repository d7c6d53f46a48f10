/**
 * Measures the accuracy of every elementwise function over all float32 numbers and a hundred million float64 numbers, and of
 * the others over random rows, in both builds of the kernels, and writes ACCURACY.md and src/accuracy.ts.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { SingleBar } from 'cli-progress';
import { Command } from 'commander';
import { accuracy } from '../src/accuracy.js';
import { bars } from '../test/operations.js';
import { type Direction, type Errors, MILLION, type Type, directions, merge } from '../test/reference/measure.js';
import { isFamily } from '../test/reference/measure-families.js';
import { document, isOfKernels, kernelBuilds, names as known, parse, row, source } from './accuracy-report.js';
import type { Answer, Build, Task } from './accuracy-worker.js';

const DOCUMENT = new URL('../ACCURACY.md', import.meta.url);
const SOURCE = new URL('../src/accuracy.ts', import.meta.url);

const options = new Command('accuracy')
  .description('Measures the largest errors of the elementwise functions; writes ACCURACY.md and src/accuracy.ts, for `npm run docs` to read.')
  .option('--op <names>', 'functions, comma separated', (list) => list.split(','))
  .option('--type <types>', 'f32, f64 or both', (list) => list.split(',') as Type[], ['f32', 'f64'] as Type[])
  .option('--every <n>', 'only every n-th float32 number, an odd n so that all last digits occur, and so many times fewer samples of float64', Number, 1)
  .option('--sample', 'only a million inputs of each type')
  .option('--write', 'write the figures of a sample, too')
  .option('--build <names>', 'deterministic and relaxed; or javascript, of which nothing is written', (list) => list.split(',') as Build[], [...kernelBuilds] as Build[])
  .option('--threads <count>', 'how many threads', Number, availableParallelism())
  .parse()
  .opts<{ op?: string[]; type: Type[]; every: number; sample?: true; write?: true; build: Build[]; threads: number }>();

/** Parts that take a second or two. */
const PATTERNS_A_TASK = 2 ** 24;
const SAMPLES_A_TASK = 2 ** 20;
const SAMPLES = 1e8;
/** So many rows of each length and magnitude. */
const ROWS = { all: 200, sample: 4 };
/** A sample takes less than 2.3 random integers: the seeds begin stretches of the generator that do not overlap. */
const seed = (part: number): number => Math.imul(part * 2.3 * SAMPLES_A_TASK, 0x9e3779b9) + 1;

function tasksOf(name: Task['name'], type: Type): Task[] {
  const { build: builds } = options;
  if (isFamily(name)) return [{ name, type, builds, part: { count: options.sample ? ROWS.sample : ROWS.all, seed: 1 }, first: true }];
  if (options.sample) {
    const part = type === 'f32' ? { stride: MILLION.f32, from: 0, to: 2 ** 32 } : { count: MILLION.f64, seed: 1 };
    return [{ name, type, builds, part, first: true }];
  }
  if (type === 'f32') {
    const span = PATTERNS_A_TASK * options.every;
    const starts = Array.from({ length: Math.ceil(2 ** 32 / span) }, (_, i) => i * span);
    return starts.map((from) => ({ name, type, builds, part: { stride: options.every, from, to: Math.min(from + span, 2 ** 32) }, first: from === 0 }));
  }
  const parts = Math.ceil(SAMPLES / options.every / SAMPLES_A_TASK);
  return Array.from({ length: parts }, (_, i) => ({ name, type, builds, part: { count: SAMPLES_A_TASK, seed: seed(i) }, first: i === 0 }));
}

/** Lets the threads take one task after the other; the answers come in the order of the tasks. */
async function run(tasks: readonly Task[], done: (answer: Answer) => void): Promise<void> {
  const answers: (Answer | undefined)[] = [];
  let next = 0;
  let given = 0;
  const bar = new SingleBar({ format: '{bar} {percentage} % | {name} {type} | {duration_formatted}, still {eta_formatted}', hideCursor: true, etaBuffer: 64 });
  bar.start(tasks.length, 0, { name: '', type: '' });
  const thread = async (): Promise<void> => {
    const start = (): Worker => new Worker(new URL('./accuracy-thread.mjs', import.meta.url), { resourceLimits: { maxYoungGenerationSizeMb: 64 } });
    let worker = start();
    let last: Task | undefined;
    while (next < tasks.length) {
      const index = next++;
      // Code that the engine has fitted to one function is slow for the next.
      if (last && (last.name !== tasks[index]!.name || last.type !== tasks[index]!.type)) {
        await worker.terminate();
        worker = start();
      }
      last = tasks[index]!;
      answers[index] = await new Promise<Answer>((resolve, reject) => {
        worker.once('message', resolve).once('error', reject).postMessage(tasks[index]!);
      });
      worker.removeAllListeners('error');
      bar.increment(1, { name: tasks[index]!.name, type: tasks[index]!.type });
      for (let answer = answers[given]; answer; answer = answers[given]) {
        done(answer);
        answers[given++] = undefined;
      }
    }
    await worker.terminate();
  };
  await Promise.all(Array.from({ length: Math.min(options.threads, tasks.length) }, thread));
  bar.stop();
}

const names = known.filter((name) => options.op?.includes(name) ?? true);
const unknown = options.op?.filter((name) => !names.some((other) => other === name)) ?? [];
if (unknown.length > 0) throw new RangeError(`no function ${unknown.join(', ')}; there are ${known.join(', ')}`);

const results = new Map<string, readonly Errors[]>();
const tasks = names.flatMap((name) => options.type.flatMap((type) => tasksOf(name, type)));
const start = performance.now();
await run(tasks, ({ task, errors }) => {
  const key = `${task.type} ${task.name}`;
  const sofar = results.get(key);
  if (sofar) sofar.forEach((each, i) => merge(each, errors[i]!));
  else results.set(key, errors);
});

const report = parse(existsSync(DOCUMENT) ? readFileSync(DOCUMENT, 'utf8') : '');
for (const name of names) {
  for (const type of options.type) {
    for (const [i, errors] of results.get(`${type} ${name}`)!.entries()) {
      const build = options.build[i]!;
      if (isOfKernels(build)) report[build][type].set(name, errors);
      for (const direction of directions) {
        if (errors[direction].inputs > 0) console.log(type, build, row(name, direction, errors), isFamily(name) ? '' : beyond(type, direction, errors));
      }
    }
  }
}
console.log(`${Math.round((performance.now() - start) / 1000)} s`);

function beyond(type: Type, direction: Direction, errors: Errors): string {
  if (errors[direction].ulps <= bars[type][direction === 'forward' ? 'forward' : 'derivative']) return '';
  process.exitCode = 1;
  return 'beyond the bar';
}

if (options.build.some(isOfKernels) && (!options.sample || options.write)) {
  writeFileSync(DOCUMENT, document(report));
  writeFileSync(SOURCE, source(report, accuracy));
}
