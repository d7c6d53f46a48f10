/** BENCHMARKS.md, made of a report. */
import { type TypeName, layerOf } from './cases.js';
import { plots } from './plots.js';
import { type Report, figure, perCall, perElement, speedup, times, waysOf } from './report.js';
import { spread } from './statistics.js';
import { COPY, PLAIN, type Result, builds, typedWay, zeroCopyWay } from './suite.js';

/** What fits the caches next to the processor, and what comes from memory. */
const LENGTHS = [4096, 1048576];
/** What the shortest calls cost is told at this length. */
const SHORT = 16;
/** Up to here a call is shorter than two vectors. */
const TINY = 7;
const TITLES: Readonly<Record<TypeName, string>> = { f32: 'Float32Array', f64: 'Float64Array' };

export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [`| ${head.join(' | ')} |`, `|---|${'--:|'.repeat(head.length - 1)}`, ...rows.map((row) => `| ${row.join(' | ')} |`)].join('\n');

/** A section, or nothing if nothing was measured for it. */
const section = (title: string, text: string, ...tables: readonly string[]): string => (tables.join('') === '' ? '' : [`## ${title}`, text, ...tables.filter(Boolean), ''].join('\n\n'));

const title = ({ op, note }: Result): string => (note === undefined ? op : `${op}, ${note}`);

function introduction({ machine, peers, seed }: Report): string {
  const versions = Object.entries(peers).map(([name, version]) => `${name} ${version}`);
  return `# Benchmarks

Written by \`npm run bench -- --write\`; \`npm run bench -- --help\` tells how to measure less, and \`--json\` gives all samples.

**On** ${machine.engine}; ${machine.cpu}; one thread.${versions.length > 0 ? ` **Beside** ${versions.join(', ')}.` : ''}

**How.** All contenders for an operation and a length stand ready in one process and take turns of 0.4 ms, A B C A B C ..., for at least seven rounds:
what disturbs the machine disturbs all of them. Before that each has run until it got no faster. A time is the median over the rounds,
± half the distance of the quartiles in per cent of it. A ratio is the median of the ratios of each round. The inputs are random
numbers between -6 and 6 (seed ${seed}), the same for all; the first result of each is compared with that of plain JavaScript.

**Plain JS** is the fastest of the loops that we know, found by trial at every length: the formula of the catalogue and one without
branches, unrolled four times, each compiled by itself. For Float32Array erf is a formula of seven digits. **Typed arrays**: our functions on a Float32Array or Float64Array, into another.
**Zero copy**: on arrays in wasm memory. **Relaxed**: by the build with relaxed SIMD. **memory.copy**: of as many bytes, the roof of
anything that reads and writes as many. The tensors of the other libraries are made before the clock starts, and what they return is let go
within the time, as a user has to. Where they have no kernel their users compose it of several, and so do we: bench/peers/table.ts
shows how. onnxruntime copies inputs and outputs at each call and cannot be kept from it.
`;
}

/** Whether it is the result for this length, or for the next one below that is a multiple of the columns. */
const isAt = (length: number) => ({ size }: Result): boolean => size <= length && size > length - 10 && (length > SHORT || size === length);

/** The results for one type and length, in the order of the operations. */
const at = ({ results }: Report, dtype: TypeName, length: number): Result[] => results.filter((result) => result.dtype === dtype && isAt(length)(result) && !layerOf(result.op));

const dtypesOf = ({ results }: Report): TypeName[] => [...new Set(results.map(({ dtype }) => dtype))];
const ours = (report: Report, way: typeof typedWay): string[] => builds.map(way).filter((name) => waysOf(report).includes(name));

/** Nanoseconds an element, with their spread, of all ways. */
function timesAt(report: Report, dtype: TypeName, length: number): string {
  const results = at(report, dtype, length);
  const ways = waysOf({ ...report, results });
  const cell = (result: Result, way: string): string => {
    const time = perElement(result, way);
    return time === undefined ? '' : `${figure(time)} ±${(50 * spread(result.nanoseconds[way]!)).toFixed(0)}%`;
  };
  return results.length === 0 ? '' : `**${TITLES[dtype]}, ${length} elements**\n\n${table(['', ...ways], results.map((result) => [title(result), ...ways.map((way) => cell(result, way))]))}`;
}

/** How many times as fast zero copy is as each of the peers. */
function ratiosAt(report: Report, length: number): string {
  const peers = Object.keys(report.peers);
  const pairs = ours(report, zeroCopyWay).flatMap((way) => peers.map((peer) => [way, peer] as const));
  const results = at(report, 'f32', length).filter(({ nanoseconds }) => peers.some((peer) => nanoseconds[peer]));
  if (results.length === 0) return '';
  return `**${length} elements**\n\n${table(['', ...pairs.map(([way, peer]) => `${way} / ${peer}`)], results.map((result) => [title(result), ...pairs.map(([way, peer]) => times(speedup(result, way, peer)))]))}`;
}

/** How many times as fast as plain JavaScript at least, and the length at which. */
function leastRatio(way: string, results: readonly Result[]): string {
  const ratios = results.flatMap((result) => {
    const ratio = speedup(result, way, PLAIN);
    return ratio === undefined ? [] : [{ size: result.size, ratio }];
  });
  const least = ratios.reduce((a, b) => (b.ratio < a.ratio ? b : a), { size: 0, ratio: Infinity });
  return ratios.length === 0 ? '' : `${times(least.ratio)} at ${least.size}`;
}

/** How many times as fast typed arrays are as plain JavaScript, at every length, and where that is least. */
function typedArrays(report: Report, dtype: TypeName): string {
  const results = report.results.filter(({ op, dtype: type }) => type === dtype && !layerOf(op));
  const names = [...new Set(results.map(({ op }) => op))];
  const lengths = [SHORT, 64, 256, ...LENGTHS];
  const blocks = ours(report, typedWay).map((way) => {
    const rows = names.map((name) => {
      const mine = results.filter(({ op }) => op === name);
      const least = [mine.filter(({ size }) => size <= TINY), mine.filter(({ size }) => size > TINY)].map((some) => leastRatio(way, some));
      const ratios = lengths.map((length) => mine.filter(isAt(length)).map((result) => times(speedup(result, way, PLAIN))).join(''));
      return [title(mine[0]!), ...least, ...ratios];
    });
    return `**${TITLES[dtype]}, ${way}**\n\n${table(['', `least of 1 to ${TINY}`, `least from ${TINY + 1}`, ...lengths.map(String)], rows)}`;
  });
  return blocks.join('\n\n');
}

function shortCalls(report: Report): string {
  const results = at(report, 'f32', SHORT);
  const ways = waysOf({ ...report, results });
  return results.length === 0 ? '' : table(['', ...ways], results.map((result) => [title(result), ...ways.map((way) => (result.nanoseconds[way] ? perCall(result, way)!.toFixed(0) : ''))]));
}

/** Layers of given sizes: times, what that is in operations, and how many times as fast as the peers. */
function layers(report: Report, dtype: TypeName): string {
  const results = report.results.filter(({ op, dtype: type }) => type === dtype && layerOf(op));
  const peers = Object.keys(report.peers).filter((peer) => results.some(({ nanoseconds }) => nanoseconds[peer]));
  const ways = ours(report, zeroCopyWay);
  const head = ['rows x in x out', ...ways.flatMap((way) => [`${way}, µs`, 'GFLOP/s', ...peers.map((peer) => `/ ${peer}`)])];
  const rows = results.map((result) => {
    const sizes = layerOf(result.op)!;
    const operations = 2 * sizes.reduce((product, size) => product * size, 1);
    return [sizes.join(' x '), ...ways.flatMap((way) => {
      const time = perCall(result, way);
      return time === undefined ? ['', '', ...peers.map(() => '')] : [figure(time / 1000), figure(operations / time), ...peers.map((peer) => times(speedup(result, way, peer)))];
    })];
  });
  return rows.length === 0 ? '' : `**${TITLES[dtype]}**\n\n${table(head, rows)}`;
}

/** Zero copy's time as a multiple of memory.copy's. */
function besideCopy(report: Report, dtype: TypeName): string {
  const columns = ours(report, zeroCopyWay).flatMap((way) => LENGTHS.map((length) => ({ way, length })));
  const names = [...new Set(report.results.filter(({ nanoseconds }) => nanoseconds[COPY]).map(({ op }) => op))];
  const rows = names.map((name) => [name, ...columns.map(({ way, length }) => {
    const result = at(report, dtype, length).find(({ op }) => op === name);
    return result ? times(speedup(result, COPY, way)) : '';
  })]);
  return rows.some((row) => row.some((cell, i) => i > 0 && cell !== '')) ? `**${TITLES[dtype]}**\n\n${table(['', ...columns.map(({ way, length }) => `${way}, ${length}`)], rows)}` : '';
}

export function markdown(report: Report): string {
  const dtypes = dtypesOf(report);
  const pictures = plots(report).map(({ file, caption }) => ({ file, picture: `![${caption}](bench/plots/${file})` }));
  const bars = pictures.filter(({ file }) => file.startsWith('ratios')).map(({ picture }) => picture);
  const curves = pictures.filter(({ file }) => !file.startsWith('ratios')).map(({ picture }) => picture);
  return [
    introduction(report),
    section('Beside other libraries', 'How many times as fast, Float32Array: above 1 we are ahead.', ...bars, ...LENGTHS.map((length) => ratiosAt(report, length))),
    section('The linear layer', 'A bias and a product of matrices, the weight packed beforehand, as it is by the others. Microseconds a call on arrays in wasm memory, thousand million operations a second, and how many times as fast.', ...dtypes.map((dtype) => layers(report, dtype))),
    section('Times', 'Nanoseconds an element.', ...dtypes.flatMap((dtype) => LENGTHS.map((length) => timesAt(report, dtype, length)))),
    section('Ordinary typed arrays', 'How many times as fast as the best loop in plain JavaScript: the least of the short lengths, the least of all others with the length it was met at, and some lengths.', ...dtypes.map((dtype) => typedArrays(report, dtype))),
    section('Short calls', `Nanoseconds a call on ${SHORT} elements, Float32Array.`, shortCalls(report)),
    section('Beside memory.copy', 'The time of zero copy as a multiple of that of memory.copy, which reads and writes as many bytes as a function of one array. backward reads two arrays.', ...dtypes.map((dtype) => besideCopy(report, dtype))),
    section('Throughput against length', 'Float32Array.', ...curves),
  ].filter(Boolean).join('\n');
}
