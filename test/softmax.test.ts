import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FloatTypedArray } from '../src/index.js';
import { backends, types } from './backends.js';
import { type DoubleDouble, double } from './reference/double-double.js';
import { sum } from './reference/differences.js';
import { type TrueRow, difference, logProbability, logSoftmaxGradient, softmaxGradient, sumOf, trueRow } from './reference/rows.js';
import { generator } from './reference/samples.js';

const ROWS = 3;
const random = generator(4);
const signed = (): number => random() / 2 ** 31 - 1;
const sizes = [1, 2, 3, 4, 5, 7, 8, 31, 128, 1000, 100_000];
const sized = sizes.flatMap((columns) => [1, 20, 1e4].map((magnitude) => ({ columns, magnitude })));

/**
 * What the errors are made of, in units of epsilon relative to the exact value, with d = max - x_i:
 *
 * - d is rounded once, by d/2 units, which e^-d takes on as a relative error: no softmax of this precision is without it;
 * - e^-d, the divisor and the quotient: some 3 units;
 * - the errors of the terms of the sum, which have the terms' weight there: sum_j p_j d_j/2, at most ln(n)/2;
 * - the additions. The kernels have runs of at most 128 a lane, whose roundings go up and down alike and amount to some
 *   sqrt(128)/2. The fallback adds n doubles one after the other: up to n/2 in float64, nothing to speak of in float32.
 */
const sumUnits = (type: 'f32' | 'f64', backend: string, n: number): number =>
  Math.log(n) / 2 + (backend === 'wasm' ? Math.sqrt(Math.min(n, 128)) : type === 'f64' ? n / 2 : 0);
const softmaxUnits = (type: 'f32' | 'f64', backend: string, n: number, d: number): number => 4 + d / 2 + sumUnits(type, backend, n);

/** Rows of logits and of incoming gradients, with what is true for them: once for all backends. */
const problems = new Map(
  types.map(({ type, FloatArray }) => [
    type,
    sized.map(({ columns, magnitude }) => {
      const rows = columns > 10_000 ? 2 : ROWS;
      const x = FloatArray.from(Array.from({ length: rows * columns }, () => signed() * magnitude));
      const dy = x.map(signed);
      const truths = Array.from({ length: rows }, (_, r) => {
        const gradients = dy.subarray(r * columns, (r + 1) * columns);
        const truth = trueRow(x.subarray(r * columns, (r + 1) * columns));
        return { truth, gradients, softmaxGradients: softmaxGradient(truth, gradients), logSoftmaxGradients: logSoftmaxGradient(truth, gradients) };
      });
      return { columns, magnitude, x, dy, truths };
    }),
  ]),
);

const slices = <A extends Float32Array | Float64Array>(x: A, columns: number): A[] =>
  Array.from({ length: x.length / columns }, (_, row) => x.subarray(row * columns, (row + 1) * columns) as A);

function expectWithin(value: number, truth: DoubleDouble, bound: number, place: string): void {
  if (Math.abs(difference(value, truth)) <= bound) return;
  expect.fail(`${place}: ${value} is ${difference(value, truth)} off, allowed is ${bound}`);
}

/** As toEqual, for arrays too long to be shown. */
function expectSame(actual: FloatTypedArray, expected: FloatTypedArray): void {
  expect(actual).toHaveLength(expected.length);
  const at = actual.findIndex((value, i) => !Object.is(value, expected[i]));
  if (at >= 0) expect.fail(`[${at}] is ${actual[at]}, expected ${expected[at]}`);
}

describe.each(backends)('$name', ({ name: backendName, backend }) => {
  const { softmax, logSoftmax, argmax } = backend;

  describe.each(types)('$type', ({ type, FloatArray, epsilon, smallest }) => {
    const rows = (columns: number, magnitude: number) => FloatArray.from(Array.from({ length: ROWS * columns }, () => signed() * magnitude));
    const units = (n: number, d: number): number => softmaxUnits(type, backendName, n, d);

    test.each(problems.get(type)!)('$columns columns, logits up to $magnitude', ({ columns, x, dy, truths }) => {
      const [p, q] = [softmax(x, { columns }), logSoftmax(x, { columns })];
      const [dp, dq] = [softmax.backward(dy, x, { columns }), logSoftmax.backward(dy, x, { columns })];
      const [ep, eq] = [softmax.backwardFromOutput(dy, p, { columns }), logSoftmax.backwardFromOutput(dy, q, { columns })];
      truths.forEach(({ truth, gradients, softmaxGradients, logSoftmaxGradients }, r) => {
        const weighted = sum(gradients.map((gradient, i) => Math.abs(gradient) * truth.p[i]!.hi));
        const mass = sum(gradients.map(Math.abs));
        for (let i = 0; i < columns; i++) {
          const at = r * columns + i;
          const place = `row ${r}, column ${i}`;
          const d = truth.distances[i]!.hi;
          expectWithin(p[at]!, truth.p[i]!, epsilon * units(columns, d) * truth.p[i]!.hi + 2 * smallest, `softmax, ${place}`);
          // Absolute: x - max and ln sum have been rounded before they are subtracted.
          expectWithin(q[at]!, logProbability(truth, i), epsilon * (2 * d + units(columns, 0)), `logSoftmax, ${place}`);
          // Relative to what cancels in dy_i - sum_j dy_j p_j.
          const bound = epsilon * 2 * units(columns, d) * truth.p[i]!.hi * (Math.abs(gradients[i]!) + weighted) + 2 * smallest;
          expectWithin(dp[at]!, softmaxGradients[i]!, bound, `softmax.backward, ${place}`);
          expectWithin(ep[at]!, softmaxGradients[i]!, bound, `softmax.backwardFromOutput, ${place}`);
          // The sum of the dy_j is long as well, and e^y has the error of y.
          const logBound = epsilon * (Math.abs(gradients[i]!) + 2 * (units(columns, 0) + 2 * d) * truth.p[i]!.hi * mass) + 2 * smallest;
          expectWithin(dq[at]!, logSoftmaxGradients[i]!, logBound, `logSoftmax.backward, ${place}`);
          expectWithin(eq[at]!, logSoftmaxGradients[i]!, logBound, `logSoftmax.backwardFromOutput, ${place}`);
        }
        const total = sumOf(Array.from(p.subarray(r * columns, (r + 1) * columns), double));
        expectWithin(1, total, epsilon * units(columns, 0), `sum of row ${r}`);
      });
    });

    test.each(sizes)('%i equal logits', (columns) => {
      for (const logit of [0, -3.7, 1e4, -1e4]) {
        const x = new FloatArray(columns).fill(logit);
        expectSame(softmax(x), new FloatArray(columns).fill(1 / columns));
        expectWithin(logSoftmax(x)[columns - 1]!, logProbability(trueRow(x), 0), epsilon * Math.log(columns), 'logSoftmax');
      }
    });

    test('long rows whose maximum comes late, after what is masked or very small, also in place', () => {
      const columns = 10_001;
      for (const [early, late] of [[-Infinity, 3], [-1000, 0], [-30, 40], [0, 0.5]] as const) {
        const x = new FloatArray(columns).map((_, i) => (i < 9000 ? early : late - (i % 7)));
        const p = softmax(x);
        const truth = trueRow(x.subarray(9000));
        const beside = trueRow(x.map((value) => Math.max(value, -1e6)));
        for (const i of [0, 4095, 8999, 9000, 9001, columns - 1]) {
          const expected = early === -Infinity ? (i < 9000 ? double(0) : truth.p[i - 9000]!) : beside.p[i]!;
          const d = early === -Infinity && i < 9000 ? 0 : Math.min(beside.distances[i]!.hi, 800);
          expectWithin(p[i]!, expected, epsilon * units(columns, d) * expected.hi + 2 * smallest, `column ${i} after ${early}`);
        }
        expectSame(softmax(x, { out: x }), p);
      }
    });

    test('masked classes have probability 0, the others are as without them', () => {
      for (const columns of sizes.slice(0, 8)) {
        const x = rows(columns, 5).subarray(0, columns);
        const masked = FloatArray.from([...x].flatMap((value) => [-Infinity, value, -Infinity, -Infinity]));
        const [p, q] = [softmax(masked), logSoftmax(masked)];
        const truth = trueRow(x);
        masked.forEach((value, i) => {
          if (value === -Infinity) {
            expect(p[i]).toBe(0);
            expect(q[i]).toBe(-Infinity);
          } else {
            const d = truth.distances[(i - 1) / 4]!.hi;
            const bound = epsilon * units(masked.length, d);
            expectWithin(p[i]!, truth.p[(i - 1) / 4]!, bound * p[i]!, `softmax, column ${i}`);
            expectWithin(q[i]!, logProbability(truth, (i - 1) / 4), bound + 2 * epsilon * d, `logSoftmax, column ${i}`);
          }
        });
      }
    });

    test.each([NaN, Infinity])('a row with %d anywhere is NaN, the rows beside it are not', (special) => {
      for (const columns of [1, 2, 3, 4, 5, 7, 8, 17, 31]) {
        for (let at = 0; at < columns; at++) {
          const x = rows(columns, 3);
          const expected = softmax(x, { columns });
          const logExpected = logSoftmax(x, { columns });
          for (const y of [x, expected, logExpected]) y.fill(y === x ? x[columns]! : NaN, columns, 2 * columns);
          x[columns + at] = special;
          expect(softmax(x, { columns })).toEqual(expected);
          expect(logSoftmax(x, { columns })).toEqual(logExpected);
        }
      }
    });

    test('a row of nothing but -Infinity is NaN', () => {
      for (const columns of [1, 2, 5, 8, 31]) {
        const x = new FloatArray(columns).fill(-Infinity);
        expect(softmax(x)).toEqual(new FloatArray(columns).fill(NaN));
        expect(logSoftmax(x)).toEqual(new FloatArray(columns).fill(NaN));
      }
    });

    test('logits that differ by more than the type has room for: 1 and 0', () => {
      const most = FloatArray === Float32Array ? 2 ** 127 : Number.MAX_VALUE / 2;
      expect(softmax(FloatArray.of(most, -most, 0))).toEqual(FloatArray.of(1, 0, 0));
      expect(softmax(FloatArray.of(1e4, -1e4))).toEqual(FloatArray.of(1, 0));
      expect(logSoftmax(FloatArray.of(1e4, -1e4))).toEqual(FloatArray.of(0, -2e4));
    });

    test('the Jacobian', () => {
      const x = FloatArray.of(0.3, -2, 1.5, 0);
      const truth: TrueRow = trueRow(x);
      const jacobian = softmax.jacobian(x);
      expect(jacobian).toBeInstanceOf(FloatArray);
      expect(jacobian).toHaveLength(16);
      slices(jacobian, 4).forEach((row, i) => {
        // dy_i/dx_j for all j is the gradient of y_i.
        const unit = new FloatArray(4);
        unit[i] = 1;
        softmaxGradient(truth, unit).forEach((expected, j) => {
          expectWithin(row[j]!, expected, 8 * epsilon * truth.p[i]!.hi, `${i}, ${j}`);
        });
        expect(Math.abs(sum(row))).toBeLessThanOrEqual(4 * epsilon);
      });
    });

    test.each([
      ['softmax', softmax],
      ['logSoftmax', logSoftmax],
    ] as const)('%s in place', (_, f) => {
      for (const columns of [1, 3, 8, 1000, 20_000]) {
        const x = rows(columns, 5);
        const dy = rows(columns, 1);
        const y = f(x, { columns });
        const gradient = f.backward(dy, x, { columns });
        const fromOutput = f.backwardFromOutput(dy, y, { columns });
        const attempts = [
          { run: (out: typeof x) => f(out, { columns, out }), start: x, expected: y },
          { run: (out: typeof x) => f.backward(out, x, { columns, out }), start: dy, expected: gradient },
          { run: (out: typeof x) => f.backward(dy, out, { columns, out }), start: x, expected: gradient },
          { run: (out: typeof x) => f.backwardFromOutput(out, y, { columns, out }), start: dy, expected: fromOutput },
          { run: (out: typeof x) => f.backwardFromOutput(dy, out, { columns, out }), start: y, expected: fromOutput },
        ];
        for (const { run, start, expected } of attempts) {
          const out = start.slice();
          expect(run(out)).toBe(out);
          expectSame(out, expected);
        }
      }
    });

    test('argmax: the first maximum, or the first NaN', () => {
      expect(argmax(FloatArray.of(1, 3, 2, 3))).toEqual(Int32Array.of(1));
      expect(argmax(FloatArray.of(1, NaN, 9, NaN))).toEqual(Int32Array.of(1));
      expect(argmax(FloatArray.of(-0, 0))).toEqual(Int32Array.of(0));
      expect(argmax(FloatArray.of(0, -0))).toEqual(Int32Array.of(0));
      expect(argmax(FloatArray.of(-1, Infinity, NaN))).toEqual(Int32Array.of(2));
      expect(argmax(new FloatArray(9).fill(-Infinity))).toEqual(Int32Array.of(0));
      expect(argmax(FloatArray.of(5, 1, 2, 7, 7, 0), { columns: 2 })).toEqual(Int32Array.of(0, 1, 0));
    });

    test('argmax of any rows', () => {
      const element = fc.constantFrom(-Infinity, -1, -0, 0, 1, 2, Infinity, NaN, smallest, -smallest);
      const anyRows = fc.integer({ min: 1, max: 40 }).chain((columns) => fc.array(fc.array(element, { minLength: columns, maxLength: columns }), { minLength: 1, maxLength: 4 }));
      fc.assert(
        fc.property(anyRows, (matrix) => {
          const out = new Int32Array(matrix.length);
          expect(argmax(FloatArray.from(matrix.flat()), { columns: matrix[0]!.length, out })).toBe(out);
          const expected = matrix.map((row) => (row.some(Number.isNaN) ? row.findIndex(Number.isNaN) : row.indexOf(Math.max(...row))));
          expect([...out]).toEqual(expected);
        }),
      );
      const long = new FloatArray(100_000);
      long[70_001] = 1;
      long[70_002] = 1;
      expect(argmax(long)).toEqual(Int32Array.of(70_001));
    });
  });

  type Rows = (x: Float32Array, options?: { readonly columns: number }) => Float32Array | Int32Array;
  test.each<[string, Rows]>([
    ['softmax', softmax],
    ['logSoftmax', logSoftmax],
    ['argmax', argmax],
  ])('%s: columns that do not fit', (name, f) => {
    const x = new Float32Array(6);
    for (const columns of [4, 7, 0, -1, 1.5, NaN, Infinity]) expect(() => f(x, { columns }), String(columns)).toThrow(RangeError);
    expect(() => f(x, { columns: 4 })).toThrow(`${name}: x has 6 elements`);
    expect(() => f(new Float32Array(0)), 'a row of none').toThrow(RangeError);
    expect(f(new Float32Array(0), { columns: 3 })).toHaveLength(0);
  });
});
