import type { FloatTypedArray } from '../../src/index.js';

/**
 * The gradient of a loss by central differences. For functions of the size of 1 to 100 and this step, what the formula
 * leaves out and what rounding adds are both some 1e-9; a linear function leaves nothing out at any step.
 */
export const STEP = 2 ** -16;

export function differences(loss: (x: Float64Array) => number, x: Float64Array, step = STEP): Float64Array {
  return x.map((value, i) => {
    const above = x.slice();
    const below = x.slice();
    above[i] = value + step;
    below[i] = value - step;
    // What is added may have been rounded.
    return (loss(above) - loss(below)) / (above[i] - below[i]);
  });
}

export const sum = (x: FloatTypedArray): number => {
  let total = 0;
  for (const value of x) total += value;
  return total;
};

export const dot = (x: Float64Array, y: Float64Array): number => sum(x.map((value, i) => value * y[i]!));
