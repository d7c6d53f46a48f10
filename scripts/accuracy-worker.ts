// One of the threads of accuracy.ts: measures what it is sent.
import { parentPort } from 'node:worker_threads';
import '../test/relaxed-simd.js';
import { type Backend, createBackend } from '../src/index.js';
import type { FamilyName } from '../src/catalogue/index.js';
import { type Name, activationOf, cases } from '../test/operations.js';
import { type Errors, Scans, type Type, specialsOf } from '../test/reference/measure.js';
import { isFamily, measureFamily } from '../test/reference/measure-families.js';
import { float32Patterns, float64Samples } from '../test/reference/samples.js';

/** The two of the kernels, and the fallback. */
export type Build = 'deterministic' | 'relaxed' | 'javascript';

/** A part of the inputs of one function. */
export interface Task {
  readonly name: Name | FamilyName;
  readonly type: Type;
  /** What is measured, against the same truth. */
  readonly builds: readonly Build[];
  /** For f32 every stride-th pattern from `from` to `to`; for f64 so many samples with a seed; for a family so many rows of each kind. */
  readonly part: { readonly stride: number; readonly from: number; readonly to: number } | { readonly count: number; readonly seed: number };
  /** Whether the neighbours of kinks and zeros are to be measured with it. */
  readonly first: boolean;
}

export interface Answer {
  readonly task: Task;
  /** In the order of the builds. */
  readonly errors: readonly Errors[];
}

const OPTIONS = { deterministic: { relaxedSimd: false }, relaxed: { relaxedSimd: true }, javascript: { wasm: false } } as const;
const backends: Partial<Record<Build, Promise<Backend>>> = {};

async function measure({ name, type, builds, part, first }: Task): Promise<readonly Errors[]> {
  const measured = await Promise.all(builds.map((build) => (backends[build] ??= createBackend(OPTIONS[build]))));
  if (isFamily(name)) return measured.map((backend) => measureFamily(type, backend, name, 'count' in part ? part.count : 1));
  const { operation, parameters } = cases.find((row) => row.name === name)!;
  const values = parameters[0]!;
  const scan = new Scans(type, measured.map((backend) => activationOf(backend, name)), operation, values);
  for (const x of 'stride' in part ? float32Patterns(part.stride, part.from, part.to) : float64Samples(part.count, part.seed)) scan.take(x);
  if (first) scan.take(specialsOf(type, operation, values));
  return scan.errors;
}

parentPort!.on('message', (task: Task) => void measure(task).then((errors) => parentPort!.postMessage({ task, errors } satisfies Answer)));
