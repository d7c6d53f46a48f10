import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import Table from 'cli-table3';
import { Command } from 'commander';
import { Bench } from 'tinybench';
import { type Case, type FloatType, type Operation, operations } from './cases.js';

const WAYS = ['plain', 'typed', 'zeroCopy', 'copy'] as const;
type Way = (typeof WAYS)[number];

/** Nanoseconds an element of each way, the median of its runs. */
interface Result {
  readonly op: string;
  readonly dtype: string;
  readonly size: number;
  readonly nanoseconds: Partial<Record<Way, number>>;
}

/** Calls to the clock must not count: so many calls are timed at once that they take about this long. */
const BATCH_MICROSECONDS = 50;

const numbers = (list: string): number[] => list.split(',').map(Number);

const options = new Command('bench')
  .description('Times every operation in plain JavaScript, on ordinary typed arrays and on arrays in wasm memory.')
  .option('--op <names>', 'operations whose name starts with one of these, comma separated', (list) => list.split(','))
  .option('--size <lengths>', 'lengths, comma separated', numbers, [16, 256, 4096, 65536, 1048576])
  .option('--dtype <types>', 'f32, f64 or both', (list) => list.split(','), ['f32'])
  .option('--time <milliseconds>', 'for each figure', Number, 60)
  .option('--json <file>', 'write the figures there, too')
  .parse()
  .opts<{ op?: string[]; size: number[]; dtype: string[]; time: number; json?: string }>();

function measure({ name, elements, make }: Operation, dtype: string, size: number): Result | undefined {
  const count = elements(size);
  if (!count) return undefined;
  const type: FloatType = dtype === 'f64' ? Float64Array : Float32Array;
  const ways = make(type, size);
  const bench = new Bench({ time: options.time, warmup: true, warmupTime: options.time / 3, iterations: 5, throws: true });
  const batches = new Map<string, number>();
  for (const way of WAYS) {
    const run = ways[way];
    if (!run) continue;
    const batch = batchSize(run);
    batches.set(way, batch);
    bench.add(way, () => {
      for (let i = 0; i < batch; i++) run();
    });
  }
  bench.runSync();
  const nanoseconds: Partial<Record<Way, number>> = {};
  for (const task of bench.tasks) {
    if (task.result.state === 'completed') nanoseconds[task.name as Way] = (task.result.latency.p50 * 1e6) / batches.get(task.name)! / count;
  }
  return { op: name, dtype, size, nanoseconds };
}

function batchSize(run: Case[Way] & (() => void)): number {
  for (let batch = 1; ; batch *= 2) {
    const start = performance.now();
    for (let i = 0; i < batch; i++) run();
    if (performance.now() - start > BATCH_MICROSECONDS / 1000) return batch;
  }
}

const figure = (value: number | undefined): string => (value === undefined ? '' : value.toFixed(value < 10 ? 3 : 1));
const ratio = (slow: number | undefined, fast: number | undefined): string => (slow === undefined || fast === undefined ? '' : `${(slow / fast).toFixed(2)}x`);

function print(results: readonly Result[]): void {
  const head = ['operation', 'type', 'size', 'plain JS', 'typed arrays', 'zero copy', 'memory.copy', 'typed / JS', 'zero copy / JS', 'of copy'];
  const table = new Table({ head, style: { head: [], border: [] }, colAligns: ['left', 'left', ...head.slice(2).map(() => 'right' as const)] });
  for (const { op, dtype, size, nanoseconds: ns } of results) {
    table.push([op, dtype, size, figure(ns.plain), figure(ns.typed), figure(ns.zeroCopy), figure(ns.copy), ratio(ns.plain, ns.typed), ratio(ns.plain, ns.zeroCopy), ratio(ns.zeroCopy, ns.copy)]);
  }
  console.log(table.toString());
  console.log('Nanoseconds an element, medians. "typed / JS" and "zero copy / JS": how many times as fast as plain JS; "of copy": time relative to memory.copy.');
}

const machine = { node: process.version, v8: process.versions.v8, cpu: cpus()[0]?.model ?? 'unknown' };
console.log(`Node ${machine.node}, V8 ${machine.v8}, ${machine.cpu}`);
const chosen = operations.filter(({ name }) => !options.op || options.op.some((start) => name.startsWith(start)));
const results: Result[] = [];
for (const operation of chosen) {
  process.stderr.write(`${operation.name} ...\n`);
  for (const dtype of options.dtype) {
    for (const size of options.size) {
      const result = measure(operation, dtype, size);
      if (result) results.push(result);
    }
  }
}
print(results);
if (options.json) writeFileSync(options.json, `${JSON.stringify({ machine, results }, null, 2)}\n`);
