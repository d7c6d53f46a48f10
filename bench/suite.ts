/** Measures operations beside their peers. Like the cases it runs in Node and in a browser. */
import { type Backend, type FloatArray, type NumericArrayConstructor, createBackend } from '../src/index.js';
import { type Arrays, type Operation, type TypeName, filler, types } from './cases.js';
import { type Contender, type Samples, race, timed } from './measure.js';
import type { Peer } from './peers/peer.js';
import { median } from './statistics.js';

export const builds = ['deterministic', 'relaxed'] as const;
export type BuildName = (typeof builds)[number];

export interface Build {
  readonly name: BuildName;
  readonly backend: Backend;
}

/** The columns that are not peers. */
export const PLAIN = 'plain JS';
export const COPY = 'memory.copy';
const suffix = (build: BuildName): string => (build === 'relaxed' ? ', relaxed' : '');
export const typedWay = (build: BuildName): string => `typed arrays${suffix(build)}`;
export const zeroCopyWay = (build: BuildName): string => `zero copy${suffix(build)}`;

/** Nanoseconds a call of each way, round by round. */
export interface Result {
  readonly op: string;
  readonly note?: string;
  readonly dtype: TypeName;
  readonly size: number;
  readonly nanoseconds: Readonly<Record<string, readonly number[]>>;
}

export interface Suite {
  readonly operations: readonly Operation[];
  readonly dtypes: readonly TypeName[];
  readonly sizes: readonly number[];
  readonly builds: readonly Build[];
  readonly peers: readonly Peer[];
  /** Milliseconds for each figure, to warm up and once more to measure. */
  readonly time: number;
  readonly seed: number;
}

/** Longer arrays of theirs would only take time: what is not in a cache by then is not at ten times the length. */
const PEERS_UP_TO = 2 ** 20;

/** The build, or why there is none. */
export async function open(name: BuildName): Promise<Build | string> {
  try {
    const backend = await createBackend({ relaxedSimd: name === 'relaxed' });
    const { features } = backend;
    if (features.backend === 'wasm' && features.relaxedSimd === (name === 'relaxed')) return { name, backend };
    return features.reason ?? `the backend has ${features.backend} without it`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The results one after the other, as they come. */
export async function* measure(suite: Suite): AsyncGenerator<Result> {
  for (const operation of suite.operations) {
    for (const dtype of suite.dtypes) {
      for (const size of suite.sizes) {
        const elements = operation.elements(size);
        if (elements > 0) yield await measureOne(suite, operation, dtype, elements);
      }
    }
  }
}

async function measureOne(suite: Suite, operation: Operation, dtype: TypeName, size: number): Promise<Result> {
  const contenders = await enter(suite, operation, dtype, size);
  try {
    const samples = await race(contenders, suite);
    const { name: op, note } = operation;
    return { op, ...(note !== undefined && { note }), dtype, size, nanoseconds: best(samples) };
  } finally {
    for (const { dispose } of contenders) await dispose?.();
  }
}

/** The contenders for one operation and size. Throws if they do not compute the same. */
async function enter({ builds: opened, peers, seed }: Suite, operation: Operation, dtype: TypeName, size: number): Promise<Contender[]> {
  const arrays = operation.arrays(dtype, size, filler(seed));
  const { out } = arrays;
  const result = (): Arrays['out'] => out;
  const contenders: Contender[] = operation.loops(dtype).map((f) => ({ way: PLAIN, time: timed(operation.plain, { f, ...arrays }), result }));
  for (const build of opened) {
    const prepared = operation.prepare?.(build.backend, arrays as Readonly<Record<string, FloatArray>>) ?? {};
    contenders.push({ way: typedWay(build.name), time: timed(operation.call, { f: operation.ours(build.backend), ...arrays, ...prepared }), result, dispose: () => { freeAll(prepared); } });
    contenders.push(...inWasmMemory(operation, build, arrays));
  }
  const shapes = size <= PEERS_UP_TO ? operation.shapes?.(size) : undefined;
  for (const peer of shapes ? peers : []) {
    const inputs = Object.entries(shapes!).map(([name, shape]) => ({ name, shape, values: arrays[name]! }));
    const contender = await peer.enter(operation.name, types[dtype], inputs);
    if (contender) contenders.push({ way: peer.name, ...contender });
  }
  await agree(operation, contenders);
  return contenders;
}

const freeAll = (owned: Readonly<Record<string, { free: () => void }>>): void => {
  for (const each of Object.values(owned)) each.free();
};

/** The operation on copies of the arrays in wasm memory, and memory.copy there. */
function inWasmMemory({ call, ours, prepare, copied }: Operation, { name, backend }: Build, arrays: Arrays): Contender[] {
  const inside = Object.fromEntries(
    Object.entries(arrays).map(([name, array]) => {
      const copy = backend.allocate(array.constructor as NumericArrayConstructor<Float32Array>, array.length);
      copy.data.set(array);
      return [name, copy];
    }),
  );
  const out = inside.out!;
  const prepared = prepare?.(backend, inside) ?? {};
  const dispose = (): void => {
    freeAll(inside);
    freeAll(prepared);
  };
  const zeroCopy = { way: zeroCopyWay(name), time: timed(call, { f: ours(backend), ...inside, ...prepared }), result: () => out.data, dispose };
  if (copied === undefined) return [zeroCopy];
  // Engines do it by the same routine as the instruction memory.copy.
  return [zeroCopy, { way: COPY, time: timed('out.data.set(from.data)', { out, from: inside[copied] }), result: () => out.data }];
}

/** That all have computed the same: a thousandth may be missing, as approximations are among the peers and the loops. */
async function agree({ name }: Operation, contenders: readonly Contender[]): Promise<void> {
  let expected: number[] | undefined;
  for (const { way, time, result } of contenders) {
    if (way === COPY) continue;
    await time(1);
    const actual = await result();
    expected ??= Array.from(actual);
    const wrong = expected.findIndex((value, i) => !(Math.abs(actual[i]! - value) <= 1e-3 * (1 + Math.abs(value))) && !(Number.isNaN(value) && Number.isNaN(actual[i])));
    if (wrong >= 0) throw new Error(`${name}: ${way} computes ${actual[wrong]} at ${wrong}, ${contenders[0]!.way} ${expected[wrong]}`);
  }
}

/** Of contenders with the same name the fastest. */
function best(samples: readonly Samples[]): Record<string, readonly number[]> {
  const chosen: Record<string, readonly number[]> = {};
  for (const { way, nanoseconds } of samples) {
    const rival = chosen[way];
    if (!rival || median(nanoseconds) < median(rival)) chosen[way] = nanoseconds;
  }
  return chosen;
}
