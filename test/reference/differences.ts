import fc from 'fast-check';
import { expect } from 'vitest';
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

export const numbers = (n: number, magnitude = 4): fc.Arbitrary<Float64Array> =>
  fc.array(fc.double({ min: -magnitude, max: magnitude, noNaN: true }), { minLength: n, maxLength: n }).map((values) => Float64Array.from(values));

/** Differences leave an error of some 1e-9, a wrong gradient a much larger one. */
export function expectClose(actual: Float64Array, expected: Float64Array, tolerance = 1e-7): void {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((value, i) => {
    expect(Math.abs(value - expected[i]!), `[${i}]: ${value}, expected ${expected[i]}`).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(expected[i]!)));
  });
}
