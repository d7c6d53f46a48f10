/** What a trained network does: the mistakes it makes, and the units that do nothing. */
import { type WasmArray, allocate } from '../src/index.js';
import type { Dataset } from './data.js';
import { type Network, Pass } from './network.js';

/** How often a class (row) was taken for which class (column), row by row. */
export function confusion(labels: Int32Array, predicted: Int32Array, classes: number): Int32Array[] {
  const counts = Array.from({ length: classes }, () => new Int32Array(classes));
  labels.forEach((label, i) => counts[label]![predicted[i]!]!++);
  return counts;
}

export interface LayerHealth {
  readonly units: number;
  /** Units whose output or whose gradient is 0 for all examples. */
  readonly dead: number;
  /** Living units whose |f'| is below 1 % of its maximum for 95 % of the examples; undefined where f does not saturate. */
  readonly saturated: number | undefined;
}

/** The health of the hidden layers over all examples. */
export function health(network: Network, { features, labels }: Dataset): LayerHealth[] {
  const x = allocate(Float32Array, features.length);
  const pass = new Pass(network, labels.length);
  x.data.set(features);
  pass.forward(x);
  const result = pass.stages.flatMap(({ z, a }) => (a ? [layerHealth(network, z, a, labels.length)] : []));
  pass.free();
  x.free();
  return result;
}

function layerHealth({ activation }: Network, z: WasmArray, a: WasmArray, rows: number): LayerHealth {
  const units = z.length / rows;
  const outputs = a.data;
  const slopes = activation.derivative(z.data);
  const { saturates, derivativeRange } = activation.info;
  const steepest = Math.max(...derivativeRange.map(Math.abs));
  const tiny = 0.01 * (Number.isFinite(steepest) ? steepest : 1);
  let dead = 0;
  let saturated = 0;
  for (let unit = 0; unit < units; unit++) {
    const share = (values: Float32Array, condition: (value: number) => boolean): number => {
      let count = 0;
      for (let i = unit; i < values.length; i += units) if (condition(values[i]!)) count++;
      return count / rows;
    };
    if (share(outputs, (y) => y === 0) === 1 || share(slopes, (slope) => slope === 0) === 1) dead++;
    else if (share(slopes, (slope) => Math.abs(slope) < tiny) >= 0.95) saturated++;
  }
  return { units, dead, saturated: saturates === 'none' ? undefined : saturated };
}
