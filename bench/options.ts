/** What the command line says. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { type TypeName, types } from './cases.js';
import { peerNames } from './peers/index.js';
import { type BuildName, builds } from './suite.js';

export interface Options {
  readonly op?: readonly string[];
  readonly size?: readonly number[];
  readonly dtype?: readonly TypeName[];
  readonly build?: readonly BuildName[];
  readonly peers?: readonly string[];
  readonly time: number;
  readonly seed: number;
  readonly json?: string;
  readonly from?: string;
  readonly write?: true;
}

const PRESETS: Readonly<Record<string, string>> = {
  small: '1-16',
  standard: '16,256,4096,65536,1048576',
  all: '1-8,16-8388608x2,10000000',
};

/** What is measured where nothing is asked for: a quick look, or all of it for the document. */
export const defaults = (write: boolean): Required<Pick<Options, 'size' | 'dtype' | 'build'>> =>
  write ? { size: lengths('all'), dtype: ['f32', 'f64'], build: builds } : { size: lengths('standard'), dtype: ['f32'], build: ['deterministic'] };

/** Lengths: `4096`, `1-8` for each from 1 to 8, `16-1048576x4` for every fourfold, the name of a preset; comma separated. */
export function lengths(list: string): number[] {
  const all = list.split(',').flatMap((part) => {
    const preset = PRESETS[part];
    if (preset !== undefined) return lengths(preset);
    const [, first, last, factor] = /^(\d+)(?:-(\d+)(?:x(\d+))?)?$/.exec(part) ?? [];
    const [from, to, times] = [Number(first), Number(last ?? first), Number(factor ?? 1)];
    if (!(from > 0) || factor === '1' || factor === '0') throw new InvalidArgumentError(`${part} is neither a length, nor a range such as 1-8 or 16-1048576x4, nor ${Object.keys(PRESETS).join(', ')}.`);
    const chosen: number[] = [];
    for (let length = from; length <= to; length = times > 1 ? length * times : length + 1) chosen.push(length);
    return chosen;
  });
  return [...new Set(all)].sort((a, b) => a - b);
}

/** A comma separated list of some of these. */
export const someOf = <Name extends string>(known: readonly Name[]) => (list: string): Name[] =>
  list.split(',').map((given) => {
    const name = known.find((candidate) => candidate === given);
    if (name === undefined) throw new InvalidArgumentError(`There is no ${given}, only ${known.join(', ')}.`);
    return name;
  });

export function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError(`It must be a positive number, got ${text}.`);
  return value;
}

const peerList = (list: string): string[] => (list === 'all' ? peerNames : list === 'none' ? [] : someOf(peerNames)(list));

export function parse(argv: readonly string[]): Options {
  return new Command('bench')
    .description('Times every operation on ordinary typed arrays and on arrays in wasm memory, beside the best loops in plain JavaScript, memory.copy and other libraries.')
    .option('--op <names>', 'operations, comma separated: tanh is tanh and tanh.backward (default: all)', (list) => list.split(','))
    .option('--size <lengths>', `lengths and ranges, 4096,1-8,16-1048576x4, or ${Object.entries(PRESETS).map(([name, list]) => `${name} = ${list}`).join('; ')} (default: standard)`, lengths)
    .option('--dtype <types>', 'f32, f64 or both (default: f32)', someOf(Object.keys(types) as TypeName[]))
    .option('--build <builds>', 'deterministic, relaxed (needs an engine with relaxed SIMD) or both (default: deterministic)', someOf(builds))
    .option('--peers <names>', `${peerNames.join(', ')}, all or none; what is asked for is installed in bench/peers (default: those at hand)`, peerList)
    .option('--time <milliseconds>', 'for each figure: so much to warm up, and as much to measure', positive, 20)
    .option('--seed <number>', 'of the inputs', Number, 1)
    .option('--json <file>', 'write all samples there, or to the standard output with -')
    .addOption(new Option('--write', 'write BENCHMARKS.md and the plots in bench/plots/: of all operations and, unless told otherwise, all sizes, types, builds and peers').conflicts('op'))
    .option('--from <file>', 'take the samples that --json wrote instead of measuring')
    .parse(argv, { from: 'user' })
    .opts<Options>();
}
