import type { Diagnosis } from '../index.js';
import type { Floats } from './context.js';
import type { Layer } from './layer.js';

/** How a layer fares in training. */
export interface LayerFigures {
  /** Its position and what it is: `2 Linear(64, 10)`, in a network within the network `2.0 Linear(64, 10)`. */
  readonly layer: string;
  /** Of an elementwise activation: which part of its outputs is dead or saturated, their mean and variance. */
  readonly output?: Diagnosis;
  /** Of an elementwise activation: the mean of its outputs in units of their standard deviation; 0 where they are centred. */
  readonly meanShift?: number;
  /** Of a layer with parameters: the Euclidean norms of all of them, and of their gradient. */
  readonly norm?: number;
  readonly gradientNorm?: number;
}

/** Those of the layers, and in place of a network those of its layers. */
export const figures = (layers: readonly Layer[], prefix = ''): LayerFigures[] =>
  layers.flatMap((layer, i) => (layer.layers ? figures(layer.layers, `${prefix}${i}.`) : [figuresOf(layer, `${prefix}${i} ${layer.title}`)]));

function figuresOf(layer: Layer, title: string): LayerFigures {
  const output = layer.diagnoseOutput?.();
  const { parameters } = layer;
  return {
    layer: title,
    ...(output && { output, meanShift: output.mean === 0 ? 0 : output.mean / Math.sqrt(output.variance) }),
    ...(parameters.length > 0 && { norm: normOf(parameters.map(({ value }) => value)), gradientNorm: normOf(parameters.map(({ gradient }) => gradient)) }),
  };
}

function normOf(arrays: readonly Floats[]): number {
  let squares = 0;
  for (const { data } of arrays) for (const value of data) squares += value * value;
  return Math.sqrt(squares);
}
