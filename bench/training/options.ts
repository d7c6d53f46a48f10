/** What the command line says. */
import { Command } from 'commander';
import { positive, someOf } from '../options.js';
import { type ProblemName, problemNames } from './problems.js';
import { peerNames } from './ways.js';

export interface Options {
  readonly problem?: readonly ProblemName[];
  readonly peers?: readonly string[];
  readonly time: number;
  readonly seed: number;
  readonly json?: string;
  readonly from?: string;
  readonly write?: true;
}

const peerList = (list: string): readonly string[] => (list === 'all' ? peerNames : list === 'none' ? [] : someOf(peerNames)(list));

export function parse(argv: readonly string[]): Options {
  return new Command('bench:training')
    .description('Times whole epochs of training small networks with sigmoidal/nn, beside loops in plain JavaScript and other libraries doing the same.')
    .option('--problem <names>', `${problemNames.join(', ')} (default: all)`, someOf(problemNames))
    .option('--peers <names>', `${peerNames.join(', ')}, all or none; what is asked for is installed in bench/peers (default: those at hand)`, peerList)
    .option('--time <milliseconds>', 'for each figure: so much to warm up, and as much to measure', positive, 2000)
    .option('--seed <number>', 'of the examples and the initial weights', Number, 1)
    .option('--json <file>', 'write all samples there, or to the standard output with -')
    .option('--write', 'write the tables into BENCHMARKS.md and README.md')
    .option('--from <file>', 'take the samples that --json wrote instead of measuring')
    .parse(argv, { from: 'user' })
    .opts<Options>();
}
