import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FloatTypedArray } from '../src/index.js';
import { backends, types } from './backends.js';
import { type DoubleDouble, double } from './reference/double-double.js';
import { type TrueRow, binaryCrossEntropy, crossEntropy, difference, sumOf, trueRow } from './reference/rows.js';
import { generator } from './reference/samples.js';

const ROWS = 5;
const random = generator(5);
const uniform = (): number => random() / 2 ** 32;
const reductions = ['mean', 'sum', 'none'] as const;
const sizes = [1, 2, 3, 4, 5, 10, 31, 1000, 20_000].flatMap((columns) => [1, 20, 1e4].map((magnitude) => ({ columns, magnitude })));

function expectWithin(value: number, truth: DoubleDouble, bound: number, place: string): void {
  if (Math.abs(difference(value, truth)) <= bound) return;
  expect.fail(`${place}: ${value} is ${difference(value, truth)} off, allowed is ${bound}`);
}

/** The figures of the rows as the reduction has them. */
const scaleOf = (reduction: (typeof reductions)[number], rows: number): number => (reduction === 'mean' ? 1 / rows : 1);

interface Truth {
  readonly row: TrueRow;
  /** Probabilities, and their sum. */
  readonly truth: readonly number[];
  readonly mass: number;
  /** sum_j truth_j (max - x_j) */
  readonly distances: number;
  readonly loss: DoubleDouble;
  readonly gradient: readonly DoubleDouble[];
}

const part = (x: FloatTypedArray, columns: number, row: number): FloatTypedArray => x.subarray(row * columns, (row + 1) * columns);

function trueLosses(x: FloatTypedArray, probabilities: FloatTypedArray, columns: number): Truth[] {
  return Array.from({ length: ROWS }, (_, r) => {
    const row = trueRow(part(x, columns, r));
    const truth = [...part(probabilities, columns, r)];
    const distances = truth.reduce((total, t, i) => total + t * row.distances[i]!.hi, 0);
    return { row, truth, mass: truth.reduce((a, b) => a + b), distances, ...crossEntropy(row, truth) };
  });
}

/** Logits and labels of all kinds with the true losses: once for all backends. */
const problems = new Map(
  types.map(({ type, FloatArray }) => [
    type,
    sizes.map(({ columns, magnitude }) => {
      const numbers = (next: () => number) => FloatArray.from(Array.from({ length: ROWS * columns }, next));
      const x = numbers(() => (2 * uniform() - 1) * magnitude);
      const labels = Int32Array.from({ length: ROWS }, () => Math.floor(uniform() * columns));
      const oneHot = new FloatArray(x.length);
      labels.forEach((label, row) => (oneHot[row * columns + label] = 1));
      const probabilities = numbers(() => (uniform() < 0.2 ? 0 : (2 * uniform()) / columns));
      const [ofLabels, ofProbabilities] = [oneHot, probabilities].map((truth) => trueLosses(x, truth, columns)) as [Truth[], Truth[]];
      return { columns, magnitude, x, labels, oneHot, probabilities, ofLabels, ofProbabilities };
    }),
  ]),
);

describe.each(backends)('$name', ({ name: backendName, backend }) => {
  const { softmaxCrossEntropy, binaryCrossEntropyWithLogits } = backend;

  describe.each(types)('$type', ({ type, FloatArray, epsilon, smallest }) => {
    const numbers = (n: number, next: () => number) => FloatArray.from(Array.from({ length: n }, next));
    /** How far sums of n terms may be off, in units of epsilon: as in softmax.test.ts. */
    const sumUnits = (n: number): number => 2 + Math.log(n) + (backendName === 'wasm' ? Math.sqrt(Math.min(n, 128)) : type === 'f64' ? n / 2 : 0);

    describe.each(problems.get(type)!)('softmaxCrossEntropy: $columns columns, logits up to $magnitude', ({ columns, x, labels, oneHot, probabilities, ofLabels, ofProbabilities }) => {
      const additions = sumUnits(columns);
      /** -sum t ln p is made of sum t (max - x), a rounded sum of rounded products of rounded distances, and of ln of a sum. */
      const lossBound = ({ loss, mass, distances }: Truth): number => epsilon * (mass * additions + distances * (1 + additions) + Math.abs(loss.hi)) + smallest;
      const gradientBound = ({ row, gradient, truth, mass }: Truth, i: number): number =>
        epsilon * (row.p[i]!.hi * mass * (4 + row.distances[i]!.hi / 2 + 2 * additions) + truth[i]! + Math.abs(gradient[i]!.hi)) + smallest * ROWS;

      test.each(reductions)('%s', (reduction) => {
        for (const [name, given, expected] of [
          ['labels', labels, ofLabels],
          ['one-hot rows', oneHot, ofLabels],
          ['probabilities', probabilities, ofProbabilities],
        ] as const) {
          const { loss, gradient } = softmaxCrossEntropy(x, given, { columns, reduction });
          const scale = scaleOf(reduction, ROWS);
          expected.forEach((truth, r) => {
            if (typeof loss !== 'number') expectWithin(loss[r]!, truth.loss, lossBound(truth), `loss of row ${r} by ${name}`);
            truth.gradient.forEach((g, i) => {
              expectWithin(gradient[r * columns + i]! / scale, g, gradientBound(truth, i), `gradient by ${name}, row ${r}, column ${i}`);
            });
          });
          if (typeof loss === 'number') {
            expectWithin(loss / scale, sumOf(expected.map((truth) => truth.loss)), expected.reduce((total, truth) => total + lossBound(truth), 0), `loss by ${name}`);
          } else expect(loss).toHaveLength(ROWS);
        }
      });

      test('the rows of the gradient sum to 0', () => {
        const { gradient } = softmaxCrossEntropy(x, labels, { columns, reduction: 'sum' });
        for (let row = 0; row < ROWS; row++) {
          expectWithin(0, sumOf(Array.from(part(gradient, columns, row), double)), 2 * epsilon * additions, `row ${row}`);
        }
      });
    });

    // Equal terms round the same way every time: a long sum of them is off by far more than one of random terms.
    test('softmaxCrossEntropy of 100,000 equal probabilities', () => {
      const columns = 100_000;
      const x = new FloatArray(columns);
      x[0] = 20;
      const truth = new FloatArray(columns).fill(1 / columns);
      const row = trueRow(x);
      const { loss } = crossEntropy(row, [...truth]);
      const bound = epsilon * 40 * sumUnits(columns);
      expectWithin(softmaxCrossEntropy(x, truth, { columns }).loss, loss, bound, 'loss');
    });

    test('softmaxCrossEntropy of logits far apart', () => {
      const x = FloatArray.of(1e4, -1e4, 0, 1e4, -1e4, 0, 1e4, -1e4, 0);
      const { loss, gradient } = softmaxCrossEntropy(x, Int32Array.of(0, 1, 2), { columns: 3, reduction: 'none' });
      expect(loss).toEqual(FloatArray.of(0, 2e4, 1e4));
      expect(gradient).toEqual(FloatArray.of(0, 0, 0, 1, -1, 0, 1, 0, -1));
    });

    test('softmaxCrossEntropy: a masked class counts nothing, unless it is the label', () => {
      const x = FloatArray.of(-Infinity, 0, 0);
      const half = softmaxCrossEntropy(x, FloatArray.of(0, 0.5, 0.5), { columns: 3 });
      expect(half.loss).toBeCloseTo(Math.LN2, 6);
      expect(half.gradient).toEqual(FloatArray.of(0, 0, 0));
      expect(softmaxCrossEntropy(x, Int32Array.of(1), { columns: 3 }).gradient).toEqual(FloatArray.of(0, -0.5, 0.5));
      expect(softmaxCrossEntropy(x, Int32Array.of(0), { columns: 3 }).loss).toBe(Infinity);
    });

    test('softmaxCrossEntropy: NaN stays in its row', () => {
      const x = FloatArray.of(1, 2, NaN, 0, 3, 3);
      const { loss, gradient } = softmaxCrossEntropy(x, Int32Array.of(0, 1, 0), { columns: 2, reduction: 'none' });
      expect([...loss].map(Number.isNaN)).toEqual([false, true, false]);
      expect([...gradient].map(Number.isNaN)).toEqual([false, false, true, true, false, false]);
      expect(softmaxCrossEntropy(x, Int32Array.of(0, 1, 0), { columns: 2 }).loss).toBeNaN();
    });

    test('softmaxCrossEntropy into the logits themselves', () => {
      for (const columns of [1, 3, 8, 1000, 20_000]) {
        const x = numbers(ROWS * columns, uniform);
        const labels = Int32Array.from({ length: ROWS }, (_, row) => row % columns);
        const truth = numbers(ROWS * columns, uniform);
        for (const given of [labels, truth]) {
          const expected = softmaxCrossEntropy(x, given, { columns });
          const out = x.slice();
          const { loss, gradient } = softmaxCrossEntropy(out, given, { columns, out });
          expect(gradient).toBe(out);
          expect(loss).toBe(expected.loss);
          expect(out.findIndex((value, i) => value !== expected.gradient[i])).toBe(-1);
        }
      }
    });

    test.each([-1, 3, 2 ** 31 - 1, -(2 ** 31)])('softmaxCrossEntropy: the label %i of 3 classes is an error, and nothing is written', (label) => {
      const x = FloatArray.of(1, 2, 3, 4, 5, 6);
      const out = FloatArray.of(7, 7, 7, 7, 7, 7);
      expect(() => softmaxCrossEntropy(x, Int32Array.of(1, label), { columns: 3, out })).toThrow(RangeError);
      expect(() => softmaxCrossEntropy(x, Int32Array.of(1, label), { columns: 3, out })).toThrow(/labels\[1\] .* from 0 to 2, or -100 to be ignored, got/);
      expect(out).toEqual(FloatArray.of(7, 7, 7, 7, 7, 7));
      expect(() => softmaxCrossEntropy(x, Int32Array.of(1, label), { columns: 3, out: x })).toThrow(RangeError);
      expect(x).toEqual(FloatArray.of(1, 2, 3, 4, 5, 6));
    });

    test.each([5, 17, 40, 80])('softmaxCrossEntropy of a label that leads by %i is not 0', (lead) => {
      const others = Math.exp(-lead) + Math.exp(-lead - 1);
      const { loss, gradient } = softmaxCrossEntropy(FloatArray.of(1, lead + 1, 0), Int32Array.of(1), { columns: 3 });
      const expectNear = (value: number, truth: number): void => { expect(Math.abs(value - truth)).toBeLessThan(lead * epsilon * Math.abs(truth)); };
      expectNear(loss, Math.log1p(others));
      expectNear(gradient[1]!, -others / (1 + others));
    });

    test('softmaxCrossEntropy: what does not fit', () => {
      const x = new FloatArray(6);
      expect(() => softmaxCrossEntropy(x, new Int32Array(3), { columns: 3 })).toThrow(/labels must have 2 elements/);
      expect(() => softmaxCrossEntropy(x, new FloatArray(5), { columns: 3 })).toThrow(/labels must have 6 elements/);
      expect(() => softmaxCrossEntropy(x, new Uint8Array(2) as never, { columns: 3 })).toThrow('labels must be an Int32Array, a Float32Array');
      expect(() => softmaxCrossEntropy(x, new Int32Array(2), { columns: 4 })).toThrow(RangeError);
      expect(() => softmaxCrossEntropy(new FloatArray(0), new Int32Array(0), { columns: 3 })).toThrow(RangeError);
      expect(softmaxCrossEntropy(new FloatArray(0), new Int32Array(0), { columns: 3, reduction: 'sum' })).toEqual({ loss: 0, gradient: new FloatArray(0) });
    });

    describe('binaryCrossEntropyWithLogits', () => {
      const targets = [0, 1, 0.5, 0.25, 0.999];
      const pairs = [0, 1e-30, 1e-3, 0.5, 1, 5, 16, 20, 80, 100, 700, 1e4].flatMap((x) => [x, -x]).flatMap((x) => targets.map((t) => [x, t] as const));
      const x = FloatArray.from(pairs.map(([logit]) => logit));
      const t = FloatArray.from(pairs.map(([, target]) => target));
      const expected = [...x].map((logit, i) => binaryCrossEntropy(logit, t[i]!));
      // Where nothing cancels (t is 0 or 1) the error is a few units of the loss itself, however small it is.
      const lossBound = (i: number): number =>
        epsilon * (4 * expected[i]!.loss.hi + (t[i] === 0 || t[i] === 1 ? 0 : Math.abs(x[i]!))) + smallest;
      // Sigmoid has an error of up to 3 units of its own size, the difference, the scale and their product of half a unit each.
      const gradientBound = (i: number): number => epsilon * (3 / (1 + Math.exp(-x[i]!)) + 1.5 * Math.abs(expected[i]!.gradient.hi)) + smallest;

      test.each(reductions)('%s', (reduction) => {
        const { loss, gradient } = binaryCrossEntropyWithLogits(x, t, { reduction });
        const scale = scaleOf(reduction, x.length);
        expected.forEach((truth, i) => {
          const place = `${x[i]}, ${t[i]}`;
          if (typeof loss !== 'number') expectWithin(loss[i]!, truth.loss, lossBound(i), `loss of ${place}`);
          expectWithin(gradient[i]! / scale, truth.gradient, gradientBound(i) + smallest / scale, `gradient of ${place}`);
        });
        if (typeof loss !== 'number') return;
        const bound = expected.reduce((total, truth, i) => total + lossBound(i) + 2 * epsilon * truth.loss.hi, 0);
        expectWithin(loss / scale, sumOf(expected.map((truth) => truth.loss)), bound, 'loss');
      });

      test('of any length, like one element after the other', () => {
        fc.assert(
          fc.property(fc.array(fc.tuple(fc.double({ min: -100, max: 100, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })), { maxLength: 40 }), (any) => {
            const logits = FloatArray.from(any.map(([logit]) => logit));
            const truth = FloatArray.from(any.map(([, target]) => target));
            const { loss, gradient } = binaryCrossEntropyWithLogits(logits, truth, { reduction: 'none' });
            const alone = any.map((_, i) => binaryCrossEntropyWithLogits(logits.subarray(i, i + 1), truth.subarray(i, i + 1), { reduction: 'none' }));
            expect(loss).toEqual(FloatArray.from(alone.map((one) => one.loss[0]!)));
            expect(gradient).toEqual(FloatArray.from(alone.map((one) => one.gradient[0]!)));
          }),
        );
      });

      test('into the logits themselves, over several blocks', () => {
        const logits = numbers(50_000, () => 8 * uniform() - 4);
        const truth = numbers(50_000, uniform);
        const whole = binaryCrossEntropyWithLogits(logits, truth);
        const out = logits.slice();
        const { loss, gradient } = binaryCrossEntropyWithLogits(out, truth, { out });
        expect(gradient).toBe(out);
        expect(loss).toBe(whole.loss);
        expect(out.findIndex((value, i) => value !== whole.gradient[i])).toBe(-1);
      });

      test('NaN stays in its place; no element has no mean', () => {
        const { loss, gradient } = binaryCrossEntropyWithLogits(FloatArray.of(0, NaN, 0, 0), FloatArray.of(0, 0, NaN, 0), { reduction: 'none' });
        expect([...loss].map(Number.isNaN)).toEqual([false, true, true, false]);
        expect([...gradient].map(Number.isNaN)).toEqual([false, true, true, false]);
        expect(() => binaryCrossEntropyWithLogits(new FloatArray(0), new FloatArray(0))).toThrow(RangeError);
        expect(binaryCrossEntropyWithLogits(new FloatArray(0), new FloatArray(0), { reduction: 'sum' }).loss).toBe(0);
        expect(() => binaryCrossEntropyWithLogits(new FloatArray(3), new FloatArray(2))).toThrow(/targets must have 3 elements/);
      });
    });
  });
});
