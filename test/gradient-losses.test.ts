/** As gradient.test.ts for losses with weights, gated units and prelu: backward against central differences. */
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { gates } from '../src/gates.js';
import type { FloatTypedArray } from '../src/index.js';
import { backends } from './backends.js';
import { STEP, differences, dot, expectClose, numbers, sum } from './reference/differences.js';

const total = (loss: number | FloatTypedArray): number => (typeof loss === 'number' ? loss : sum(loss));

describe.each(backends)('$name', ({ backend }) => {
  const { binaryCrossEntropyWithLogits, meanSquaredError, nllLoss, prelu, softmaxCrossEntropy } = backend;
  const weights = (n: number): fc.Arbitrary<Float64Array> => numbers(n, 2).map((values) => values.map((value) => Math.abs(value) + 0.1));
  const labels = (n: number, classes: number): fc.Arbitrary<Int32Array> => fc.array(fc.integer({ min: -1, max: classes - 1 }), { minLength: n, maxLength: n }).map((values) => Int32Array.from([0, ...values.slice(1)]));
  const smoothing = fc.constantFrom(0, 0.1, 1);

  describe.each(['mean', 'sum', 'none'] as const)('%s', (reduction) => {
    test('softmaxCrossEntropy with weights, smoothing and ignored labels, along an axis', () => {
      fc.assert(fc.property(numbers(24), labels(6, 4), weights(4), smoothing, (x, truth, weight, labelSmoothing) => {
        const run = (logits: Float64Array) => softmaxCrossEntropy(logits, truth, { shape: [2, 4, 3], axis: 1, reduction, weight, labelSmoothing, ignoreIndex: -1 });
        expectClose(run(x).gradient, differences((at) => total(run(at).loss), x));
      }));
    });

    test('softmaxCrossEntropy of probabilities with weights and smoothing', () => {
      fc.assert(fc.property(numbers(12), numbers(12, 1), weights(4), smoothing, (x, truth, weight, labelSmoothing) => {
        const run = (logits: Float64Array) => softmaxCrossEntropy(logits, truth, { columns: 4, reduction, weight, labelSmoothing });
        expectClose(run(x).gradient, differences((at) => total(run(at).loss), x));
      }));
    });

    test('nllLoss', () => {
      fc.assert(fc.property(numbers(24), labels(6, 4), weights(4), (x, truth, weight) => {
        const run = (logs: Float64Array) => nllLoss(logs, truth, { shape: [2, 4, 3], axis: 1, reduction, weight, ignoreIndex: -1 });
        expectClose(run(x).gradient, differences((at) => total(run(at).loss), x));
      }));
    });

    test('nllLoss of logSoftmax is softmaxCrossEntropy', () => {
      fc.assert(fc.property(numbers(12), labels(3, 4), weights(4), (x, truth, weight) => {
        const options = { columns: 4, reduction, weight, ignoreIndex: -1 } as const;
        const y = backend.logSoftmax(x, { columns: 4 });
        const ofLogs = nllLoss(y, truth, options);
        const fused = softmaxCrossEntropy(x, truth, options);
        expectClose(Float64Array.of(total(ofLogs.loss)), Float64Array.of(total(fused.loss)), 1e-13);
        expectClose(backend.logSoftmax.backwardFromOutput(ofLogs.gradient, y, { columns: 4 }), fused.gradient, 1e-13);
      }));
    });

    test('meanSquaredError', () => {
      fc.assert(fc.property(numbers(7), numbers(7), (y, targets) => {
        const run = (at: Float64Array) => meanSquaredError(at, targets, { reduction });
        expectClose(run(y).gradient, differences((at) => total(run(at).loss), y));
      }));
    });

    test('binaryCrossEntropyWithLogits with posWeight', () => {
      fc.assert(fc.property(numbers(12, 20), numbers(12, 1), weights(3), (x, targets, posWeight) => {
        const run = (logits: Float64Array) => binaryCrossEntropyWithLogits(logits, targets.map(Math.abs), { reduction, posWeight });
        expectClose(run(x).gradient, differences((at) => total(run(at).loss), x));
      }));
    });
  });

  const kinked = ['reglu'];
  test.each(Object.keys(gates) as (keyof typeof gates)[])('%s', (name) => {
    const f = backend[name];
    fc.assert(fc.property(numbers(24), numbers(12), fc.constantFrom('first' as const, 'second' as const), (values, dy, gate) => {
      const x = kinked.includes(name) ? values.map((value) => (Math.abs(value) < 2 * STEP ? 1 : value)) : values;
      const options = { shape: [2, 4, 3], axis: 1, gate };
      expectClose(f.backward(dy, x, options), differences((at) => dot(dy, f(at, options)), x));
    }));
  });

  test('prelu, for x and for the slopes', () => {
    const awayFromZero = (x: Float64Array): Float64Array => x.map((value) => (Math.abs(value) < 2 * STEP ? 1 : value));
    fc.assert(fc.property(numbers(24).map(awayFromZero), numbers(3), numbers(24), (x, slope, dy) => {
      for (const options of [{}, { shape: [2, 3, 4], axis: 1 }]) {
        const { dx, dSlope } = prelu.backward(dy, x, slope, options);
        expectClose(dx, differences((at) => dot(dy, prelu(at, slope, options)), x));
        expectClose(dSlope, differences((at) => dot(dy, prelu(x, at, options)), slope));
        expectClose(prelu.derivative(x, slope, options), differences((at) => sum(prelu(at, slope, options)), x));
      }
      expectClose(Float64Array.of(prelu.backward(dy, x, slope[0]!).dSlope), differences((at) => dot(dy, prelu(x, at[0]!)), slope.subarray(0, 1)));
    }));
  });
});
