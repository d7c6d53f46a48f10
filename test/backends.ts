import * as defaults from '../src/index.js';
import { type Backend, createBackend } from '../src/index.js';
import type { FloatType } from './support.js';

/** What most tests run over, with `describe.each`. When it is the turn of the relaxed kernels, JavaScript has had its own. */
export const backends: readonly { readonly name: 'wasm' | 'javascript'; readonly backend: Backend }[] = [
  { name: 'wasm', backend: defaults },
  ...(defaults.features.relaxedSimd ? [] : [{ name: 'javascript', backend: await createBackend({ wasm: false }) } as const]),
];

/** The element types, for `describe.each` too. */
export const types = [
  { type: 'f32', FloatArray: Float32Array, epsilon: 2 ** -23, smallest: 2 ** -149 },
  { type: 'f64', FloatArray: Float64Array, epsilon: 2 ** -52, smallest: 2 ** -1074 },
] as const;

/** As types, with what the constructors have in common. */
export const floatTypes = types.map((each) => ({ ...each, FloatArray: each.FloatArray as FloatType }));
