/** `npm run bench:training`: see --help. */
import { readFileSync, writeFileSync } from 'node:fs';
import { machine } from '../report.js';
import { withTraining } from './document.js';
import { type Options, parse } from './options.js';
import { problemNames } from './problems.js';
import { type TrainingReport, section, shortTable, tableOf } from './report.js';
import { type Result, measure } from './suite.js';
import { ways } from './ways.js';

async function run({ problem = problemNames, peers, time, seed }: Options): Promise<TrainingReport> {
  const chosen = await ways(peers);
  const results: Result[] = [];
  for (const name of problem) {
    process.stderr.write(`${name} ...\n`);
    results.push(await measure(name, chosen, { time, seed }));
  }
  return { machine: machine(), seed, results };
}

function write(report: TrainingReport): void {
  for (const [file, text] of [['BENCHMARKS.md', `${section(report)}\n`], ['README.md', shortTable(report)]] as const) {
    const document = new URL(`../../${file}`, import.meta.url);
    writeFileSync(document, withTraining(readFileSync(document, 'utf8'), text));
  }
  console.error('BENCHMARKS.md and README.md written');
}

async function main(): Promise<void> {
  const options = parse(process.argv.slice(2));
  const report = options.from === undefined ? await run(options) : (JSON.parse(readFileSync(options.from, 'utf8')) as TrainingReport);
  if (options.json === '-') process.stdout.write(`${JSON.stringify(report)}\n`);
  else {
    console.log(tableOf(report));
    if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(report)}\n`);
  }
  if (options.write) write(report);
}

try {
  await main();
} catch (error) {
  // Without the stack: what goes wrong here is what was asked for, or a peer.
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
