import { describe, expect, it } from 'vitest';
import type { Diagnosis, FloatTypedArray, WasmArray } from '../src/index.js';
import { backends, floatTypes } from './backends.js';
import { double, multiply, twoSum } from './reference/double-double.js';
import { sumOf } from './reference/rows.js';
import { failure, inMemory, mixed, ordinary } from './support.js';

interface Expected {
  readonly left?: number;
  readonly right?: number;
  readonly width?: number;
  readonly columns?: number;
  readonly tolerance?: number;
}

/** The same by the definitions, the moments in double-double arithmetic. */
function naive(y: FloatTypedArray, { left = NaN, right = NaN, width = 1, columns, tolerance = 0.01 }: Expected): Diagnosis {
  const all = [...y];
  const part = (holds: (value: number) => boolean): number => all.filter(holds).length / all.length;
  const finite = all.filter(Number.isFinite);
  const dead = (value: number): boolean => value === left || value === right;
  const n = double(finite.length);
  const mean = sumOf(finite.map(double)).hi / n.hi;
  const variance = sumOf(finite.map((value) => { const d = twoSum(value, -mean); return multiply(d, d); })).hi / n.hi - (sumOf(finite.map((value) => twoSum(value, -mean))).hi / n.hi) ** 2;
  const unitCount = columns ?? 0;
  const units = Array.from({ length: unitCount }, (_, j) => Array.from({ length: all.length / unitCount }, (__, row) => all[row * unitCount + j]!).every(dead));
  return {
    count: all.length, dead: part(dead), saturatedLeft: part((value) => Math.abs(value - left) <= tolerance * width), saturatedRight: part((value) => Math.abs(value - right) <= tolerance * width),
    nan: part(Number.isNaN), infinite: part((value) => Math.abs(value) === Infinity),
    mean, variance, min: finite.length > 0 ? finite.reduce((a, b) => Math.min(a, b)) : NaN, max: finite.length > 0 ? finite.reduce((a, b) => Math.max(a, b)) : NaN,
    ...(columns !== undefined && { deadUnits: units.filter(Boolean).length / columns }),
  };
}

function expectDiagnosis(actual: Diagnosis, expected: Diagnosis): void {
  const { mean, variance, ...rest } = actual;
  const { mean: trueMean, variance: trueVariance, ...others } = expected;
  expect(rest).toEqual(others);
  if (Number.isNaN(trueMean)) expect([mean, variance]).toEqual([NaN, NaN]);
  else {
    // The mean may be off by a few units of what is summed up.
    expect(Math.abs(mean - trueMean)).toBeLessThanOrEqual(2 ** -48 * Math.max(Math.abs(expected.min), Math.abs(expected.max)));
    expect(Math.abs(variance - trueVariance)).toBeLessThanOrEqual(2 ** -42 * trueVariance + 2 ** -52 * Math.abs(trueMean) * Math.sqrt(trueVariance));
  }
}

describe.each(backends)('$name', ({ backend }) => {
  const { diagnose } = backend;
  const sizes = [1, 2, 3, 4, 5, 511, 512, 513, 1025, 30_001];

  describe.each(floatTypes)('$type', ({ FloatArray }) => {
    it('is what the definitions say, of every function', () => {
      for (const length of sizes) {
        const x = ordinary(FloatArray, length, length).map((value, i) => (i % 17 === 0 ? value * 200 : value));
        const cases: readonly (readonly [name: keyof typeof backend.activations, limits: Expected])[] = [
          ['sigmoid', { left: 0, right: 1 }], ['tanh', { left: -1, right: 1, width: 2 }], ['relu', { left: 0 }], ['leakyRelu', {}],
          ['hardSigmoid', { left: 0, right: 1 }], ['hardTanh', { left: -1, right: 1, width: 2 }], ['heaviside', { left: 0, right: 1 }],
        ];
        for (const [name, limits] of cases) {
          const f = backend.activations[name];
          const y = f(x);
          const expected = naive(y, limits);
          expectDiagnosis(diagnose(y, name), expected);
          expectDiagnosis(diagnose(y, f), expected);
          expectDiagnosis(diagnose(y, { op: f }), expected);
          expectDiagnosis(diagnose(y, { op: name }), expected);
        }
      }
    });

    it('takes every function of the catalogue, by its limits', () => {
      const x = ordinary(FloatArray, 700, 9).map((value, i) => (i % 3 === 0 ? value * 20 : value));
      for (const [name, f] of Object.entries(backend.activations)) {
        const y = f(x);
        const [left, right] = [...f(FloatArray.of(-Infinity, Infinity))] as [number, number];
        const width = Math.abs(right - left);
        expectDiagnosis(diagnose(y, name), naive(y, { left: Number.isFinite(left) ? left : NaN, right: Number.isFinite(right) ? right : NaN, width: Number.isFinite(width) ? width : 1 }));
      }
    });

    it('takes prelu for leakyRelu, and no function that is not elementwise', () => {
      const y = ordinary(FloatArray, 50, 2);
      for (const activation of ['prelu', backend.prelu as never]) expect(diagnose(y, activation)).toEqual(diagnose(y, 'leakyRelu'));
      expect(() => diagnose(y, backend.softmax as never)).toThrow('activation must be an elementwise function');
    });

    it('NaN, infinities and extremes; what is not finite has no part in the moments', () => {
      for (const length of sizes) {
        const y = mixed(FloatArray, length, length).map((value) => (Math.abs(value) > 1e15 && Math.abs(value) < Infinity ? 3 : value));
        expectDiagnosis(diagnose(y, 'relu'), naive(y, { left: 0 }));
        expectDiagnosis(diagnose(y, 'tanh', { tolerance: 0.3 }), naive(y, { left: -1, right: 1, width: 2, tolerance: 0.3 }));
      }
      for (const y of [FloatArray.of(NaN, NaN, NaN), FloatArray.of(Infinity, -Infinity), FloatArray.of(NaN)]) {
        const found = diagnose(y, 'relu');
        expect([found.mean, found.variance, found.min, found.max]).toEqual([NaN, NaN, NaN, NaN]);
        expect(found.nan + found.infinite).toBe(1);
      }
      expect(diagnose(FloatArray.of(7), 'relu')).toMatchObject({ mean: 7, variance: 0, min: 7, max: 7 });
    });

    it('the variance is right where the mean is far from 0, and where it drifts', () => {
      for (const offset of [1e4, -1e6, 1e7]) {
        const y = ordinary(FloatArray, 20_000, 3).map((value) => value / 6 + offset);
        expectDiagnosis(diagnose(y, 'leakyRelu'), naive(y, {}));
        const drifting = y.map((value, i) => value + i);
        expectDiagnosis(diagnose(drifting, 'leakyRelu'), naive(drifting, {}));
        // An element far away at the start.
        drifting[0] = -offset;
        expectDiagnosis(diagnose(drifting, 'leakyRelu'), naive(drifting, {}));
      }
      expect(diagnose(new FloatArray(10_000).fill(0.1), 'relu').variance).toBeLessThan(2 ** -100);
    });

    it('limits are those of the parameters, in the type of y', () => {
      const x = ordinary(FloatArray, 2000, 1).map((value) => value * 5);
      const { hardTanh, hardSigmoid, heaviside } = backend;
      const y = hardTanh(x, { min: -0.1, max: 20 });
      const [low] = FloatArray.of(-0.1) as unknown as [number];
      const expected = naive(y, { left: low, right: 20, width: 20 - low });
      expect(expected.dead).toBeGreaterThan(0.3);
      expectDiagnosis(diagnose(y, 'hardTanh', { min: -0.1, max: 20 }), expected);
      expectDiagnosis(diagnose(y, hardTanh, { min: -0.1, max: 20 }), expected);
      expectDiagnosis(diagnose(y, { op: hardTanh, min: -0.1, max: 20 }), expected);
      expectDiagnosis(diagnose(y, { op: 'hardTanh', min: -0.1, max: 20 }), expected);
      expectDiagnosis(diagnose(y, 'hardTanh', { min: -0.1, max: Infinity }), naive(y, { left: low }));
      const falling = hardSigmoid(x, { alpha: -0.3 });
      expectDiagnosis(diagnose(falling, 'hardSigmoid', { alpha: -0.3 }), naive(falling, { left: 1, right: 0 }));
      const sixth = hardSigmoid.torch(x);
      expectDiagnosis(diagnose(sixth, 'hardSigmoid.torch'), naive(sixth, { left: 0, right: 1 }));
      expect(diagnose(heaviside(x), heaviside).dead).toBe(1);
      // Limits that are the same: all is dead, and at both.
      expect(diagnose(hardSigmoid(x, { alpha: 0 }), { op: hardSigmoid, alpha: 0 })).toMatchObject({ dead: 1, saturatedLeft: 1, saturatedRight: 1 });
      expect(diagnose(x, 'relu', { tolerance: 0 }).saturatedLeft).toBe(diagnose(x, 'relu').dead);
    });

    it('columns: the units that are dead in every row', () => {
      for (const columns of [1, 2, 3, 4, 5, 7, 33, 1000]) {
        for (const rows of [1, 3, 300]) {
          const y = ordinary(FloatArray, rows * columns, columns).map((value, i) => (i % columns % 3 === 0 ? 0 : Math.max(value, 0)));
          if (columns > 4 && rows > 1) y[columns + 3] = NaN;
          expectDiagnosis(diagnose(y, 'relu', { columns }), naive(y, { left: 0, columns }));
        }
      }
      const wide = new FloatArray(3 * 40_000);
      wide[50_000] = 1;
      expect(diagnose(wide, 'relu', { columns: 40_000 }).deadUnits).toBe(1 - 1 / 40_000);
      expect(diagnose(wide, 'relu')).not.toHaveProperty('deadUnits');
    });

    it('arrays in memory give the same to the last bit; nothing is written or kept', () => {
      const y = ordinary(FloatArray, 30_007, 1);
      const stored = inMemory(backend, y) as WasmArray;
      const before = backend.memoryUsage();
      expect(diagnose(stored, 'tanh')).toEqual(diagnose(y, 'tanh'));
      expect(diagnose(stored, 'tanh', { columns: 37 })).toEqual(diagnose(y, 'tanh', { columns: 37 }));
      expect(backend.memoryUsage()).toEqual(before);
      expect(stored.data).toEqual(y);
      stored.free();
    });

    it('of none', () => {
      const none = new FloatArray(0);
      const nothing = { count: 0, dead: NaN, saturatedLeft: NaN, saturatedRight: NaN, nan: NaN, infinite: NaN, mean: NaN, variance: NaN, min: NaN, max: NaN };
      expect(diagnose(none, 'relu')).toEqual(nothing);
      expect(diagnose(none, 'relu', { columns: 3 })).toEqual({ ...nothing, deadUnits: NaN });
    });
  });

  it('what is wrong is said', () => {
    const y = Float32Array.of(1, 2, 3, 4);
    const refused = (activation: unknown, options: object | undefined, type: ErrorConstructor, ...parts: string[]): void => {
      failure(() => diagnose(y, activation as string, options as Record<string, number>), type, 'diagnose: ', ...parts);
    };
    for (const name of ['rulu', 'constructor', 'relu.backward', 'softmax']) refused(name, {}, RangeError, `no activation "${name}"`, 'sigmoid', 'gelu.tanh', 'prelu');
    for (const [came, wrong] of [['undefined', undefined], ['null', null], ['a function', () => 0], ['an Object', {}], ['1', 1]] as const) {
      refused(wrong, {}, TypeError, 'activation must be', `got ${came}`);
    }
    refused({ op: 3 }, {}, TypeError, 'activation');
    refused({ op: 'leakyRelu', alpha: '1' }, {}, TypeError, 'alpha', 'got "1"');
    refused({ op: 'leakyRelu', beta: 1 }, {}, TypeError, 'no option beta');
    refused('leakyRelu', { alpha: NaN }, RangeError, 'alpha', 'got NaN');
    refused('relu', { alpha: 1 }, TypeError, 'no option alpha');
    refused('relu', { columns: 3 }, RangeError, 'y has 4 elements', '3 columns');
    for (const tolerance of [-1, NaN, Infinity]) refused('relu', { tolerance }, RangeError, 'tolerance', `got ${tolerance}`);
    refused('relu', { tolerance: '1' }, TypeError, 'tolerance', 'got "1"');
    failure(() => diagnose([1] as never, 'relu'), TypeError, 'diagnose: ', 'y', 'got an array of 1');
    failure(() => diagnose(new Int32Array(1) as never, 'relu'), TypeError, 'diagnose: ', 'y', 'got Int32Array(1)');
  });
});
