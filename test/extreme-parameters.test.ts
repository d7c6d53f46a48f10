/** Factors far from 1: the bars of accuracy hold where an exponential alone would vanish, and beyond the legal ones there is an error. */
import { describe, expect, it } from 'vitest';
import { backends } from './backends.js';
import { type Name, activationOf, bars, cases } from './operations.js';
import { Scans, directions } from './reference/measure.js';
import { generator } from './reference/samples.js';
import { failure } from './support.js';

/** The parameter, and the x that is as large as 1 is for a factor of 1. */
const factors: readonly (readonly [name: Name, key: string, unit: (factor: number) => number])[] = [
  ['leakyRelu', 'alpha', () => 1],
  ['hardSigmoid', 'alpha', (alpha) => 1 / alpha],
  ['affine', 'alpha', (alpha) => 1 / alpha],
  ['elu', 'alpha', () => 1],
  ['celu', 'alpha', (alpha) => alpha],
  ['softplus', 'beta', (beta) => 1 / beta],
  ['squareplus', 'b', Math.sqrt],
  ['silu', 'beta', (beta) => 1 / beta],
  ['softcap', 'cap', (cap) => cap],
  ['snake', 'alpha', (alpha) => 1 / alpha],
];

const types = [
  { type: 'f32', FloatArray: Float32Array, least: 2 ** -126, most: (2 - 2 ** -23) * 2 ** 127, beyond: [1e-40, 1e39] },
  { type: 'f64', FloatArray: Float64Array, least: 1e-100, most: 1e100, beyond: [1e-101, 1e101] },
] as const;

describe.each(types)('$type', ({ type, FloatArray, least, most, beyond }) => {
  describe.each(backends)('$name', ({ backend }) => {
    it.each(factors)('%s: %s', (name, key, unit) => {
      const { operation, parameters: [defaults] } = cases.find((row) => row.name === name)!;
      const activation = activationOf(backend, name);
      for (const factor of [1e-30, 1e-5, 1e-3, 1e3, 1e5, 1e30]) {
        const random = generator(7);
        const fraction = (): number => random() / 2 ** 31 - 1;
        const scan = new Scans(type, [activation], operation, { ...defaults, [key]: factor });
        scan.take(new FloatArray(3000).map((_, i) => fraction() * (i % 2 === 0 ? 1100 : 30) * (i % 3 === 0 ? 1 : unit(factor))));
        for (const direction of directions) {
          expect(scan.errors[0]![direction].ulps, `${factor}, ${direction}`).toBeLessThanOrEqual(bars[type][direction === 'forward' ? 'forward' : 'derivative']);
        }
      }
      const x = FloatArray.of(1, 2, 3, 4);
      for (const factor of [least, most]) expect(activation(x, { [key]: factor })).toHaveLength(4);
      const range = type === 'f32' ? `from ${least} to ${most} with float32 arrays` : 'from 1e-100 to 1e100';
      for (const factor of beyond) {
        failure((out) => activation.backward(FloatArray.of(...out), x, { [key]: factor }), RangeError, `${name}.backward: ${key} must have a magnitude ${range}, got ${factor}`);
      }
    });
  });
});

describe.each(backends)('$name: snake', ({ backend }) => {
  // Computed with mpmath.
  it.each([[1e250, 1e60, 1.970411790283435], [1e300, 1e30, 1.0278610633099987], [1.7e308, 1, 0.04338054641336617]])(
    'the derivative at %d with alpha %d, whose product may be beyond the range', (x, alpha, truth) => {
      expect(Math.abs(backend.snake.derivative(x, { alpha }) - truth)).toBeLessThan(6 * 2 ** -53 * truth);
    },
  );
});

describe.each(backends)('$name: float32 arrays', ({ backend }) => {
  it('take no parameter that would be infinite there, whatever it is for', () => {
    const parts = 'must have a magnitude to 3.4028234663852886e+38 with float32 arrays, got 3.5e+38';
    failure((out) => backend.softShrink(out, { lambda: 3.5e38, out }), RangeError, `softShrink: lambda ${parts}`);
    failure((out) => backend.affine(out, { beta: 3.5e38, out }), RangeError, `affine: beta ${parts}`);
    expect(backend.softShrink(Float64Array.of(4e38), { lambda: 3.5e38 })[0]).toBe(4e38 - 3.5e38);
    expect(backend.softShrink(4e38, { lambda: 3.5e38 })).toBe(4e38 - 3.5e38);
    failure((out) => backend.rrelu(out, { lower: 1e-40, upper: 1e-40, out }), RangeError, 'rrelu: lower must have a magnitude from');
    for (const slope of [1e-40, 1e39]) failure((out) => backend.prelu(out, slope, { out }), RangeError, 'prelu: slope must be a normal number of float32', `got ${slope}`);
    // Bounds may be infinite: there are none then.
    expect(backend.clamp(Float32Array.of(1), { max: 1e300 })[0]).toBe(1);
  });
});
