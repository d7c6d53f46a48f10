/** Lets contenders learn problems in turns. */
import { spawn } from 'node:child_process';
import { race } from '../measure.js';
import { conversation } from '../peers/conversation.js';
import { type Problem, type ProblemName, problem, written } from './problems.js';
import type { Way } from './ways.js';

/** Milliseconds that some epochs took, and the mean loss of each. */
export interface Training {
  readonly milliseconds: number;
  readonly losses: readonly number[];
}

/** A contender that stands ready. */
export interface Entrant {
  readonly name: string;
  readonly version?: string | undefined;
  readonly train: (epochs: number) => Promise<Training>;
  readonly close: () => void;
}

/** Microseconds a step of each contender, round by round. */
export interface Result {
  readonly problem: ProblemName;
  readonly microseconds: Readonly<Record<string, readonly number[]>>;
  readonly versions: Readonly<Record<string, string>>;
}

/** Milliseconds of a turn, or one epoch if that is longer. */
const TURN = 20;
/** What may be missing between their losses, relatively. */
const TOLERANCE = 1e-3;
const EPOCHS_COMPARED = 2;

export async function measure(name: ProblemName, ways: readonly Way[], { time, seed }: { readonly time: number; readonly seed: number }): Promise<Result> {
  const learned = problem(name, seed);
  const entrants: Entrant[] = [];
  try {
    for (const way of ways) entrants.push(await enter(way, learned));
    await agree(entrants);
    const contenders = entrants.map(({ name, train }) => ({ way: name, time: async (epochs: number) => (await train(epochs)).milliseconds, result: () => [] }));
    const samples = await race(contenders, { time, turn: TURN });
    return {
      problem: name,
      microseconds: Object.fromEntries(samples.map(({ way, nanoseconds }) => [way, nanoseconds.map((epoch) => epoch / 1000 / learned.starts.length)])),
      versions: Object.fromEntries(entrants.flatMap(({ name, version }) => (version === undefined ? [] : [[name, version]]))),
    };
  } finally {
    for (const { close } of entrants) close();
  }
}

async function enter({ name, command: [program, ...args] }: Way, learned: Problem): Promise<Entrant> {
  const child = spawn(program, args);
  const ask = conversation<Training & { readonly version?: string }>(name, child);
  const { version } = await ask({ problem: written(learned) });
  return { name, version, train: (epochs) => ask({ epochs }), close: () => child.kill() };
}

/** That all learn the same in their first epochs. */
export async function agree(entrants: readonly Pick<Entrant, 'name' | 'train'>[]): Promise<void> {
  let expected: readonly number[] | undefined;
  for (const { name, train } of entrants) {
    const { losses } = await train(EPOCHS_COMPARED);
    expected ??= losses;
    const wrong = expected.findIndex((loss, epoch) => !(Math.abs(losses[epoch]! - loss) <= TOLERANCE * loss));
    if (wrong >= 0) throw new Error(`${name} has the loss ${losses[wrong]} in epoch ${wrong + 1}, ${entrants[0]!.name} ${expected[wrong]}`);
  }
}
