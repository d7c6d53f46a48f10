import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Row, rows } from '../src/catalogue/index.js';
import type { FloatTypedArray } from '../src/index.js';
import { backends, types } from './backends.js';
import { type Operation, type Values, activationOf, cases } from './operations.js';
import { STEP, differences, dot, expectClose, numbers, sum } from './reference/differences.js';

const everyCase = cases.flatMap(({ name, operation, parameters }) => parameters.map((values) => ({ name, operation, values })));

const isInvertible = ({ operation, values }: (typeof everyCase)[number]): boolean =>
  operation.f64.fromOutput !== undefined && (operation.invertible?.(values) ?? true);

const awayFromKinks = (operation: Operation, values: Values, distance: number) => (x: number): boolean =>
  (operation.kinks?.(values) ?? []).every((kink) => Math.abs(x - kink.x) > distance);

/** Where differences of f are taken; f'' jumps at 0 in functions made of two pieces. */
const isSmooth = ({ name, operation, values }: (typeof everyCase)[number]) => (x: number): boolean =>
  awayFromKinks(operation, values, 2 * STEP)(x) && Math.abs(x) > 2 * STEP && (name !== 'log1p' || x > -0.9);

/** Kernels in double precision round a product of float32 numbers once. */
const isWide = (name: string): boolean => rows.some((row: Row) => row.name === name && row.wide === true);

const kinksOfDefaults = cases.flatMap(({ name, operation, parameters }) => (operation.kinks?.(parameters[0]!) ?? []).map((kink) => ({ name, ...kink })));

describe.each(backends)('$name', ({ name: backendName, backend }) => {
  describe.each(everyCase)('$name, $values', ({ name, operation, values }) => {
    const f = activationOf(backend, name);

    test('backward is the gradient by central differences', () => {
      fc.assert(
        fc.property(numbers(8), numbers(8), (x, dy) => {
          const places = x.filter(isSmooth({ name, operation, values }));
          const gradient = dy.subarray(0, places.length);
          expectClose(f.backward(gradient, places, values), differences((at) => dot(gradient, f(at, values)), places));
        }),
      );
    });

    // In JavaScript the derivative of a float32 is a double until it has been multiplied; softsign divides dy instead.
    const exactTypes = types.filter(({ type }) => (type === 'f64' || (backendName === 'wasm' && !isWide(name))) && name !== 'softsign');
    test.each(exactTypes)('backward is dy times derivative to the last bit, where that has all its bits: $type', ({ FloatArray, smallest, epsilon }) => {
      fc.assert(
        fc.property(fc.array(fc.tuple(fc.double(), fc.double()), { maxLength: 20 }), (pairs) => {
          const x = FloatArray.from(pairs.map(([at]) => at));
          const dy = FloatArray.from(pairs.map(([, gradient]) => gradient));
          const derivative = f.derivative(x, values);
          // A 0 may stand for less than the smallest number, of which a large dy makes one.
          const hasAllBits = (_: number, i: number): boolean => !(Math.abs(derivative[i]!) < smallest / epsilon) || (derivative[i] === 0 && Math.abs(dy[i]!) <= 1);
          const expected = derivative.map((value, i) => dy[i]! * value);
          expect(f.backward(dy, x, values).filter(hasAllBits)).toEqual(expected.filter(hasAllBits));
        }),
      );
    });
  });

  describe.each(everyCase.filter(isInvertible))('from the output: $name, $values', ({ name, operation, values }) => {
    const f = activationOf(backend, name);
    // How much f' changes with y at most, for the functions that have no parameter, or one for this.
    const { cap = 1, beta = 1 } = values as { readonly cap?: number; readonly beta?: number };
    const slope = Math.max(2, 2 / cap, beta);

    test.each(types)('backwardFromOutput agrees with backward: $type', ({ FloatArray, epsilon, smallest }) => {
      fc.assert(
        fc.property(numbers(20, 30), numbers(20), (doubles, gradients) => {
          const x = FloatArray.from(doubles.filter((at) => awayFromKinks(operation, values, 0.001)(at) && (name !== 'log1p' || at > -0.9)));
          const dy = FloatArray.from(gradients.subarray(0, x.length));
          const y = f(x, values);
          const expected = f.backward(dy, x, values);
          f.backwardFromOutput!(dy, y, values).forEach((dx, i) => {
            // A few units of its own size; and y is rounded, to a unit of the smallest numbers if it is one of them.
            const bound = epsilon * (8 * Math.abs(expected[i]!) + 3 * slope * Math.abs(dy[i]! * y[i]!)) + smallest * (1 + slope * Math.abs(dy[i]!));
            expect(Math.abs(dx - expected[i]!), `at ${x[i]}: ${dx}, backward gives ${expected[i]}`).toBeLessThanOrEqual(bound);
          });
        }),
      );
    });
  });

  test.each(kinksOfDefaults)("$name: f'($x) is $derivative", ({ name, x, derivative }) => {
    const f = activationOf(backend, name);
    for (const { FloatArray } of types) {
      const expected = FloatArray.of(derivative);
      expect.soft(f.derivative(FloatArray.of(x))).toEqual(expected);
      expect.soft(f.backward(FloatArray.of(1), FloatArray.of(x))).toEqual(expected);
      if (f.backwardFromOutput) expect.soft(f.backwardFromOutput(FloatArray.of(1), f(FloatArray.of(x))), 'from output').toEqual(expected);
    }
  });

  const { softmax, logSoftmax, softmin, sparsemax, logSumExp, softmaxCrossEntropy, binaryCrossEntropyWithLogits, linear } = backend;

  describe.each([
    ['softmax', softmax],
    ['logSoftmax', logSoftmax],
    ['softmin', softmin],
    ['sparsemax', sparsemax],
  ] as const)('%s, by central differences', (name, f) => {
    test('backward, over two rows', () => {
      fc.assert(
        fc.property(numbers(10), numbers(10), (x, dy) => {
          // Where an element comes to 0 or leaves it, sparsemax has a kink.
          const set = (at: Float64Array): string => f(at, { columns: 5 }).map(Math.sign).join();
          if (name === 'sparsemax') fc.pre(x.every((_, i) => [-2, 2].every((side) => set(x.with(i, x[i]! + side * STEP)) === set(x))));
          const expected = differences((at) => dot(dy, f(at, { columns: 5 })), x);
          expectClose(f.backward(dy, x, { columns: 5 }), expected);
          expectClose(f.backwardFromOutput(dy, f(x, { columns: 5 }), { columns: 5 }), expected);
        }),
      );
    });

    test('backward, along another axis', () => {
      const along = { shape: [2, 5, 3], axis: 1 };
      fc.assert(
        fc.property(numbers(30), numbers(30), (x, dy) => {
          const set = (at: Float64Array): string => f(at, along).map(Math.sign).join();
          if (name === 'sparsemax') fc.pre(x.every((_, i) => [-2, 2].every((side) => set(x.with(i, x[i]! + side * STEP)) === set(x))));
          expectClose(f.backward(dy, x, along), differences((at) => dot(dy, f(at, along)), x));
        }),
        { numRuns: 20 },
      );
    });
  });

  test('logSumExp.backward is the gradient by central differences', () => {
    fc.assert(
      fc.property(numbers(12), numbers(3), (x, dy) => {
        for (const options of [{ columns: 4 }, { shape: [4, 3], axis: 0 }]) {
          expectClose(logSumExp.backward(dy, x, options), differences((at) => dot(dy, logSumExp(at, options)), x));
        }
      }),
    );
  });

  describe.each([
    ['softmax', softmax],
    ['logSoftmax', logSoftmax],
  ] as const)('%s', (name, f) => {
    test('backward is the product with the Jacobian', () => {
      fc.assert(
        fc.property(numbers(6, 20), numbers(6), (x, dy) => {
          const p = softmax(x);
          // dy_i/dx_j
          const jacobian = (i: number, j: number): number => (name === 'softmax' ? p[i]! : 1) * ((i === j ? 1 : 0) - p[j]!);
          const expected = x.map((_, j) => sum(dy.map((gradient, i) => gradient * jacobian(i, j))));
          expectClose(f.backward(dy, x), expected, 1e-13);
          expectClose(f.backwardFromOutput(dy, f(x)), expected, 1e-13);
        }),
      );
    });
  });

  describe.each(['mean', 'sum', 'none'] as const)('losses with reduction %s', (reduction) => {
    /** Of a loss for each row, the gradient is that of their sum. */
    const total = (loss: number | FloatTypedArray): number => (typeof loss === 'number' ? loss : sum(loss));

    test('softmaxCrossEntropy of labels', () => {
      fc.assert(
        fc.property(numbers(12), fc.array(fc.nat(3), { minLength: 3, maxLength: 3 }), (x, classes) => {
          const run = (logits: Float64Array) => softmaxCrossEntropy(logits, Int32Array.from(classes), { columns: 4, reduction });
          expectClose(run(x).gradient, differences((at) => total(run(at).loss), x));
        }),
      );
    });

    test('softmaxCrossEntropy of probabilities, which need not sum to 1', () => {
      fc.assert(
        fc.property(numbers(12), numbers(12, 1), (x, truth) => {
          const run = (logits: Float64Array) => softmaxCrossEntropy(logits, truth, { columns: 4, reduction });
          expectClose(run(x).gradient, differences((at) => total(run(at).loss), x));
        }),
      );
    });

    test('binaryCrossEntropyWithLogits', () => {
      fc.assert(
        fc.property(numbers(7, 20), numbers(7, 1), (x, targets) => {
          const run = (logits: Float64Array) => binaryCrossEntropyWithLogits(logits, targets.map(Math.abs), { reduction });
          expectClose(run(x).gradient, differences((at) => total(run(at).loss), x));
        }),
      );
    });
  });

  test('linear.backward is the gradient by central differences, for x, the weight and the bias', () => {
    const sizes = fc.record({ rows: fc.integer({ min: 1, max: 5 }), inFeatures: fc.integer({ min: 1, max: 5 }), outFeatures: fc.integer({ min: 1, max: 5 }) });
    const layers = sizes.chain(({ rows, inFeatures, outFeatures }) =>
      fc.tuple(numbers(rows * inFeatures), numbers(outFeatures * inFeatures), numbers(outFeatures), numbers(rows * outFeatures), fc.constant({ rows, inFeatures, outFeatures })),
    );
    fc.assert(
      fc.property(layers, ([x, weight, bias, dy, options]) => {
        const { dx, dWeight, dBias } = linear.backward(dy, x, weight, options);
        expectClose(dx, differences((at) => dot(dy, linear(at, weight, bias, options)), x, 1));
        expectClose(dWeight, differences((at) => dot(dy, linear(x, at, bias, options)), weight, 1));
        expectClose(dBias, differences((at) => dot(dy, linear(x, weight, at, options)), bias, 1));
      }),
    );
  });
});
