/** `npm run bench`: see --help. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { operations, operationsNamed } from './cases.js';
import { type Options, defaults, parse } from './options.js';
import { openPeers } from './peers/index.js';
import { markdown } from './markdown.js';
import { install, installed } from './peers/packages.js';
import { draw, plots } from './plots.js';
import { type Report, machine, tableOf } from './report.js';
import { type Build, type BuildName, type Result, measure, open } from './suite.js';
import { trainingOf, withTraining } from './training/document.js';

async function run(options: Options): Promise<Report> {
  const chosen = options.op ? operationsNamed(options.op) : operations;
  const { size, dtype, build, time, seed } = { ...defaults(options.write ?? false), ...options };
  if (options.write && !installed()) install('--write');
  const peers = await openPeers(options.peers);
  try {
    const suite = { operations: chosen, sizes: size, dtypes: dtype, builds: await openBuilds(build), peers, time, seed };
    const results: Result[] = [];
    for await (const result of measure(suite)) {
      if (result.op !== results.at(-1)?.op) process.stderr.write(`${result.op} ...\n`);
      results.push(result);
    }
    return { machine: machine(), peers: Object.fromEntries(peers.map(({ name, version }) => [name, version])), seed, results };
  } finally {
    for (const peer of peers) peer.close?.();
  }
}

async function openBuilds(names: readonly BuildName[]): Promise<Build[]> {
  const opened: Build[] = [];
  for (const name of names) {
    const build = await open(name);
    if (typeof build === 'string') console.error(`${name} build: left out, ${build}`);
    else opened.push(build);
  }
  if (opened.length === 0) throw new Error('no build is left to measure');
  return opened;
}

const DOCUMENT = new URL('../BENCHMARKS.md', import.meta.url);
const PLOTS = new URL('plots/', import.meta.url);

async function write(report: Report): Promise<void> {
  const drawn: [string, string][] = [];
  for (const { file, spec } of plots(report)) drawn.push([file, await draw(spec)]);
  rmSync(PLOTS, { recursive: true, force: true });
  mkdirSync(PLOTS);
  for (const [file, svg] of drawn) writeFileSync(new URL(file, PLOTS), svg);
  writeFileSync(DOCUMENT, withTraining(markdown(report), trainingOf(readFileSync(DOCUMENT, 'utf8'))));
  console.error(`BENCHMARKS.md and ${drawn.length} plots in bench/plots/ written`);
}

async function main(): Promise<void> {
  const options = parse(process.argv.slice(2));
  const report = options.from === undefined ? await run(options) : (JSON.parse(readFileSync(options.from, 'utf8')) as Report);
  if (options.json === '-') process.stdout.write(`${JSON.stringify(report)}\n`);
  else {
    console.log(tableOf(report));
    if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(report)}\n`);
  }
  if (options.write) await write(report);
}

try {
  await main();
} catch (error) {
  // Without the stack: what goes wrong here is what was asked for, or a peer.
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
