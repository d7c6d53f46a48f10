import { Bench } from 'tinybench';
import { compile } from './compile.js';

/** Something that is timed beside others that do the same. */
export interface Contender {
  /** What it is called; of several with the same name the fastest counts. */
  readonly way: string;
  /** Milliseconds that so many calls take. */
  readonly time: (calls: number) => number | Promise<number>;
  /** What the last call computed. Someone must look, lest it all be optimised away. */
  readonly result: () => ArrayLike<number> | Promise<ArrayLike<number>>;
  readonly dispose?: () => void | Promise<void>;
}

export interface Effort {
  /** Milliseconds for each contender: so much at least to warm up, and as much to measure. */
  readonly time: number;
  /** Milliseconds of a turn: long beside the clock's steps, short beside what else the machine does. */
  readonly turn?: number;
}

/** Nanoseconds a call, of one contender, round by round. */
export interface Samples {
  readonly way: string;
  readonly nanoseconds: readonly number[];
}

/** Node's clock has steps of nanoseconds. */
const TURN = 0.4;
/** At least so many rounds, whatever the time: a call may take longer than a turn. */
const ROUNDS = 7;
/** A contender is warm when so many turns in a row were no faster than those before them, by more than this part ... */
const EVEN_TURNS = 8;
const GAIN = 0.03;
/** ... or when it has had the time this many times over. */
const PATIENCE = 25;

/** A loop of its own around a call, written as source over the names of `scope`: the loop is timed as a whole. */
export function timed(call: string, scope: Readonly<Record<string, unknown>>, awaited: 'await' | '' = ''): (calls: number) => number | Promise<number> {
  const make = compile(`(${Object.keys(scope).join(', ')}) => ${awaited ? 'async' : ''} (calls) => {
    const start = performance.now();
    for (let i = 0; i < calls; i++) ${awaited} ${call};
    return performance.now() - start;
  }`) as (...values: unknown[]) => (calls: number) => number | Promise<number>;
  return make(...Object.values(scope));
}

/**
 * Calls until the code is what it will be: for the given time, and on until it gets no faster. When V8 has compiled a function
 * for good depends on its calls, its loops, and on what the machine's other threads leave it. Gives how many calls fill a turn.
 */
async function warmUp({ time }: Contender, effort: Effort, turn: number): Promise<{ calls: number; milliseconds: number }> {
  let calls = 1;
  let spent = 0;
  let best = Infinity;
  for (let even = 0; even < EVEN_TURNS || spent < effort.time; even++) {
    const elapsed = await time(calls);
    spent += elapsed;
    if (elapsed / calls < best * (1 - GAIN)) even = 0;
    best = Math.min(best, elapsed / calls);
    if (spent >= effort.time * PATIENCE) break;
    if (elapsed < turn / 2) calls *= 2;
  }
  calls = Math.max(1, Math.round(turn / best));
  return { calls, milliseconds: calls * best };
}

/**
 * Times contenders in turns, A B C A B C ...: noise that lasts hits all alike, and a round's times can be compared as pairs.
 * tinybench would finish one task before it begins the next; here each round is a run of it, with one iteration a task.
 */
export async function race(contenders: readonly Contender[], effort: Effort): Promise<Samples[]> {
  const bench = new Bench({ iterations: 1, time: 0, warmup: false, throws: true });
  let round = 0;
  for (const [i, contender] of contenders.entries()) {
    const { calls, milliseconds } = await warmUp(contender, effort, effort.turn ?? TURN);
    bench.add(String(i), async () => ({ overriddenDuration: (await contender.time(calls)) / calls }), { async: true });
    round += milliseconds;
  }
  const samples = contenders.map(({ way }) => ({ way, nanoseconds: [] as number[] }));
  const rounds = Math.max(ROUNDS, Math.round((effort.time * contenders.length) / round));
  for (let i = 0; i < rounds; i++) {
    bench.reset();
    await bench.run();
    for (const [task, { result }] of bench.tasks.entries()) {
      if (result.state === 'completed') samples[task]!.nanoseconds.push(Number((result.latency.p50 * 1e6).toPrecision(4)));
    }
  }
  return samples;
}
