/** meanSquaredError, and binaryCrossEntropyWithLogits with posWeight. */
import { describe, expect, it, test } from 'vitest';
import { type FloatArray, type FloatTypedArray, WasmArray } from '../src/index.js';
import { backends, floatTypes } from './backends.js';
import { type DoubleDouble, add, double, multiply, subtract, twoSum } from './reference/double-double.js';
import { difference, sumOf, trueRow } from './reference/rows.js';
import { GUARD, HOMES, elements, expectSame, failure, free, inMemory, ordinary } from './support.js';

const reductions = ['mean', 'sum', 'none'] as const;

function expectWithin(value: number, truth: DoubleDouble, bound: number, place: string): void {
  const error = Math.abs(difference(value, truth));
  if (!(error <= bound)) expect.fail(`${place}: ${value} is ${error} off, allowed is ${bound}`);
}

/** p t ln(1 + e^-x) + (1 - t) ln(1 + e^x) and (1 - t + p t) / (1 + e^-x) - p t */
function weightedCrossEntropy(x: number, t: number, p: number): { loss: DoubleDouble; gradient: DoubleDouble } {
  const { p: [sigmoid], distances: [above, below], logSum } = trueRow([x, 0]);
  const positive = multiply(double(p), double(t));
  const negative = twoSum(1, -t);
  const loss = add(multiply(positive, add(above!, logSum)), multiply(negative, add(below!, logSum)));
  return { loss, gradient: subtract(multiply(add(positive, negative), sigmoid!), positive) };
}

describe.each(backends)('$name', ({ backend }) => {
  const { binaryCrossEntropyWithLogits, meanSquaredError } = backend;

  describe.each(floatTypes)('$type', ({ FloatArray, epsilon, smallest }) => {
    const targetsLike = (x: FloatTypedArray, seed: number): FloatTypedArray => ordinary(FloatArray, x.length, seed).map((value, i) => (i % 4 === 0 ? i % 8 / 4 : (value + 6) / 12));

    test.each(reductions)('posWeight, %s', (reduction) => {
      for (const [columns, shape] of [[1], [3], [4], [7], [32], [100], [3, [4, 3, 5]], [3, [2, 3, 600]]] as readonly (readonly [number, number[]?])[]) {
        const inner = shape ? shape[2]! : 1;
        const length = shape ? shape.reduce((a, b) => a * b) : columns * 90;
        const x = ordinary(FloatArray, length, columns).map((value, i) => (i % 11 === 0 ? value * 20 : value));
        const t = targetsLike(x, columns + 1);
        const posWeight = ordinary(FloatArray, columns, 3).map((value) => value + 6.5);
        const options = { reduction, ...(shape ? { shape, axis: 1 } : { columns }) };
        const divisor = reduction === 'mean' ? length : 1;
        for (const given of columns === 1 ? [posWeight, posWeight[0]!] : [posWeight]) {
          const { loss, gradient } = binaryCrossEntropyWithLogits(x, t, { ...options, posWeight: given });
          const truths = Array.from(x, (logit, i) => weightedCrossEntropy(logit, t[i]!, posWeight[Math.floor(i / inner) % columns]!));
          truths.forEach((truth, i) => {
            const p = posWeight[Math.floor(i / inner) % columns]!;
            // All terms of the loss have one sign: a few units of its own size.
            if (typeof loss !== 'number') expectWithin(loss[i]!, truth.loss, epsilon * 6 * truth.loss.hi + (2 + p) * smallest, `loss of ${x[i]}, ${t[i]}, ${p}`);
            const size = (1 - t[i]! + p * t[i]!) / (1 + Math.exp(-x[i]!)) + p * t[i]!;
            expectWithin(gradient[i]! * divisor, truth.gradient, epsilon * 5 * size + smallest * divisor, `gradient of ${x[i]}, ${t[i]}, ${p}`);
          });
          const total = sumOf(truths.map((truth) => truth.loss));
          if (typeof loss === 'number') expectWithin(loss * divisor, total, (6 * epsilon + 2 ** -53 * length) * total.hi, 'loss');
        }
      }
    });

    it('posWeight 1 is no weight', () => {
      const x = ordinary(FloatArray, 60, 1);
      const t = targetsLike(x, 2);
      const plain = binaryCrossEntropyWithLogits(x, t);
      expect(binaryCrossEntropyWithLogits(x, t, { posWeight: 1 })).toEqual(plain);
      const ones = binaryCrossEntropyWithLogits(x, t, { posWeight: new FloatArray(6).fill(1) });
      expect(Math.abs(ones.loss - plain.loss)).toBeLessThan(4 * epsilon * plain.loss);
    });

    it('posWeight: NaN stays in its place, targets of 0 and 1 lose nothing', () => {
      const { loss, gradient } = binaryCrossEntropyWithLogits(FloatArray.of(0, NaN, 60, -60), FloatArray.of(0, 0, 1, 0), { reduction: 'none', posWeight: 3 });
      expect([...loss].map(Number.isNaN)).toEqual([false, true, false, false]);
      expect([...gradient].map(Number.isNaN)).toEqual([false, true, false, false]);
      expectWithin(loss[2]!, weightedCrossEntropy(60, 1, 3).loss, 6 * epsilon * 3 * Math.exp(-60), 'loss of 60');
    });

    it('the gradient of what is nearly certain and right is not 0', () => {
      const { gradient } = binaryCrossEntropyWithLogits(FloatArray.of(60, -60, 60), FloatArray.of(1, 0, 1), { reduction: 'none' });
      const tail = Math.exp(-60);
      [-tail, tail, -tail].forEach((truth, i) => { expect(Math.abs(gradient[i]! - truth)).toBeLessThan(4 * epsilon * tail); });
    });

    it('an infinite logit has loss 0 where it is right, and Infinity where it is wrong', () => {
      const x = FloatArray.of(Infinity, Infinity, -Infinity, -Infinity, NaN);
      const t = FloatArray.of(1, 0, 0, 1, 0);
      for (const posWeight of [1, 2]) {
        const { loss, gradient } = binaryCrossEntropyWithLogits(x, t, { reduction: 'none', posWeight });
        expectSame(loss, [0, Infinity, 0, Infinity, NaN]);
        expectSame(gradient.map((value) => value + 0), [0, 1, 0, -posWeight, NaN]);
      }
    });

    test.each(reductions)('meanSquaredError, %s', (reduction) => {
      for (const length of [1, 2, 3, 4, 5, 511, 512, 513, 5000, 100_003]) {
        const y = ordinary(FloatArray, length, length);
        const t = ordinary(FloatArray, length, length + 1);
        const { loss, gradient } = meanSquaredError(y, t, { reduction });
        const divisor = reduction === 'mean' ? length : 1;
        const truths = Array.from(y, (value, i) => {
          const d = twoSum(value, -t[i]!);
          return { loss: multiply(d, d), gradient: add(d, d) };
        });
        // The difference is rounded, and what is made of it.
        if (typeof loss === 'number') {
          const total = sumOf(truths.map((truth) => truth.loss));
          expectWithin(loss * divisor, total, (2 * epsilon + 2 ** -53 * length) * total.hi, `loss of ${length}`);
        } else truths.forEach((truth, i) => { expectWithin(loss[i]!, truth.loss, 2 * epsilon * truth.loss.hi, `loss[${i}] of ${length}`); });
        truths.forEach((truth, i) => { expectWithin(gradient[i]! * divisor, truth.gradient, 2 * epsilon * Math.abs(truth.gradient.hi), `gradient[${i}] of ${length}`); });
      }
    });

    it('the loss is the same wherever the arrays are', () => {
      const y = ordinary(FloatArray, 100_003, 1);
      const t = targetsLike(y, 2);
      const stored = [inMemory(backend, y), inMemory(backend, t)] as [WasmArray, WasmArray];
      for (const f of [meanSquaredError, (a: FloatArray, b: FloatArray) => binaryCrossEntropyWithLogits(a, b, { posWeight: 2 })] as const) {
        const expected = f(y, t);
        const result = f(stored[0], stored[1]);
        expect(result.gradient).toBeInstanceOf(WasmArray);
        expectSame(elements(result.gradient), elements(expected.gradient));
        expect(Math.abs(result.loss - expected.loss)).toBeLessThanOrEqual(expected.loss * 2 ** -40);
        free(result.gradient);
      }
      free(...stored);
    });

    it('in place, overlapping, and nothing beside it', () => {
      const columns = 5;
      const losses = {
        mse: (y: FloatArray, t: FloatArray, out: FloatArray) => meanSquaredError(y, t, { out }),
        weighted: (y: FloatArray, t: FloatArray, out: FloatArray) => binaryCrossEntropyWithLogits(y, t, { posWeight: FloatArray.of(1, 2, 3, 4, 5), out }),
        'weighted along an axis': (y: FloatArray, t: FloatArray, out: FloatArray) => binaryCrossEntropyWithLogits(y, t, { posWeight: FloatArray.of(3, 2), shape: [1, 2, y.length / 2], axis: 1, out }),
      };
      for (const [title, f] of Object.entries(losses)) {
        for (const length of [2 * columns, 12 * columns, 3000 * columns]) {
          const inputs = [ordinary(FloatArray, length, 4), ordinary(FloatArray, length, 5).map((value) => (value + 6) / 12)] as const;
          const expected = f(inputs[0], inputs[1], new FloatArray(length));
          for (const build of Object.values(HOMES)) {
            for (const k of [0, 1]) {
              for (const shift of [0, -5, -1, 1, 3]) {
                const home = build(backend, FloatArray, length + 16);
                home.whole().fill(GUARD);
                home.whole().set(inputs[k]!, 8 + shift);
                const surroundings = home.whole().slice();
                surroundings.set(elements(expected.gradient), 8);
                const [y, t] = inputs.map((input, i): FloatArray => (i === k ? home.part(8 + shift, length) : input)) as [FloatArray, FloatArray];
                expect(f(y, t, home.part(8, length)).loss).toBeCloseTo(expected.loss, 12);
                expectSame(home.whole(), surroundings, `${title}, ${length}, input ${k} shifted by ${shift}`);
                home.release();
              }
            }
          }
        }
      }
    });

    it('of none', () => {
      const none = new FloatArray(0);
      expect(() => meanSquaredError(none, none)).toThrow(/y has no elements/);
      expect(meanSquaredError(none, none, { reduction: 'sum' })).toEqual({ loss: 0, gradient: none });
      expect(meanSquaredError(none, none, { reduction: 'none' })).toEqual({ loss: none, gradient: none });
      for (const posWeight of [2, FloatArray.of(1, 2)]) {
        expect(binaryCrossEntropyWithLogits(none, none, { reduction: 'sum', posWeight })).toEqual({ loss: 0, gradient: none });
      }
    });
  });

  it('what is wrong is said, and nothing is written', () => {
    const x = Float32Array.of(1, 2, 3, 4);
    const name = 'binaryCrossEntropyWithLogits: ';
    const refused = (options: object, type: ErrorConstructor, ...parts: string[]): void => {
      failure((out) => binaryCrossEntropyWithLogits(x, x, { out, ...options }), type, name, ...parts);
    };
    refused({ posWeight: new Float32Array(3) }, RangeError, 'logits has 4 elements', '3 columns', 'posWeight');
    refused({ posWeight: new Float32Array(0) }, RangeError, 'posWeight', 'got 0');
    refused({ posWeight: new Float32Array(4), columns: 2 }, RangeError, 'posWeight', '2 elements', 'got 4');
    refused({ posWeight: new Float64Array(2) }, TypeError, 'posWeight', 'got Float64Array(2)');
    refused({ posWeight: [1, 2] }, TypeError, 'posWeight', 'got an array of 2');
    refused({ posWeight: null }, TypeError, 'posWeight', 'got null');
    refused({ posWeight: '2' }, TypeError, 'posWeight', 'got "2"');
    refused({ posWeight: NaN }, RangeError, 'posWeight', 'finite', 'got NaN');
    refused({ columns: 3 }, RangeError, 'logits has 4 elements', '3 columns');
    refused({ shape: [2, 2, 2] }, RangeError, 'shape [2, 2, 2]');
    failure((out) => meanSquaredError(x, new Float32Array(3), { out }), RangeError, 'meanSquaredError: ', 'targets', '4 elements', 'got 3');
    failure((out) => meanSquaredError(x, x, { out, columns: 2 } as never), TypeError, 'meanSquaredError: ', 'no option columns');
    failure((out) => meanSquaredError(x, x, { out, reduction: 'average' as never }), RangeError, 'meanSquaredError: ', 'reduction', 'got "average"');
  });
});
