/** softmaxCrossEntropy with weights, ignored labels and smoothing, and nllLoss. */
import { describe, expect, it, test } from 'vitest';
import { type FloatTypedArray, WasmArray } from '../src/index.js';
import { backends, floatTypes } from './backends.js';
import { type DoubleDouble, ZERO, multiply, double } from './reference/double-double.js';
import { crossEntropy, difference, sumOf, trueRow } from './reference/rows.js';
import { elements, expectSame, failure, free, inMemory, ordinary, random } from './support.js';

const ROWS = 7;
const reductions = ['mean', 'sum', 'none'] as const;

function expectWithin(value: number, truth: DoubleDouble, bound: number, place: string): void {
  const error = Math.abs(difference(value, truth));
  if (!(error <= bound)) expect.fail(`${place}: ${value} is ${error} off, allowed is ${bound}`);
}

/** A row of truth for a label, or for probabilities, as the definitions have it. */
const truthOfLabel = (label: number, weight: ArrayLike<number>, smoothing: number): number[] =>
  Array.from(weight, (w, c) => (c === label ? (1 - smoothing) * w : 0) + (smoothing / weight.length) * w);
const truthOfRow = (p: ArrayLike<number>, weight: ArrayLike<number>, smoothing: number): number[] =>
  Array.from(weight, (w, c) => w * (p[c]! * (1 - smoothing) + smoothing / weight.length));

describe.each(backends)('$name', ({ backend }) => {
  const { nllLoss, softmaxCrossEntropy, logSoftmax } = backend;

  describe.each(floatTypes)('$type', ({ type, FloatArray, epsilon, smallest }) => {
    const problem = (columns: number) => {
      const next = random(columns);
      const x = ordinary(FloatArray, ROWS * columns, columns + 1);
      const weight = FloatArray.from({ length: columns }, (_, c) => (c % 5 === 3 ? 0 : 0.5 + next()));
      const labels = Int32Array.from({ length: ROWS }, () => Math.floor(next() * columns));
      const probabilities = FloatArray.from({ length: ROWS * columns }, () => (next() < 0.2 ? 0 : next() / columns));
      return { x, weight, labels, probabilities, columns };
    };
    const part = (x: FloatTypedArray, columns: number, row: number): FloatTypedArray => x.subarray(row * columns, (row + 1) * columns);

    /** Compares a result with a row of truth for each row, undefined for an ignored one. */
    function expectLoss(
      result: { readonly loss: number | FloatTypedArray; readonly gradient: FloatTypedArray }, x: FloatTypedArray, columns: number,
      truths: readonly (number[] | undefined)[], divisor: number, label: string,
    ): void {
      const additions = 4 + Math.log(columns) + Math.min(columns, 128);
      const bounds: number[] = [];
      const losses = truths.map((truth, r) => {
        const row = trueRow(part(x, columns, r));
        if (!truth) {
          expectSame(part(result.gradient, columns, r), new Array<number>(columns).fill(0), `${label}, ignored row ${r}`);
          bounds.push(0);
          return ZERO;
        }
        const { loss, gradient } = crossEntropy(row, truth);
        const mass = truth.reduce((sum, t) => sum + Math.abs(t), 0);
        const distances = truth.reduce((sum, t, i) => sum + (t === 0 ? 0 : Math.abs(t) * row.distances[i]!.hi), 0);
        bounds.push(epsilon * additions * (mass * (1 + row.logSum.hi) + distances) + smallest);
        gradient.forEach((g, i) => {
          const bound = epsilon * (row.p[i]!.hi * mass * (8 + row.distances[i]!.hi / 2 + 2 * additions) + 4 * Math.abs(truth[i]!) + Math.abs(g.hi)) + 8 * smallest;
          expectWithin(part(result.gradient, columns, r)[i]! * divisor, g, bound, `${label}, gradient of row ${r}, column ${i}`);
        });
        return loss;
      });
      if (typeof result.loss === 'number') expectWithin(result.loss * divisor, sumOf(losses), bounds.reduce((a, b) => a + b) + epsilon * sumOf(losses).hi, `${label}, loss`);
      else losses.forEach((loss, r) => { expectWithin((result.loss as FloatTypedArray)[r]!, loss, bounds[r]!, `${label}, loss of row ${r}`); });
    }

    describe.each([1, 2, 5, 10, 33, 1000])('%i columns', (columns) => {
      const { x, weight, labels, probabilities } = problem(columns);
      const ones = new FloatArray(columns).fill(1);

      test.each(reductions)('labels, %s', (reduction) => {
        for (const smoothing of [0, 0.1, 1]) {
          for (const w of [undefined, weight]) {
            for (const ignoreIndex of [undefined, labels[2]!]) {
              const truths = Array.from(labels, (label) => (label === ignoreIndex ? undefined : truthOfLabel(label, w ?? ones, smoothing)));
              const counted = [...labels].filter((label) => label !== ignoreIndex);
              const divisor = reduction === 'mean' ? counted.reduce((sum, label) => sum + (w ?? ones)[label]!, 0) : 1;
              const result = softmaxCrossEntropy(x, labels, { columns, reduction, weight: w, ignoreIndex, labelSmoothing: smoothing });
              if (divisor === 0) expect(result.loss).toBeNaN();
              else expectLoss(result, x, columns, truths, divisor, `smoothing ${smoothing}${w ? ', weighted' : ''}${ignoreIndex === undefined ? '' : ', ignoring'}`);
            }
          }
        }
      });

      test.each(reductions)('probabilities, %s', (reduction) => {
        for (const smoothing of [0, 0.1, 1]) {
          for (const w of [undefined, weight]) {
            const truths = Array.from(labels, (_, r) => truthOfRow(part(probabilities, columns, r), w ?? ones, smoothing));
            const result = softmaxCrossEntropy(x, probabilities, { columns, reduction, weight: w, labelSmoothing: smoothing });
            expectLoss(result, x, columns, truths, reduction === 'mean' ? ROWS : 1, `smoothing ${smoothing}${w ? ', weighted' : ''}`);
          }
        }
      });

      it('is the same for one-hot rows as for labels', () => {
        const oneHot = new FloatArray(x.length);
        labels.forEach((label, row) => (oneHot[row * columns + label] = 1));
        const options = { columns, reduction: 'sum', weight } as const;
        const [a, b] = [softmaxCrossEntropy(x, labels, options), softmaxCrossEntropy(x, oneHot, options)];
        expect(Math.abs(a.loss - b.loss)).toBeLessThanOrEqual(8 * epsilon * a.loss * Math.max(1, Math.log(columns)));
      });

      test.each(reductions)('nllLoss, %s', (reduction) => {
        const logs = logSoftmax(x, { columns });
        for (const w of [undefined, weight]) {
          for (const ignoreIndex of [undefined, labels[2]!]) {
            const counts = (row: number): boolean => labels[row] !== ignoreIndex;
            const weightOf = (row: number): number => (counts(row) ? (w ?? ones)[labels[row]!]! : 0);
            const divisor = reduction === 'mean' ? Array.from(labels, (_, row) => weightOf(row)).reduce((a, b) => a + b) : 1;
            const { loss, gradient } = nllLoss(logs, labels, { columns, reduction, weight: w, ignoreIndex });
            const truths = Array.from(labels, (label, row) => multiply(double(-weightOf(row)), double(logs[row * columns + label]!)));
            if (divisor === 0) expect(loss).toBeNaN();
            else if (typeof loss === 'number') expectWithin(loss * divisor, sumOf(truths), 2 ** -48 * (1 + sumOf(truths).hi), 'loss');
            else expectSame(loss, FloatArray.from(truths, ({ hi }) => hi + 0));
            const expected = new FloatArray(x.length);
            if (divisor !== 0) labels.forEach((label, row) => (expected[row * columns + label] = counts(row) ? 0 - weightOf(row) / divisor : 0));
            if (divisor !== 0) expectSame(gradient, expected);
          }
        }
      });
    });

    it('classes along any axis are as rows of their own', () => {
      const [n, c, d] = [3, 4, 5];
      const shape = [n, c, d];
      const along = ordinary(FloatArray, n * c * d, 3);
      const rows = new FloatArray(along.length);
      const there = (i: number): number => (Math.floor(i / (c * d)) * d + (i % d)) * c + (Math.floor(i / d) % c);
      along.forEach((value, i) => (rows[there(i)] = value));
      const labels = Int32Array.from({ length: n * d }, (_, i) => (i * 7) % c);
      labels[4] = -100;
      const weight = FloatArray.of(0.5, 2, 1, 3);
      for (const f of [softmaxCrossEntropy, nllLoss]) {
        for (const labelSmoothing of f === nllLoss ? [undefined] : [0, 0.2]) {
          const options = { weight, ignoreIndex: -100, ...(labelSmoothing === undefined ? {} : { labelSmoothing }) };
          for (const reduction of reductions) {
            const a = f(rows, labels, { ...options, reduction, columns: c });
            const b = f(along, labels, { ...options, reduction, shape, axis: 1 });
            expect(b.loss).toEqual(a.loss);
            expectSame(b.gradient, along.map((_, i) => a.gradient[there(i)]!));
          }
        }
      }
      const p = ordinary(FloatArray, along.length, 5).map(Math.abs);
      const turned = new FloatArray(p.length);
      p.forEach((value, i) => (turned[there(i)] = value));
      const [a, b] = [softmaxCrossEntropy(rows, turned, { columns: c, weight, labelSmoothing: 0.1 }), softmaxCrossEntropy(along, p, { shape, axis: 1, weight, labelSmoothing: 0.1 })];
      expect(b.loss).toBe(a.loss);
      expectSame(b.gradient, along.map((_, i) => a.gradient[there(i)]!));
    });

    it('masks: no gradient, and no loss where nothing is asked of them', () => {
      const x = FloatArray.of(-Infinity, 1, 2, 0, -Infinity, 3);
      const weight = FloatArray.of(0, 1, 1);
      const smoothed = softmaxCrossEntropy(x.subarray(0, 3), Int32Array.of(1), { columns: 3, weight, labelSmoothing: 0.1 });
      expect(Number.isFinite(smoothed.loss)).toBe(true);
      expect([...smoothed.gradient].every(Number.isFinite)).toBe(true);
      expect(smoothed.gradient[0]).toBe(0);
      // The label itself is masked, but has no weight.
      const unweighted = softmaxCrossEntropy(x.subarray(0, 3), Int32Array.of(0), { columns: 3, weight, reduction: 'sum' });
      expect(unweighted.loss).toBe(0);
      expect([...unweighted.gradient].map(Math.abs)).toEqual([0, 0, 0]);
      const rows = softmaxCrossEntropy(x, FloatArray.of(0.5, 0.5, 0, 0.5, 0, 0.5), { columns: 3, weight, reduction: 'none' });
      expect([...rows.loss].every(Number.isFinite)).toBe(true);
      expect([...rows.gradient].every(Number.isFinite)).toBe(true);
      const masked = softmaxCrossEntropy(x, Int32Array.of(1, 0), { columns: 3 });
      expect(masked.gradient[0]).toBe(0);
      expect(masked.gradient[4]).toBe(0);
      // Smoothing asks something of every class.
      expect(softmaxCrossEntropy(x, Int32Array.of(1, 0), { columns: 3, labelSmoothing: 0.1 }).loss).toBe(Infinity);
      expect(nllLoss(x, Int32Array.of(0, 2), { columns: 3, weight, reduction: 'none' }).loss).toEqual(FloatArray.of(0, -3));
      expect(nllLoss(x, Int32Array.of(0, 2), { columns: 3 }).loss).toBe(Infinity);
    });

    it('an ignored row counts nothing, whatever is in it', () => {
      const x = FloatArray.of(1, 2, NaN, Infinity, 3, 4);
      for (const ignoreIndex of [-100, -1, 5, 1]) {
        const labels = Int32Array.of(0, ignoreIndex, 0);
        const { loss, gradient } = softmaxCrossEntropy(x, labels, { columns: 2, ignoreIndex });
        expect(loss).toBeCloseTo(Math.log(1 + Math.E), 6);
        expectSame(gradient.subarray(2, 4), [0, 0]);
        expectSame(nllLoss(x, labels, { columns: 2, ignoreIndex, reduction: 'none' }).loss, [-1, 0, -3]);
      }
      expectSame(nllLoss(x, Int32Array.of(0, -100, 0), { columns: 2, reduction: 'none' }).loss, [-1, 0, -3]);
      expect(softmaxCrossEntropy(x, Int32Array.of(0, -100, 0), { columns: 2 })).toEqual(softmaxCrossEntropy(x, Int32Array.of(0, 1, 0), { columns: 2, ignoreIndex: 1 }));
      const all = { columns: 2, ignoreIndex: -1 };
      const none = Int32Array.of(-1, -1, -1);
      for (const f of [softmaxCrossEntropy, nllLoss]) {
        expect(f(x, none, all).loss).toBeNaN();
        expectSame(f(x, none, all).gradient, [0, 0, 0, 0, 0, 0]);
        expect(f(x, none, { ...all, reduction: 'sum' }).loss).toBe(0);
        expect(f(x, none, { ...all, reduction: 'none' }).loss).toEqual(new FloatArray(3));
      }
    });

    it('arrays in memory, in place, and outputs that lie over the weights or the labels', () => {
      for (const columns of [3, 8, 20_000]) {
        const { x, labels, weight, probabilities } = problem(columns);
        for (const [f, truth] of [[softmaxCrossEntropy, labels], [softmaxCrossEntropy, probabilities], [nllLoss, labels]] as const) {
          const call = f as typeof softmaxCrossEntropy;
          const smoothing = f === nllLoss ? {} : { labelSmoothing: 0.1 };
          const expected = call(x, truth, { columns, weight, ...smoothing });
          const stored = [x, truth as FloatTypedArray, weight].map((array) => inMemory(backend, array));
          const [sx, st, sw] = stored as [WasmArray, WasmArray, WasmArray];
          const result = call(sx, st, { columns, weight: sw, ...smoothing });
          expect(result.gradient).toBeInstanceOf(WasmArray);
          expect(result.loss).toBeCloseTo(expected.loss, 12);
          expectSame(elements(result.gradient), expected.gradient);
          const mixedUp = call(x, st, { columns, weight, ...smoothing });
          expectSame(mixedUp.gradient, expected.gradient);
          call(sx, truth, { columns, weight: sw, out: sx, ...smoothing });
          expectSame(sx.data, expected.gradient);
          free(...stored, result.gradient);

          const buffer = new FloatArray(x.length + columns);
          buffer.set(weight);
          expectSame(call(x, truth, { columns, weight: buffer.subarray(0, columns), out: buffer.subarray(1, 1 + x.length), ...smoothing }).gradient, expected.gradient);
          if (truth instanceof Int32Array) {
            const space = new ArrayBuffer(x.byteLength);
            const over = new Int32Array(space, 0, ROWS);
            over.set(labels);
            expectSame(call(x, over, { columns, weight, out: type === 'f32' ? new Float32Array(space) : new Float64Array(space), ...smoothing }).gradient, expected.gradient);
          }
        }
      }
    });

    it('no rows', () => {
      const none = new FloatArray(0);
      for (const f of [softmaxCrossEntropy, nllLoss]) {
        expect(f(none, new Int32Array(0), { columns: 3, reduction: 'sum', weight: FloatArray.of(1, 2, 3) })).toEqual({ loss: 0, gradient: none });
        expect(() => f(none, new Int32Array(0), { columns: 3 })).toThrow(RangeError);
      }
    });
  });

  it('what is wrong is said, and nothing is written', () => {
    const x = Float32Array.of(1, 2, 3, 4);
    const labels = Int32Array.of(0, 1);
    for (const f of [softmaxCrossEntropy, nllLoss]) {
      const name = `${f === nllLoss ? 'nllLoss' : 'softmaxCrossEntropy'}: `;
      const refused = (options: object, type: ErrorConstructor, ...parts: string[]): void => {
        failure((out) => f(x, labels, { columns: 2, out, ...options }), type, name, ...parts);
      };
      refused({ weight: new Float32Array(3) }, RangeError, 'weight', '2 elements', 'got 3');
      refused({ weight: new Float64Array(2) }, TypeError, 'weight', 'Float32Array', 'got Float64Array(2)');
      refused({ weight: [1, 2] }, TypeError, 'weight', 'got an array of 2');
      refused({ weight: null }, TypeError, 'weight', 'got null');
      refused({ ignoreIndex: 1.5 }, RangeError, 'ignoreIndex', 'integer', 'got 1.5');
      refused({ ignoreIndex: 2 ** 31 }, RangeError, 'ignoreIndex', '32 bits', 'got 2147483648');
      refused({ ignoreIndex: '1' }, TypeError, 'ignoreIndex', 'got "1"');
      failure((out) => f(x, Int32Array.of(0, -1), { columns: 2, out }), RangeError, name, 'labels[1]', 'from 0 to 1, or -100 to be ignored', 'got -1');
      failure((out) => f(x, Int32Array.of(0, -100), { columns: 2, out, ignoreIndex: -1 }), RangeError, name, 'labels[1]', 'got -100');
      failure((out) => f(x, Int32Array.of(-1, -100), { columns: 2, out, ignoreIndex: -100 }), RangeError, name, 'labels[0]', 'got -1');
    }
    const refused = (options: object, type: ErrorConstructor, ...parts: string[]): void => {
      failure((out) => softmaxCrossEntropy(x, labels, { columns: 2, out, ...options }), type, 'softmaxCrossEntropy: ', ...parts);
    };
    for (const wrong of [-0.1, 1.1, NaN]) refused({ labelSmoothing: wrong }, RangeError, 'labelSmoothing', 'from 0 to 1', `got ${wrong}`);
    refused({ labelSmoothing: '0' }, TypeError, 'labelSmoothing', 'got "0"');
    failure((out) => softmaxCrossEntropy(x, x, { columns: 2, out, ignoreIndex: 1 }), TypeError, 'softmaxCrossEntropy: ', 'ignoreIndex', 'indices', 'Float32Array(4)');
    failure((out) => nllLoss(x, labels, { columns: 2, out, labelSmoothing: 0.1 } as never), TypeError, 'nllLoss: ', 'no option labelSmoothing');
  });
});
