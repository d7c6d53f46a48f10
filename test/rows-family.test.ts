/** softmin, sparsemax, hardmax and logSumExp, and what all functions of rows have in common. */
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { type FamilyName, families } from '../src/catalogue/index.js';
import type { Backend, FloatTypedArray, Interval, RowsFunction } from '../src/index.js';
import { backends, types } from './backends.js';
import { double } from './reference/double-double.js';
import { difference, logSumExp as trueLogSumExp, softmaxGradient, sparsemax as trueSparsemax, sparsemaxGradient, sumOf, trueRow } from './reference/rows.js';
import { type FloatType, expectSame, ordinary, random } from './support.js';

const sizes = [1, 2, 3, 4, 5, 7, 8, 31, 128, 1000, 100_000];
const magnitudes = [0.01, 1, 20, 1e4];

/** Numbers from -magnitude to magnitude. */
function row(type: FloatType, columns: number, magnitude: number, seed: number): FloatTypedArray {
  const next = random(seed);
  return new type(columns).map(() => (2 * next() - 1) * magnitude);
}

const largest = (x: Iterable<number>): number => [...x].reduce((a, b) => Math.max(a, b));

function expectWithin(error: number, bound: number, place: string): void {
  if (!(Math.abs(error) <= bound)) expect.fail(`${place}: ${error} off, allowed is ${bound}`);
}

const familyOf = ({ softmax, logSoftmax, softmin, sparsemax, hardmax, logSumExp }: Backend): RowsFunction[] =>
  [softmax, logSoftmax, softmin, sparsemax, hardmax, logSumExp];

describe.each(backends)('$name', ({ backend }) => {
  const { softmax, logSoftmax, softmin, sparsemax, hardmax, logSumExp, argmax } = backend;
  const family = familyOf(backend).map((f) => [f.name, f] as const);

  describe.each(types)('$type', ({ FloatArray, epsilon, smallest }) => {
    const minus = (x: FloatTypedArray): FloatTypedArray => x.map((value) => -value);

    it('softmin(x) is softmax(-x) bit for bit, and its gradient the negative one', () => {
      for (const columns of [1, 2, 3, 5, 8, 31, 1000, 20_000]) {
        const [x, dy] = [row(FloatArray, 3 * columns, 5, columns), row(FloatArray, 3 * columns, 1, 7)];
        const y = softmin(x, { columns });
        expectSame(y, softmax(minus(x), { columns }));
        expectSame(softmin.backward(dy, x, { columns }), minus(softmax.backward(dy, minus(x), { columns })));
        expectSame(softmin.backwardFromOutput(dy, y, { columns }), minus(softmax.backwardFromOutput(dy, y, { columns })));
      }
      expectSame(softmin(FloatArray.of(Infinity, 1, 1)), [0, 0.5, 0.5]);
    });

    test.each(sizes)('sparsemax: %i columns', (columns) => {
      for (const magnitude of magnitudes) {
        const [x, dy] = [row(FloatArray, columns, magnitude, columns), row(FloatArray, columns, 1, 3)];
        const y = sparsemax(x);
        const truth = trueSparsemax(x);
        // x - max is rounded, and so is tau; what has y = 0 in truth may be above tau by that.
        const bound = 4 * epsilon * Math.abs(truth.tau) + smallest;
        y.forEach((value, i) => { expectWithin(difference(value, truth.y[i]!), bound, `y[${i}] for logits up to ${magnitude}`); });
        expect(y.every((value) => value >= 0)).toBe(true);
        expectWithin(difference(1, sumOf(Array.from(y, double))), 8 * epsilon, 'the sum');
        for (const dx of [sparsemax.backward(dy, x), sparsemax.backwardFromOutput(dy, y)]) {
          const units = columns > 10_000 ? 200 : 20;
          sparsemaxGradient(y, dy).forEach((expected, i) => { expectWithin(difference(dx[i]!, expected), units * epsilon, `dx[${i}]`); });
          expect(dx.every((value, i) => y[i]! > 0 || Object.is(value, 0))).toBe(true);
        }
      }
    });

    it('sparsemax: a point of the simplex is its own, equal logits share alike, a lead of 1 takes all', () => {
      expectSame(sparsemax(FloatArray.of(0.25, 0.5, 0, 0.25)), [0.25, 0.5, 0, 0.25]);
      for (const columns of [1, 2, 4, 64, 65_536]) expectSame(sparsemax(new FloatArray(columns).fill(7)), new FloatArray(columns).fill(1 / columns));
      expectSame(sparsemax(FloatArray.of(3, 4, 3, -9)), [0, 1, 0, 0]);
      expectSame(sparsemax(FloatArray.of(1e30, -1e30, 1e30)), [0.5, 0, 0.5]);
      expectSame(sparsemax(FloatArray.of(-Infinity, 0.5, -Infinity, 0)), [0, 0.75, 0, 0.25]);
    });

    it('sparsemax: rows on which the iteration takes long', () => {
      // Each element falls out one by one.
      for (const ratio of [0.5, 0.9, 0.99, 1 - 1e-5]) {
        const x = new FloatArray(5000).map((_, i) => -(ratio ** (5000 - i)));
        const { y, tau } = trueSparsemax(x);
        // Elements all but equal are rounded alike when they are summed, in runs of up to 512.
        sparsemax(x).forEach((value, i) => { expectWithin(difference(value, y[i]!), 64 * epsilon * Math.abs(tau) + smallest, `ratio ${ratio}, y[${i}]`); });
      }
    });

    it('sparsemax of any rows: never negative, sums to 1, larger where x is larger', () => {
      const element = fc.oneof(fc.double({ min: -3, max: 3, noNaN: true }), fc.constantFrom(-Infinity, 0, -0, 1, 1 / 3, smallest));
      fc.assert(
        fc.property(fc.array(element, { minLength: 1, maxLength: 40 }), (values) => {
          const x = FloatArray.from(values);
          if (x.every((value) => value === -Infinity)) return;
          const y = sparsemax(x);
          expect(Math.abs(sumOf(Array.from(y, double)).hi - 1)).toBeLessThan(20 * epsilon);
          y.forEach((value, i) => {
            expect(value).toBeGreaterThanOrEqual(0);
            x.forEach((other, j) => { if (other >= x[i]!) expect(y[j]!).toBeGreaterThanOrEqual(value); });
          });
        }),
      );
    });

    it('hardmax: 1 where argmax says, 0 elsewhere', () => {
      for (const columns of [1, 2, 3, 5, 8, 33, 1000, 100_000]) {
        const x = row(FloatArray, 2 * columns, 3, columns).map((value) => Math.round(value));
        const expected = new FloatArray(2 * columns);
        argmax(x, { columns }).forEach((at, r) => (expected[r * columns + at] = 1));
        expectSame(hardmax(x, { columns }), expected);
        expectSame(hardmax(x, { columns, out: x }), expected);
      }
      expectSame(hardmax(FloatArray.of(-Infinity, Infinity, 3, Infinity)), [0, 1, 0, 0]);
      const dy = FloatArray.of(1, NaN, 3, 4);
      expect([...hardmax.backward(dy, FloatArray.of(1, 2, NaN, 4))].map(Math.abs)).toEqual([0, NaN, NaN, 0]);
    });

    test.each(sizes)('logSumExp: %i columns', (columns) => {
      for (const magnitude of [0.01, 1, 5, 20, 1e4]) {
        for (let seed = 0; seed < (columns > 100 ? 2 : 40); seed++) {
          const x = row(FloatArray, columns, magnitude, seed);
          const maximum = largest(x);
          const truth = trueRow(x);
          const expected = trueLogSumExp(truth, maximum);
          // Of the larger of both where the maximum and the logarithm cancel.
          const size = Math.max(Math.abs(expected.hi), Math.min(Math.abs(maximum), truth.logSum.hi), smallest / epsilon);
          const ulp = epsilon * 2 ** Math.floor(Math.log2(size));
          expectWithin(difference(logSumExp(x)[0]!, expected), (epsilon < 1e-10 ? 3 : 2) * ulp, `magnitude ${magnitude}, seed ${seed}: ${expected.hi}`);
        }
      }
    });

    it('logSumExp of a small rest is not lost', () => {
      for (const d of [1, 5, 20, 40, 80]) expectWithin(logSumExp(FloatArray.of(0, -d))[0]! / Math.log1p(Math.exp(-d)) - 1, 2 * epsilon, `0 and ${-d}`);
    });

    it('logSumExp.backward: dy times softmax(x)', () => {
      for (const columns of [1, 3, 8, 31, 1000, 20_000]) {
        const [x, dy] = [row(FloatArray, 3 * columns, 5, 1), FloatArray.of(0.3, -2, 0)];
        const p = softmax(x, { columns });
        const expected = p.map((value, i) => value * dy[Math.floor(i / columns)]!);
        expectSame(logSumExp.backward(dy, x, { columns }), expected);
        expectSame(logSumExp.backward(dy, x, { columns, out: x }), expected);
      }
      // One column: dy and out may be the same.
      const dy = FloatArray.of(1, 2, 3);
      expectSame(logSumExp.backward(dy, FloatArray.of(4, 5, 6), { columns: 1, out: dy }), [1, 2, 3]);
    });

    it('logSumExp: into one value a row, also in place of the first elements', () => {
      const x = row(FloatArray, 700 * 9, 3, 2);
      const expected = logSumExp(x, { columns: 9 });
      expect(expected).toBeInstanceOf(FloatArray);
      expect(expected).toHaveLength(700);
      const out = x.subarray(0, 700);
      expect(logSumExp(x, { columns: 9, out })).toBe(out);
      expectSame(out, expected);
    });

    it('NaN anywhere in a row makes all of it NaN, and no other', () => {
      for (const [name, f] of family) {
        for (const columns of [1, 2, 3, 5, 8, 17]) {
          for (let at = 0; at < columns; at++) {
            const x = row(FloatArray, 3 * columns, 2, at);
            const expected = f(x, { columns });
            const width = expected.length / 3;
            expected.fill(NaN, width, 2 * width);
            x[columns + at] = NaN;
            expectSame(f(x, { columns }), expected, `${name}, NaN in column ${at} of ${columns}`);
          }
        }
      }
    });

    it('rows of nothing but -Infinity, and rows with Infinity', () => {
      for (const columns of [1, 2, 5, 8, 31]) {
        const nothing = new FloatArray(columns).fill(-Infinity);
        const none = new FloatArray(columns).fill(NaN);
        for (const f of [softmax, logSoftmax, sparsemax, hardmax]) expectSame(f(nothing), none, f.name);
        expectSame(softmin(minus(nothing)), none);
        expectSame(logSumExp(nothing), [-Infinity]);
        const x = row(FloatArray, columns, 2, 4);
        x[columns >> 1] = Infinity;
        expectSame(sparsemax(x), none);
        expectSame(logSumExp(x), [Infinity]);
        expect(hardmax(x)[columns >> 1]).toBe(1);
      }
    });

    it('masked classes: exactly 0, finite gradients, the others as without them', () => {
      for (const columns of [1, 2, 3, 5, 8, 33]) {
        const [x, dy] = [row(FloatArray, columns, 2, 5), row(FloatArray, 4 * columns, 1, 6)];
        const masked = FloatArray.from([...x].flatMap((value) => [-Infinity, value, -Infinity, -Infinity]));
        for (const f of [softmax, sparsemax, hardmax]) {
          const alone = f(x);
          const y = f(masked);
          const dx = f.backward(dy, masked);
          masked.forEach((value, i) => {
            expectWithin(y[i]! - (value === -Infinity ? 0 : alone[(i - 1) / 4]!), value === -Infinity ? 0 : 8 * epsilon, `${f.name}, column ${i}`);
            if (value === -Infinity) expect(Math.abs(dx[i]!), f.name).toBe(0);
            else expect(dx[i], f.name).not.toBeNaN();
          });
        }
        const y = logSoftmax(masked);
        const total = sumOf(Array.from(dy, double));
        const truth = trueRow(masked);
        for (const dx of [logSoftmax.backward(dy, masked), logSoftmax.backwardFromOutput(dy, y)]) {
          masked.forEach((value, i) => {
            if (value === -Infinity) expect([y[i], dx[i]]).toEqual([-Infinity, 0]);
            else expectWithin(dx[i]! - (dy[i]! - truth.p[i]!.hi * total.hi), 40 * epsilon, `logSoftmax.backward, column ${i}`);
          });
        }
        expectWithin(logSumExp(masked)[0]! - logSumExp(x)[0]!, 8 * epsilon, 'logSumExp');
        const gradient = logSumExp.backward(FloatArray.of(2), masked);
        expect(gradient.every((value, i) => (masked[i] === -Infinity ? value === 0 : value > 0))).toBe(true);
      }
    });

    it('the Jacobian into an array, in memory too', () => {
      const x = row(FloatArray, 5, 2, 8);
      const expected = softmax.jacobian(x);
      const out = new FloatArray(25);
      expect(softmax.jacobian(x, { out })).toBe(out);
      expectSame(out, expected);
      const stored = backend.allocate(FloatArray as typeof Float32Array, 5);
      stored.data.set(x);
      const result = softmax.jacobian(stored);
      expectSame(result.data, expected);
      const truth = trueRow(x);
      softmaxGradient(truth, FloatArray.of(1, 0, 0, 0, 0)).forEach((value, j) => { expectWithin(difference(expected[j]!, value), 4 * epsilon, `0, ${j}`); });
      result.free();
      stored.free();
    });
  });

  it.each(family)('%s: a row of 100,000 as a column too, without a copy for the user', (name, f) => {
    const x = ordinary(Float32Array, 100_000);
    expectSame(f(x, { shape: [100_000, 1], axis: 0 }), f(x), name);
    const twice = new Float32Array(200_000).map((_, i) => x[i >> 1]!);
    const expected = f(x);
    const columns = f(twice, { shape: [100_000, 2], axis: 0 });
    expectSame(columns.filter((_, i) => i % 2 === 0), expected);
    expectSame(columns.filter((_, i) => i % 2 === 1), expected);
  });

  it.each(family)('%s: info is true', (name, f) => {
    const { range, derivativeRange, monotonic } = families[name as FamilyName];
    const within = (values: FloatTypedArray, [low, high]: Interval): boolean => values.every((value) => value >= low && value <= high);
    const x = ordinary(Float64Array, 4000);
    const y = f(x, { columns: 8 });
    expect(within(y, range)).toBe(true);
    // Each derivative of the row, by a gradient of one element.
    for (let i = 0; i < (name === 'logSumExp' ? 1 : 8); i++) {
      const dy = y.map((_, k) => (name === 'logSumExp' || k % 8 === i ? 1 : 0));
      const slopes = f.backward(dy, x, { columns: 8 });
      expect(within(slopes, derivativeRange)).toBe(true);
      const own = slopes.filter((_, k) => k % 8 === i);
      expect(own.every((value) => (name === 'softmin' ? value <= 0 : value >= 0))).toBe(monotonic);
    }
  });

  it('the sum of a sum and its parts', () => {
    // Blocks of a long row: ln(e^a + e^b) of the halves' values is that of the whole.
    const x = ordinary(Float64Array, 50_000);
    const halves = logSumExp(x, { columns: 25_000 });
    expectWithin(logSumExp(halves)[0]! - logSumExp(x)[0]!, 1e-14, 'logSumExp');
  });
});
