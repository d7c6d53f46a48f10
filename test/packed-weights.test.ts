/** Weights packed once for many calls of the linear layer. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { type DisposableBackend, type FloatArray, type FloatTypedArray, PackedWeights, createBackend } from '../src/index.js';
import { backends } from './backends.js';
import { FLOAT_TYPES, type FloatType, HOMES, elements, errorOf, expectSame, fillMemory, inMemory, ordinary } from './support.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const KEYS = ['dx', 'dWeight', 'dBias'] as const;

describe.each(backends)('$name', ({ backend }) => {
  const started = (): Promise<DisposableBackend> => createBackend(backend.features.backend === 'wasm' ? {} : { wasm: false });

  /** Fails unless the call throws an error of the type that says all the parts, and nothing is allocated. */
  function refused(call: () => unknown, type: new (message: string) => Error, ...parts: readonly string[]): void {
    const { used, arrays } = backend.memoryUsage();
    const error = errorOf(call);
    expect(error, error.message).toBeInstanceOf(type);
    for (const part of parts) expect(error.message).toContain(part);
    expect(backend.memoryUsage()).toMatchObject({ used, arrays });
  }

  describe.each(FLOAT_TYPES.map((type) => ({ name: type.name, type })))('$name', ({ type }) => {
    const other: FloatType = type === Float32Array ? Float64Array : Float32Array;
    /** Of a layer with 3 features in and 4 out, for 5 rows. */
    const [x, weight, bias, dy] = [[15, 1], [12, 2], [4, 3], [20, 4]].map(([length, seed]) => ordinary(type, length!, seed)) as [FloatTypedArray, FloatTypedArray, FloatTypedArray, FloatTypedArray];

    it('takes the sizes from one of them, or from out', () => {
      for (const options of [{ inFeatures: 3 }, { outFeatures: 4 }, { inFeatures: 3, outFeatures: 4 }, { inFeatures: 3, outFeatures: undefined }]) {
        const packed = backend.packWeights(weight, options);
        expect(packed).toBeInstanceOf(PackedWeights);
        expect(packed).toMatchObject({ inFeatures: 3, outFeatures: 4, type, freed: false });
        for (const more of [{}, { inFeatures: 3 }, { outFeatures: 4 }]) expect(backend.packWeights(weight, { ...more, out: packed })).toBe(packed);
        packed.free();
      }
    });

    it('sizes that do not fit', () => {
      refused(() => backend.packWeights(weight), RangeError, 'packWeights: ', 'outFeatures, inFeatures', 'option');
      refused(() => backend.packWeights(weight, {}), RangeError, 'packWeights: ', 'outFeatures, inFeatures', 'option');
      refused(() => backend.packWeights(weight, { inFeatures: 5 }), RangeError, 'packWeights: ', 'weight [outFeatures 2, inFeatures 5] has 12');
      refused(() => backend.packWeights(weight, { inFeatures: 3, outFeatures: 3 }), RangeError, 'packWeights: ', 'weight [outFeatures 3, inFeatures 3] has 12');
      for (const inFeatures of [-1, 1.5, NaN]) refused(() => backend.packWeights(weight, { inFeatures }), RangeError, 'packWeights: ', 'inFeatures', `got ${inFeatures}`);
      refused(() => backend.packWeights(weight, { inFeatures: '3' as never }), TypeError, 'packWeights: ', 'inFeatures', 'got "3"');
      refused(() => backend.packWeights(weight, { rows: 3 } as never), TypeError, 'packWeights: ', 'no option rows', 'inFeatures');
      for (const [wrong, came] of [[[1, 2], 'an array of 2'], [Int32Array.of(1), 'Int32Array(1)'], [null, 'null'], [undefined, 'undefined']] as const) {
        refused(() => backend.packWeights(wrong as never, { inFeatures: 1 }), TypeError, 'packWeights: ', 'weight', came);
      }
    });

    it('nothing at all', () => {
      const none = new type(0);
      const empty = backend.packWeights(none, { inFeatures: 0, outFeatures: 4 });
      expectSame(backend.linear(none, empty, bias, { rows: 2 }), [...bias, ...bias]);
      expect(backend.linear.backward(dy, none, empty).dWeight).toHaveLength(0);
      const noRows = backend.packWeights(weight, { inFeatures: 3 });
      expect(backend.linear(none, noRows, bias)).toHaveLength(0);
      expectSame(backend.linear.backward(none, none, noRows).dWeight, new type(12));
      empty.free();
      noRows.free();
    });

    it('packs arrays of every kind, at every alignment, and leaves them as they are', () => {
      for (const [k, n] of [[3, 4], [1, 1], [7, 9], [1, 17], [33, 2], [13, 31], [40, 64], [700, 10]] as const) {
        const [input, values] = [ordinary(type, 2 * k, 5), ordinary(type, n * k, 6)];
        const expected = backend.linear(input, values, null, { rows: 2 });
        for (const build of Object.values(HOMES)) {
          for (const shift of [0, 1, 3]) {
            const home = build(backend, type, n * k + 4);
            home.whole().fill(NaN).set(values, shift);
            const packed = backend.packWeights(home.part(shift, n * k), { inFeatures: k });
            expectSame(backend.linear(input, packed), expected, `${k} x ${n}`);
            expectSame(home.whole().subarray(shift, shift + n * k), values);
            packed.free();
            home.release();
          }
        }
      }
    });

    it('stays as it was when the weight changes, and follows it with out', () => {
      const changing = weight.slice();
      const packed = backend.packWeights(changing, { inFeatures: 3 });
      const before = backend.linear(x, weight, bias);
      changing.fill(1);
      expectSame(backend.linear(x, packed, bias), before);
      const { arrays, used } = backend.memoryUsage();
      backend.packWeights(changing, { out: packed });
      expect(backend.memoryUsage()).toMatchObject({ arrays, used });
      expectSame(backend.linear(x, packed, bias), backend.linear(x, changing, bias));
      packed.free();
    });

    it('out that cannot be', async () => {
      const packed = backend.packWeights(weight, { inFeatures: 3 });
      const y = backend.linear(x, packed, bias);
      for (const [out, came] of [[weight, '12'], [null, 'null'], [{}, 'an Object'], [5, '5']] as const) {
        refused(() => backend.packWeights(weight, { inFeatures: 3, out: out as never }), TypeError, 'packWeights: ', 'out', came);
        refused(() => backend.packWeights(weight, { out: out as never }), TypeError, 'packWeights: ', 'out', came);
      }
      refused(() => backend.packWeights(weight, { inFeatures: 4, outFeatures: 3, out: packed }), RangeError, 'packWeights: ', 'out', '[outFeatures 4, inFeatures 3]', '[outFeatures 3, inFeatures 4]');
      refused(() => backend.packWeights(x, { out: packed }), RangeError, 'packWeights: ', '15');
      refused(() => backend.packWeights(new other(12), { out: packed }), TypeError, 'packWeights: out', type.name);
      const elsewhere = await started();
      const foreign = elsewhere.packWeights(weight, { inFeatures: 3 });
      refused(() => backend.packWeights(weight, { out: foreign }), TypeError, 'packWeights: out', 'another backend');
      expectSame(backend.linear(x, packed, bias), y);
      packed.free();
      refused(() => backend.packWeights(weight, { out: packed }), Error, 'packWeights: out', 'freed');
    });

    it('freed, foreign or of the other type: an error, and nothing is written', async () => {
      const elsewhere = await started();
      const freed = backend.packWeights(weight, { inFeatures: 3 });
      freed.free();
      const foreign = elsewhere.packWeights(weight, { inFeatures: 3 });
      const single = backend.packWeights(other.from(weight), { inFeatures: 3 });
      const cases = [[freed, Error, 'freed'], [foreign, TypeError, 'another backend'], [single, TypeError, other.name]] as const;
      const inside = { x: inMemory(backend, x), bias: inMemory(backend, bias), dy: inMemory(backend, dy) } as unknown as Record<'x' | 'bias' | 'dy', FloatArray>;
      for (const place of [(values: FloatTypedArray): FloatArray => values, (values: FloatTypedArray): FloatArray => inMemory(backend, values) as FloatArray]) {
        const [y, dx, dWeight, dBias] = [dy, x, weight, bias].map(place) as [FloatArray, FloatArray, FloatArray, FloatArray];
        const before = [y, dx, dWeight, dBias].map((array) => elements(array).slice());
        for (const [packed, error, part] of cases) {
          refused(() => backend.linear(x, packed, bias), error, 'linear: ', 'packed weights', part);
          refused(() => backend.linear(inside.x, packed, inside.bias, { out: y }), error, 'linear: ', 'packed weights', part);
          refused(() => backend.linear.backward(dy, x, packed), error, 'linear.backward: ', 'packed weights', part);
          for (const out of [{ dx, dWeight, dBias }, { dx: null, dWeight, dBias }]) {
            refused(() => backend.linear.backward(inside.dy, inside.x, packed, { out }), error, 'linear.backward: ', 'packed weights', part);
          }
        }
        [y, dx, dWeight, dBias].forEach((array, i) => { expectSame(elements(array), before[i]!); });
      }
      single.free();
    });

    it('sizes beside it that are others', () => {
      const packed = backend.packWeights(weight, { inFeatures: 3 });
      for (const [name, wrong] of [['inFeatures', 5], ['outFeatures', 3]] as const) {
        refused(() => backend.linear(x, packed, bias, { [name]: wrong }), RangeError, 'linear: ', name, String(wrong), 'packed');
        refused(() => backend.linear.backward(dy, x, packed, { [name]: wrong }), RangeError, 'linear.backward: ', name, String(wrong), 'packed');
        refused(() => backend.linear(x, packed, bias, { [name]: '3' as never }), TypeError, 'linear: ', name, 'got "3"');
      }
      refused(() => backend.linear(x, packed, bias, { rows: 4 }), RangeError, 'linear: ', 'x [rows 4, inFeatures 3] has 15');
      refused(() => backend.linear(x.subarray(1), packed, bias), RangeError, 'linear: ', 'x [', 'has 14');
      refused(() => backend.linear(x, packed, bias.subarray(1)), RangeError, 'linear: ', 'bias [outFeatures 4] has 3');
      refused(() => backend.linear.backward(dy.subarray(4), x, packed), RangeError, 'linear.backward: ', 'dy [rows 5, outFeatures 4] has 16');
      for (const given of [{ inFeatures: 3 }, { outFeatures: 4 }, { rows: 5 }]) expectSame(backend.linear(x, packed, bias, given), backend.linear(x, weight, bias));
      packed.free();
    });

    it('where arrays are expected it is refused', () => {
      const packed = backend.packWeights(weight, { inFeatures: 3 });
      const wrong = packed as never;
      refused(() => backend.linear(wrong, weight, bias), TypeError, 'linear: ', 'x must', 'a PackedWeights');
      refused(() => backend.linear(x, weight, wrong), TypeError, 'linear: ', 'bias must', 'a PackedWeights');
      refused(() => backend.linear(x, weight, bias, { out: wrong }), TypeError, 'linear: ', 'out must', 'a PackedWeights');
      refused(() => backend.matmul(x, wrong, { k: 3 }), TypeError, 'matmul: ', 'b must', 'a PackedWeights');
      refused(() => backend.packWeights(wrong, { inFeatures: 3 }), TypeError, 'packWeights: ', 'weight must', 'a PackedWeights');
      packed.free();
    });

    it('backward, dx too, and its gradients added up', () => {
      for (const [m, k, n] of [[1, 5, 9], [5, 9, 3], [130, 13, 17], [300, 8, 33]] as const) {
        const [input, values, gradient] = [ordinary(type, m * k, 1), ordinary(type, n * k, 2), ordinary(type, m * n, 3)];
        const packed = backend.packWeights(values, { inFeatures: k });
        const sizes = { rows: m, inFeatures: k, outFeatures: n };
        const expected = backend.linear.backward(gradient, input, values, sizes);
        const actual = backend.linear.backward(gradient, input, packed);
        for (const key of KEYS) expectSame(actual[key], expected[key], key);
        const out = { dx: null, dWeight: actual.dWeight, dBias: actual.dBias };
        const twice = { dx: null, dWeight: expected.dWeight, dBias: expected.dBias };
        backend.linear.backward(gradient, input, packed, { out, accumulate: true });
        backend.linear.backward(gradient, input, values, { ...sizes, out: twice, accumulate: true });
        for (const key of ['dWeight', 'dBias'] as const) expectSame(out[key], twice[key], key);
        packed.free();
      }
    });
  });

  it('its memory is counted, and given back once', () => {
    const before = backend.memoryUsage();
    const packed = backend.packWeights(ordinary(Float32Array, 10_000), { inFeatures: 100 });
    const during = backend.memoryUsage();
    expect(during.arrays).toBe(before.arrays + 1);
    expect(during.used - before.used).toBeGreaterThanOrEqual(40_000);
    // 100 columns are 13 panels of 8.
    expect(during.used - before.used).toBeLessThan(13 * 8 * 100 * 4 + 1024);
    packed.free();
    expect(packed.freed).toBe(true);
    expect(backend.memoryUsage()).toMatchObject({ used: before.used, arrays: before.arrays });
    const error = errorOf(() => { packed.free(); });
    expect(error.message).toContain('packed weights');
    expect(error.message).toContain('freed');
    packed[Symbol.dispose]();
    expect(packed).toMatchObject({ inFeatures: 100, outFeatures: 100, freed: true });
    const next = backend.packWeights(ordinary(Float32Array, 10_000), { inFeatures: 100 });
    next[Symbol.dispose]();
    next[Symbol.dispose]();
    expect(backend.memoryUsage()).toMatchObject({ used: before.used, arrays: before.arrays });
  });

  it('when the memory grows, it goes on; and packing may let it grow', async () => {
    const own = await started();
    const [x, weight] = [ordinary(Float32Array, 20), ordinary(Float32Array, 100_000)];
    const inside = inMemory(own, weight);
    const filling = fillMemory(own, 64);
    const { bytes } = own.memoryUsage();
    const packed = own.packWeights(inside.data, { inFeatures: 20 });
    expect(own.memoryUsage().bytes).toBeGreaterThan(bytes);
    const expected = backend.linear(x, weight, null, { inFeatures: 20 });
    expectSame(own.linear(x, packed), expected);
    own.allocate(Float32Array, own.memoryUsage().bytes / 4);
    expectSame(own.linear(x, packed), expected);
    filling.free();
    own.dispose();
    expect(() => own.linear(x, packed)).toThrow('disposed');
  });

  it('forgotten ones are reclaimed', async () => {
    const own = await started();
    const before = own.memoryUsage();
    const forget = (i: number): void => {
      const packed = own.packWeights(Float32Array.of(1, 2), { inFeatures: 1 });
      if (i % 2 === 0) packed.free();
    };
    const kept = own.packWeights(Float32Array.of(1, 2), { inFeatures: 1 });
    for (let i = 0; i < 100; i++) forget(i);
    const isCollected = (): boolean => own.memoryUsage().arrays === 1;
    for (let round = 0; round < 100 && !isCollected(); round++) {
      collectGarbage();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(isCollected()).toBe(true);
    expectSame(own.linear(Float32Array.of(3), kept), [3, 6]);
    kept.free();
    expect(own.memoryUsage()).toEqual(before);
  });
});
