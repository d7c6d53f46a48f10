/** What a run has found, and its table for the terminal. */
import { cpus } from 'node:os';
import Table from 'cli-table3';
import { median, ratio, spread } from './statistics.js';
import { COPY, PLAIN, type Result, builds, typedWay, zeroCopyWay } from './suite.js';

/** Where and on what it was measured. */
export interface Machine {
  readonly cpu: string;
  readonly engine: string;
}

export interface Report {
  readonly machine: Machine;
  /** Versions of the peers by name. */
  readonly peers: Readonly<Record<string, string>>;
  readonly seed: number;
  readonly results: readonly Result[];
}

export const machine = (): Machine => ({ cpu: `${cpus()[0]?.model ?? 'unknown processor'}, ${process.platform} ${process.arch}`, engine: `Node ${process.versions.node}, V8 ${process.versions.v8}` });

/** The ways that were measured: plain JavaScript, ours, memory.copy, the peers. */
export function waysOf({ peers, results }: Pick<Report, 'peers' | 'results'>): string[] {
  const all = [PLAIN, ...builds.flatMap((build) => [typedWay(build), zeroCopyWay(build)]), COPY, ...Object.keys(peers)];
  return all.filter((way) => results.some(({ nanoseconds }) => nanoseconds[way]));
}

/** Three digits, or all before the point. */
export const figure = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));

/** How many times as fast `way` is as `other`, if both were measured. */
export function speedup({ nanoseconds }: Result, way: string, other: string): number | undefined {
  const [mine, theirs] = [nanoseconds[way], nanoseconds[other]];
  return mine && theirs && ratio(theirs, mine);
}

/** Nanoseconds a call of one way, if it was measured. */
export function perCall({ nanoseconds }: Result, way: string): number | undefined {
  const samples = nanoseconds[way];
  return samples && median(samples);
}

/** Nanoseconds an element. */
export function perElement(result: Result, way: string): number | undefined {
  const time = perCall(result, way);
  return time === undefined ? undefined : time / result.size;
}

export const times = (value: number | undefined): string => (value === undefined ? '' : `${value.toFixed(2)}x`);

/** Every result in a row: nanoseconds an element with their spread, and the ratios that matter. */
export function tableOf(report: Report): string {
  const { machine, peers, results } = report;
  const ways = waysOf(report);
  const measured = builds.filter((build) => ways.includes(zeroCopyWay(build)));
  const comparisons = measured.flatMap((build) => [
    [typedWay(build), PLAIN],
    [zeroCopyWay(build), PLAIN],
    ...(ways.includes(COPY) ? [[zeroCopyWay(build), COPY]] : []),
  ]) as [string, string][];
  const head = ['operation', 'type', 'size', ...ways, ...comparisons.map(([way, other]) => `${way} / ${other}`)];
  const table = new Table({ head, wordWrap: true, style: { head: [], border: [], compact: true }, colAligns: head.map((_, i) => (i < 2 ? 'left' : 'right')) });
  for (const result of results) {
    const timesOf = ways.map((way) => {
      const time = perElement(result, way);
      return time === undefined ? '' : `${figure(time)} ±${(50 * spread(result.nanoseconds[way]!)).toFixed(0)}%`;
    });
    const name = result.note === undefined ? result.op : `${result.op} (${result.note})`;
    table.push([name, result.dtype, result.size, ...timesOf, ...comparisons.map(([way, other]) => times(speedup(result, way, other)))]);
  }
  const versions = Object.entries(peers).map(([name, version]) => `${name} ${version}`);
  return [
    [machine.engine, machine.cpu, ...versions].join(', '),
    table.toString(),
    'Nanoseconds an element: the median, ± half the distance of the quartiles. a / b: how many times as fast a is as b.',
  ].join('\n');
}
