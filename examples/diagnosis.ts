/** What a trained network does: the mistakes it makes, and the units that do nothing. */
import { Activation } from '../src/nn/index.js';
import type { Dataset } from './data.js';
import type { Network } from './network.js';

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
  let z = features;
  return network.model.layers.flatMap((layer) => {
    const before = z;
    z = layer.forward(z).data.slice() as Float32Array<ArrayBuffer>;
    return layer instanceof Activation ? [layerHealth(network, before, z, labels.length)] : [];
  });
}

function layerHealth({ activation }: Network, z: Float32Array, outputs: Float32Array, rows: number): LayerHealth {
  const units = z.length / rows;
  const slopes = activation.derivative(z);
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
