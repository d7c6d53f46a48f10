import type { Diagnosis } from '../index.js';
import type { Floats } from './context.js';
import type { Layer } from './layer.js';

/** How a layer fares in training. */
export interface LayerFigures {
  /** Its position and what it is: `2 Linear(64, 10)`. */
  readonly layer: string;
  /** Of an elementwise activation: which part of its outputs is dead or saturated, their mean and variance. */
  readonly output?: Diagnosis;
  /** Of an elementwise activation: the mean of its outputs in units of their standard deviation; 0 where they are centred. */
  readonly meanShift?: number;
  /** Of a layer with parameters: the Euclidean norms of all of them, and of their gradient. */
  readonly norm?: number;
  readonly gradientNorm?: number;
}

export function figuresOf(layer: Layer, position: number): LayerFigures {
  const title = `${position} ${layer.title}`;
  const output = layer.diagnoseOutput?.();
  const { parameters } = layer;
  return {
    layer: title,
    ...(output && { output, meanShift: output.mean / Math.sqrt(output.variance) }),
    ...(parameters.length > 0 && { norm: normOf(parameters.map(({ value }) => value)), gradientNorm: normOf(parameters.map(({ gradient }) => gradient)) }),
  };
}

function normOf(arrays: readonly Floats[]): number {
  let squares = 0;
  for (const { data } of arrays) for (const value of data) squares += value * value;
  return Math.sqrt(squares);
}
