import { describe } from '../describe.js';
import type { Diagnosis, FloatArray } from '../index.js';
import type { Context, Floats } from './context.js';

/** Numbers that are learned, and the gradient of the loss with respect to them. */
export interface Parameter {
  /** `weight` or `bias`; in a network with the position before it, as in PyTorch: `0.weight`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly value: Floats;
  /** Written by `backward`. */
  readonly gradient: Floats;
  readonly context: Context;
}

export interface BackwardOptions {
  /** Whether the gradients of the parameters are added to those that are there; default false. */
  readonly accumulate?: boolean | undefined;
  /** Whether the gradient of the input is wanted; default true. */
  readonly dx?: boolean | undefined;
}

/** Where a layer stands in a network. */
export interface Place {
  /** What comes in, if it is known. */
  readonly features: number | undefined;
  readonly previous: Layer | undefined;
}

/**
 * A part of a network. It keeps what `backward` needs of the last `forward` in wasm memory, which it takes at the first call
 * and when more rows come than before; the arrays it returns are its own, and the next call overwrites them.
 */
export interface Layer {
  /** As in `Linear(64, 10)`. */
  readonly title: string;
  /** Takes its place and makes its parameters; returns the features that go out, if they are known. Called once, by `Sequential` or by the first `forward`. */
  build(context: Context, place: Place): number | undefined;
  /** Of rows, one after the other. */
  forward(x: FloatArray): Floats;
  /** dL/dx from dL/dy; null where it is not wanted. */
  backward(dy: FloatArray, options?: BackwardOptions): Floats | null;
  readonly parameters: readonly Parameter[];
  /** The features that go out, where they are known. */
  readonly features?: number | undefined;
  /** Of an elementwise activation: the mean square of its outputs for standard normal inputs, by which the next layer chooses its initial weights. */
  readonly meanSquare?: number | undefined;
  /** Of a network: what it consists of. */
  readonly layers?: readonly Layer[];
  /** Of an elementwise activation: how the outputs of the last forward are spread. */
  diagnoseOutput?(): Diagnosis | undefined;
  /** Takes the weights as they are now for good, so that forward need not look at them again; or no longer. */
  freeze?(frozen?: boolean): void;
  /** Gives its memory back. */
  free(): void;
}

/** What is thrown where a layer that is placed is placed again. */
export const placedAlready = (title: string): Error => new Error(`${title}: it has a place already, in a network or by itself, since it was used before`);

/** What is thrown where one that was freed is used again: it would begin with other weights. */
export const wasFreed = (title: string): Error => new Error(`${title}: it was freed`);

/** The number of rows that an array is. */
export function rowsOf(title: string, array: FloatArray, name: string, columns: number): number {
  const rows = array?.length / columns;
  if (!Number.isInteger(rows)) throw new RangeError(`${title}: ${name} must consist of rows of ${columns} elements, got ${array?.length ?? describe(array)}`);
  return rows;
}
