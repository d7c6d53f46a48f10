/** What stands before a network and after it: batches, and losses. */
import { describe, expect, it } from 'vitest';
import type { FloatTypedArray } from '../src/index.js';
import { Batches, type BatchesOptions, BinaryCrossEntropyWithLogits, Linear, MeanSquaredError, SoftmaxCrossEntropy } from '../src/nn/index.js';
import { backends, floatTypes } from './backends.js';
import { type FloatType, errorOf, expectSame, inMemory, ordinary } from './support.js';

describe.each(backends)('batches, in $name', ({ backend }) => {
  /** Rows of [i, -i], with the label i. */
  const features = (rows: number, type: FloatType = Float32Array): FloatTypedArray => type.from({ length: 2 * rows }, (_, i) => (i % 2 === 0 ? i / 2 : 0 - (i - 1) / 2));
  const indices = (rows: number): Int32Array => Int32Array.from({ length: rows }, (_, i) => i);
  /** The labels of an epoch, batch by batch, whose features must be those of the labels. */
  const epoch = (batches: Batches): number[][] => Array.from(batches, ({ x, targets }) => {
    const rows = [...targets.data];
    expect([...x.data]).toEqual(rows.flatMap((row) => [row, 0 - row]));
    return rows;
  });
  const made = (rows: number, options: BatchesOptions = {}): Batches => new Batches(features(rows), indices(rows), { backend, seed: 1, ...options });

  it.each([1, 31, 32, 33, 100])('have rows of %i numbers', (columns) => {
    const [x, y] = [ordinary(Float32Array, 7 * columns), ordinary(Float32Array, 7 * 3, 2)];
    const batches = new Batches(x, y, { rows: 7, size: 3, backend, shuffle: false });
    const seen = Array.from(batches, (batch) => [batch.x.data.slice(), batch.targets.data.slice()] as const);
    expect(seen.flatMap(([rows]) => [...rows])).toEqual([...x]);
    expect(seen.flatMap(([, rows]) => [...rows])).toEqual([...y]);
    batches.free();
  });

  it.each([[10, 4, [4, 4, 2]], [10, 5, [5, 5]], [10, 1, Array(10).fill(1)], [10, 32, [10]], [33, undefined, [32, 1]], [1, 1, [1]]])('have %i rows by %s, every one once an epoch', (rows, size, sizes) => {
    const batches = made(rows, { size });
    expect(batches.rows).toBe(rows);
    for (let i = 0; i < 3; i++) {
      const labels = epoch(batches);
      expect(labels.map(({ length }) => length)).toEqual(sizes);
      expect(labels.flat().sort((a, b) => a - b)).toEqual([...indices(rows)]);
    }
  });

  it('come in another order every time, which the seed decides, or in that of the rows', () => {
    const orders = (options: BatchesOptions): number[][] => {
      const batches = made(40, { size: 7, ...options });
      return [0, 1, 2].map(() => epoch(batches).flat());
    };
    const first = orders({});
    expect(orders({})).toEqual(first);
    expect(new Set([...first, ...orders({ seed: 2 }), ...orders({ seed: undefined }), [...indices(40)]].map(String)).size).toBe(10);
    expect(orders({ shuffle: false })).toEqual(Array(3).fill([...indices(40)]));
  });

  it('bring every row to every place as often, in the first epochs of many seeds', () => {
    const rounds = 2000;
    const counts = new Float64Array(25);
    for (let seed = 0; seed < rounds; seed++) {
      const batches = made(5, { seed });
      for (const { targets } of batches) targets.data.forEach((label, place) => { counts[5 * place + label]!++; });
      batches.free();
    }
    // Five standard deviations.
    for (const count of counts) expect(Math.abs(count - rounds / 5)).toBeLessThan(5 * Math.sqrt(rounds * 0.2 * 0.8));
  });

  it('begin anew after an epoch that was left', () => {
    const batches = made(10, { size: 4 });
    for (const { targets } of batches) {
      expect(targets.length).toBe(4);
      break;
    }
    expect(epoch(batches).flat().sort((a, b) => a - b)).toEqual([...indices(10)]);
  });

  it.each(floatTypes)('have targets of several columns, and features, in $type', ({ FloatArray: type }) => {
    const targets = type.from({ length: 30 }, (_, i) => i);
    const batches = new Batches(features(10, type), targets, { rows: 10, size: 4, backend, seed: 1, type: undefined });
    for (const batch of batches) {
      expect(batch.x.type).toBe(type);
      expect(batch.targets.data).toBeInstanceOf(type);
      expectSame(batch.targets.data, [...batch.x.data].filter((_, i) => i % 2 === 0).flatMap((row) => [3 * row, 3 * row + 1, 3 * row + 2]));
    }
    const [single] = new Batches(features(10, type), targets, { rows: 10, backend, type: Float32Array });
    expect([single!.x.type, single!.targets.type]).toEqual([Float32Array, Float32Array]);
  });

  it('feed a layer, the last ones too, and are read from where the examples are', () => {
    const source = features(10);
    const batches = new Batches(source, indices(10), { size: 4, backend, shuffle: false });
    const linear = new Linear(2, 1, { backend, bias: false });
    linear.weight.data.set([2, 1]);
    expect(Array.from(batches, ({ x }) => [...linear.forward(x).data]).flat()).toEqual([...indices(10)]);
    source.fill(1);
    expect(Array.from(batches, ({ x }) => [...linear.forward(x).data]).flat()).toEqual(Array(10).fill(3));
    batches.free();
    expect(errorOf(() => [...batches]).message).toContain('freed');
  });

  it('take no wrong arguments', () => {
    const wrong: [() => unknown, string][] = [
      [() => new Batches(inMemory(backend, features(4)) as never, indices(4)), 'Batches: features must be one of Float32Array, Float64Array, got a WasmArray'],
      [() => new Batches([[1, 2], [3, 4]] as never, indices(2)), 'Batches: features must be one of Float32Array, Float64Array, got an array of 2'],
      [() => new Batches(features(2), [0, 1] as never), 'Batches: targets must be one of Float32Array, Float64Array, Int32Array, got an array of 2'],
      [() => new Batches(features(2), indices(3)), 'Batches: features must consist of 3 rows, got 4 elements'],
      [() => new Batches(features(4), indices(6), { rows: 4 }), 'Batches: targets must consist of 4 rows, got 6 elements'],
      [() => new Batches(features(4), features(4)), 'Batches: with targets that are floats it needs rows, the number of examples'],
      [() => new Batches(features(0), indices(0)), 'Batches: rows must be an integer of at least 1, got 0'],
      [() => made(4, { size: 0 }), 'Batches: size must be an integer of at least 1, got 0'],
      [() => made(4, { shuffle: 1 as never }), 'Batches: shuffle must be a boolean, got 1'],
      [() => made(4, { batchSize: 2 } as never), 'Batches: there is no option batchSize, only '],
    ];
    for (const [call, message] of wrong) expect(errorOf(call).message).toContain(message);
  });
});

describe.each(backends)('losses, in $name', ({ backend }) => {
  describe.each(floatTypes)('$type', ({ FloatArray: type }) => {
    const logits = ordinary(type, 12);
    const digits = type === Float64Array ? 12 : 5;

    it('of labels, of rows of probabilities, and with the options of softmaxCrossEntropy', () => {
      const labels = Int32Array.of(2, 0, -100, 1);
      const rows = type.of(0, 0, 1, 1, 0, 0, 0.2, 0.3, 0.5, 0, 1, 0);
      const weight = type.of(1, 2, 0.5);
      for (const options of [{}, { reduction: 'sum' }, { labelSmoothing: 0.1 }, { weight, labelSmoothing: 0.2 }, { columns: 3 }] as const) {
        const loss = new SoftmaxCrossEntropy({ backend, ...options });
        const expected = backend.softmaxCrossEntropy(logits, labels, { columns: 3, ...options });
        expect(loss.forward(logits, labels)).toBeCloseTo(expected.loss, digits);
        expectSame(loss.backward().data, expected.gradient);
      }
      const [loss, ignoring] = [new SoftmaxCrossEntropy({ backend, columns: 3 }), new SoftmaxCrossEntropy({ backend, ignoreIndex: 2 })];
      const expected = backend.softmaxCrossEntropy(logits, rows, { columns: 3 });
      expect(loss.forward(logits, rows)).toBeCloseTo(expected.loss, digits);
      expectSame(loss.backward().data, expected.gradient);
      ignoring.forward(logits, Int32Array.of(2, 0, 2, 1));
      expectSame(ignoring.backward().data.map((value, i) => (Math.floor(i / 3) % 2 === 0 ? value : 0)), new type(12));
    });

    it('of elements, with the options of their functions', () => {
      const targets = ordinary(type, 12, 2).map((value) => (value + 6) / 12);
      for (const reduction of ['mean', 'sum'] as const) {
        const squared = new MeanSquaredError({ backend, reduction });
        const squares = [...logits].reduce((sum, value, i) => sum + (value - targets[i]!) ** 2, 0);
        const divisor = reduction === 'mean' ? 12 : 1;
        expect(squared.forward(logits, targets)).toBeCloseTo(squares / divisor, digits - 1);
        squared.backward().data.forEach((value, i) => { expect(value).toBeCloseTo((2 * (logits[i]! - targets[i]!)) / divisor, digits); });
        const binary = new BinaryCrossEntropyWithLogits({ backend, reduction, posWeight: 2 });
        const expected = backend.binaryCrossEntropyWithLogits(logits, targets, { reduction, posWeight: 2 });
        expect(binary.forward(logits, targets)).toBeCloseTo(expected.loss, digits - 1);
        expectSame(binary.backward().data, expected.gradient);
      }
    });
  });

  it('take batches of any size, and the other element type, one after the other', () => {
    const loss = new SoftmaxCrossEntropy({ backend });
    for (const [type, rows] of [[Float32Array, 4], [Float32Array, 1], [Float64Array, 2], [Float32Array, 9], [Float64Array, 9]] as const) {
      const [logits, labels] = [ordinary(type as FloatType, 3 * rows), new Int32Array(rows).fill(1)];
      for (const x of [logits, inMemory(backend, logits)]) {
        loss.forward(x as FloatTypedArray, labels);
        expect(loss.backward().type).toBe(type);
        expectSame(loss.backward().data, backend.softmaxCrossEntropy(logits, labels, { columns: 3 }).gradient, `${type.name} ${rows}`);
      }
    }
  });

  it('say what is wrong, and have no gradient then', () => {
    const [y, labels] = [new Float32Array(6), Int32Array.of(0, 1)];
    const [classes, squared] = [new SoftmaxCrossEntropy({ backend }), new MeanSquaredError({ backend })];
    const wrong: [() => unknown, string][] = [
      [() => classes.backward(), 'SoftmaxCrossEntropy: backward needs a forward before it'],
      [() => squared.backward(), 'MeanSquaredError: backward needs a forward before it'],
      [() => classes.forward(y, new Float32Array(6)), 'SoftmaxCrossEntropy: with targets as long as the logits it needs columns'],
      [() => classes.forward(y, new Int32Array(4)), 'SoftmaxCrossEntropy: targets must have one label a row, got 4 for 6 logits'],
      [() => classes.forward(y, Float32Array.of(0, 1)), 'softmaxCrossEntropy: labels must have 6 elements like logits, got 2'],
      [() => classes.forward(y, Int32Array.of(0, 3)), 'softmaxCrossEntropy: labels[1] must be from 0 to 2, or -100 to be ignored, got 3'],
      [() => classes.forward(undefined as never, labels), 'softmaxCrossEntropy: logits must be a Float32Array, a Float64Array or a WasmArray of one, got undefined'],
      [() => classes.forward(y, undefined as never), 'softmaxCrossEntropy: labels must be an Int32Array'],
      [() => squared.forward(undefined as never, y), 'meanSquaredError: y must be a Float32Array, a Float64Array or a WasmArray of one, got undefined'],
      [() => squared.forward(y, labels as never), 'meanSquaredError: targets must be a Float32Array, a Float64Array or a WasmArray of one, got Int32Array(2)'],
      [() => new SoftmaxCrossEntropy({ backend, colums: 3 } as never), 'SoftmaxCrossEntropy: there is no option colums, only backend, reduction, columns'],
      [() => new SoftmaxCrossEntropy(null as never), 'SoftmaxCrossEntropy: the options must be an object, got null'],
      [() => new SoftmaxCrossEntropy({ backend, reduction: 'none' as never }), "SoftmaxCrossEntropy: reduction must be 'mean' or 'sum', got none"],
      [() => new MeanSquaredError({ backend, reduction: 'average' as never }), 'MeanSquaredError: reduction must be'],
      [() => new MeanSquaredError({ backend, weight: y } as never), 'MeanSquaredError: there is no option weight'],
    ];
    for (const [call, message] of wrong) expect(errorOf(call).message).toContain(message);
    classes.forward(y, labels);
    expect(classes.backward().length).toBe(6);
    expect(() => classes.forward(y, Int32Array.of(0, 3))).toThrow(RangeError);
    expect(() => classes.backward()).toThrow('backward needs a forward before it');
    classes.forward(y, labels);
    classes.free();
    expect(() => classes.backward()).toThrow('backward needs a forward before it');
  });
});
