// One of the threads of accuracy.ts: measures what it is sent.
import { parentPort } from 'node:worker_threads';
import * as defaults from '../src/index.js';
import { createBackend } from '../src/index.js';
import type { FamilyName } from '../src/catalogue/index.js';
import { type Name, activationOf, cases } from '../test/operations.js';
import { type Errors, Scans, type Type, specialsOf } from '../test/reference/measure.js';
import { isFamily, measureFamily } from '../test/reference/measure-families.js';
import { float32Patterns, float64Samples } from '../test/reference/samples.js';

/** A part of the inputs of one function. */
export interface Task {
  readonly name: Name | FamilyName;
  readonly type: Type;
  readonly backend: 'wasm' | 'javascript';
  /** For f32 every stride-th pattern from `from` to `to`; for f64 so many samples with a seed; for a family so many rows of each kind. */
  readonly part: { readonly stride: number; readonly from: number; readonly to: number } | { readonly count: number; readonly seed: number };
  /** Whether the neighbours of kinks and zeros are to be measured with it. */
  readonly first: boolean;
}

export interface Answer {
  readonly task: Task;
  readonly errors: Errors;
}

const backends = { wasm: defaults, javascript: await createBackend({ wasm: false }) };

function measure({ name, type, backend, part, first }: Task): Errors {
  if (isFamily(name)) return measureFamily(type, backends[backend], name, 'count' in part ? part.count : 1);
  const { operation, parameters } = cases.find((row) => row.name === name)!;
  const values = parameters[0]!;
  const scan = new Scans(type, [activationOf(backends[backend], name)], operation, values);
  for (const x of 'stride' in part ? float32Patterns(part.stride, part.from, part.to) : float64Samples(part.count, part.seed)) scan.take(x);
  if (first) scan.take(specialsOf(type, operation, values));
  return scan.errors[0]!;
}

parentPort!.on('message', (task: Task) => parentPort!.postMessage({ task, errors: measure(task) } satisfies Answer));
