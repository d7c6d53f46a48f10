/** What the functions take of the memory, and where their results are. */
import { describe, expect, it } from 'vitest';
import { type Backend, type DisposableBackend, type FloatArray, type Loss, WasmArray, createBackend } from '../src/index.js';
import { activationsOf, elements, elementwiseOf, expectSame, fillMemory, free, inMemory, mixed, ordinary } from './support.js';

describe.each([['wasm', {}], ['javascript', { wasm: false }]] as const)('%s', (_, options) => {
  const started = (): Promise<DisposableBackend> => createBackend(options);

  describe('ordinary arrays do not make the memory grow', () => {
    const x = ordinary(Float32Array, 5_000_000);

    it('elementwise functions', async () => {
      const backend = await started();
      const before = backend.memoryUsage();
      const out = new Float32Array(x.length);
      backend.relu(x, { out });
      backend.hardTanh.backward(x, x, { out });
      backend.gradientStep(out, x, { learningRate: 0.1 });
      expect(backend.sigmoid(x.subarray(0, 500_000))).toHaveLength(500_000);
      expect(backend.memoryUsage()).toEqual(before);
    });

    it('functions of rows', async () => {
      const backend = await started();
      const before = backend.memoryUsage();
      const rows = x.subarray(0, 1_000_000);
      const y = backend.softmax(rows, { columns: 10 });
      backend.softmax.backward(rows, rows, { columns: 10, out: y });
      backend.logSoftmax.backwardFromOutput(rows, y, { columns: 10, out: y });
      backend.sparsemax.backward(rows, rows, { columns: 10, out: y });
      backend.logSumExp.backward(backend.logSumExp(rows, { columns: 10 }), rows, { columns: 10, out: y });
      backend.argmax(rows, { columns: 10 });
      backend.softmaxCrossEntropy(rows, new Int32Array(100_000), { columns: 10, out: y });
      backend.softmaxCrossEntropy(rows, y, { columns: 10, reduction: 'none', out: y });
      backend.binaryCrossEntropyWithLogits(rows, y, { reduction: 'none', out: y });
      backend.softmaxCrossEntropy(rows, y, { columns: 10, weight: rows.subarray(0, 10), labelSmoothing: 0.1, out: y });
      backend.nllLoss(rows, new Int32Array(100_000), { columns: 10, out: y });
      backend.meanSquaredError(rows, y, { reduction: 'none', out: y });
      backend.binaryCrossEntropyWithLogits(rows, y, { posWeight: rows.subarray(0, 10), out: y });
      backend.glu.backward(backend.glu(rows, { columns: 10 }), rows, { columns: 10, out: y });
      backend.prelu(rows, 0.1, { out: y });
      backend.prelu.backward(y, rows, rows.subarray(0, 2), { shape: [1, 2, 500_000], axis: 1, out: { dx: y } });
      backend.diagnose(rows, 'relu', { columns: 10 });
      expect(backend.memoryUsage()).toEqual(before);
    });

    it('a row that is too long for the staging area takes memory, and gives it back', async () => {
      const backend = await started();
      const before = backend.memoryUsage();
      backend.softmax(x.subarray(0, 100_000));
      backend.softmaxCrossEntropy(x.subarray(0, 100_000), Int32Array.of(3), { columns: 100_000 });
      expect(backend.memoryUsage()).toMatchObject({ used: before.used, arrays: before.arrays });
    });

    it('a linear layer takes as much for 100,000 rows as for 5,000', async () => {
      const weight = x.subarray(0, 4 * 16);
      const after = async (rows: number): Promise<number[]> => {
        const input = x.subarray(0, rows * 16);
        const dy = x.subarray(0, rows * 4);
        const forward = await started();
        forward.linear(input, weight, weight.subarray(0, 4));
        const backward = await started();
        backward.linear.backward(dy, input, weight, { rows });
        expect(forward.memoryUsage()).toMatchObject({ used: 0, arrays: 0 });
        expect(backward.memoryUsage()).toMatchObject({ used: 0, arrays: 0 });
        return [forward.memoryUsage().bytes, backward.memoryUsage().bytes];
      };
      expect(await after(100_000)).toEqual(await after(5000));
    });
  });

  describe('results', () => {
    it('are where the input is', async () => {
      const backend = await started();
      const other = await started();
      const values = Float32Array.of(1, 2, 3, 4);
      const x = inMemory(backend, values);
      const foreign = inMemory(other, values);
      const calls: ((at: FloatArray) => FloatArray | readonly FloatArray[])[] = [
        ...elementwiseOf(backend).map(({ arguments: names, run }) => (at: FloatArray) => run(names.map((name) => (name === 'dy' ? values : at)))),
        (at) => backend.softmax(at, { columns: 2 }),
        (at) => backend.logSoftmax.backward(values, at, { columns: 2 }),
        (at) => backend.softmax.backwardFromOutput(values, at, { columns: 2 }),
        (at) => backend.softmin(at, { shape: [2, 2], axis: 0 }),
        (at) => backend.sparsemax.backwardFromOutput(values, at, { shape: [2, 2], axis: 0 }),
        (at) => backend.hardmax.backward(values, at, { columns: 2 }),
        (at) => backend.softmax.jacobian(at),
        (at) => backend.logSumExp(at, { columns: 2 }),
        (at) => backend.logSumExp.backward(values.subarray(0, 2), at, { columns: 2 }),
        (at) => backend.softmaxCrossEntropy(at, Int32Array.of(0, 1), { columns: 2 }).gradient,
        (at) => backend.binaryCrossEntropyWithLogits(at, values).gradient,
        (at) => backend.nllLoss(at, Int32Array.of(0, 1), { columns: 2 }).gradient,
        (at) => backend.meanSquaredError(at, values).gradient,
        (at) => backend.glu(at, { columns: 2 }),
        (at) => backend.reglu.backward(values.subarray(0, 2), at, { columns: 2 }),
        (at) => backend.prelu(at, 0.5),
        (at) => backend.prelu.derivative(at, 0.5),
        (at) => backend.prelu.backward(values, at, 0.5).dx,
        (at) => backend.prelu.backward(at, values, at).dSlope,
        (at) => backend.linear(at, values, null, { inFeatures: 2 }),
        (at) => Object.values(backend.linear.backward(values, at, values, { inFeatures: 2 })),
        (at) => backend.matmul(at, values, { k: 2 }),
      ];
      const listed = (result: FloatArray | readonly FloatArray[]): readonly FloatArray[] =>
        Array.isArray(result) ? (result as readonly FloatArray[]) : [result as FloatArray];
      for (const call of calls) {
        const expected = listed(call(values));
        for (const result of expected) expect(result).toBeInstanceOf(Float32Array);
        for (const [k, result] of listed(call(x)).entries()) {
          expect(result).toBeInstanceOf(WasmArray);
          expectSame(elements(result), elements(expected[k]!));
          free(result);
        }
        // An array of another backend is as good as an ordinary one.
        for (const [k, result] of listed(call(foreign)).entries()) {
          expect(result).toBeInstanceOf(Float32Array);
          expectSame(elements(result), elements(expected[k]!));
        }
      }
      expect(backend.memoryUsage().arrays).toBe(1);
      expect(other.memoryUsage().arrays).toBe(1);
      expect(backend.argmax(x)).toBeInstanceOf(Int32Array);
      const indices = backend.allocate(Int32Array, 2);
      expect(backend.argmax(x, { columns: 2, out: indices })).toBe(indices);
      expectSame(indices.data, [1, 1]);
    });

    it('that make the memory grow are right', async () => {
      const names = elementwiseOf(await started()).length;
      for (let which = 0; which < names; which++) {
        const backend = await started();
        const operation = elementwiseOf(backend)[which]!;
        const values = operation.arguments.map((__, k) => mixed(Float32Array, 500, k + 1));
        const expected = elements(operation.run(values));
        const stored = values.map((each) => inMemory(backend, each));
        fillMemory(backend, 1000);
        const { bytes } = backend.memoryUsage();
        const result = operation.run(stored);
        expect(backend.memoryUsage().bytes).toBeGreaterThan(bytes);
        expectSame(elements(result), expected, operation.title);
        stored.forEach(({ data }, k) => { expectSame(data, values[k]!); });
      }
    });

    it.each([0, 1000, 4000, 9000])('losses, gated units and prelu are right when the memory grows: %i bytes left', async (left) => {
      const names = ['softmaxCrossEntropy', 'probabilities', 'nllLoss', 'meanSquaredError', 'binaryCrossEntropyWithLogits', 'glu', 'glu.backward', 'prelu'] as const;
      const listed = ({ loss, gradient }: Loss<FloatArray, 'mean'>): readonly (number | FloatArray)[] => [loss, gradient];
      const run = (backend: Backend, name: (typeof names)[number], [x, y, slope]: readonly FloatArray[]): readonly (number | FloatArray)[] => {
        const labels = new Int32Array(200).fill(1);
        const options = { columns: 5, weight: slope!, reduction: 'mean' } as const;
        switch (name) {
          case 'softmaxCrossEntropy': return listed(backend.softmaxCrossEntropy(x!, labels, { ...options, labelSmoothing: 0.1 }));
          case 'probabilities': return listed(backend.softmaxCrossEntropy(x!, y!, options));
          case 'nllLoss': return listed(backend.nllLoss(x!, labels, options));
          case 'meanSquaredError': return listed(backend.meanSquaredError(x!, y!));
          case 'binaryCrossEntropyWithLogits': return listed(backend.binaryCrossEntropyWithLogits(x!, y!, { posWeight: slope! }));
          case 'glu': return [backend.glu(x!, { columns: 10 })];
          case 'glu.backward': return [backend.glu.backward(elements(x!).slice(0, 500), y!, { columns: 10 })];
          case 'prelu': return Object.values(backend.prelu.backward(x!, y!, slope!));
        }
      };
      for (const name of names) {
        const backend = await started();
        const values = [ordinary(Float32Array, 1000, 1), ordinary(Float32Array, 1000, 2), Float32Array.of(1, 2, 3, 4, 5)];
        const expected = run(backend, name, values);
        const stored = values.map((each) => inMemory(backend, each));
        fillMemory(backend, left);
        const result = run(backend, name, stored);
        for (const [k, part] of result.entries()) {
          if (typeof part === 'number') expect(part, name).toBeCloseTo(expected[k] as number, 10);
          else expectSame(elements(part), elements(expected[k] as FloatArray), name);
        }
      }
    });

    it.each([0, 4000, 8100, 20000, 26000, 45000])('linear.backward is right when the memory grows: %i bytes left', async (left) => {
      const backend = await started();
      const [x, weight, dy] = [ordinary(Float32Array, 20 * 50, 1), ordinary(Float32Array, 80 * 50, 2), ordinary(Float32Array, 20 * 80, 3)];
      const expected = backend.linear.backward(dy, x, weight, { inFeatures: 50 });
      const again = await started();
      const [sx, sw, sdy] = [inMemory(again, x), inMemory(again, weight), inMemory(again, dy)];
      fillMemory(again, left);
      const result = again.linear.backward(sdy, sx, sw, { inFeatures: 50 });
      expectSame(result.dx.data, expected.dx);
      expectSame(result.dWeight.data, expected.dWeight);
      expectSame(result.dBias.data, expected.dBias);
    });
  });

  it('a call that fails, or that ends, holds no memory', async () => {
    const backend = await started();
    const x = inMemory(backend, Float32Array.of(1, 2, 3, 4));
    const before = backend.memoryUsage();
    for (const f of activationsOf(backend)) expect(() => f(x, { wrong: 1 } as never)).toThrow(TypeError);
    expect(() => backend.sigmoid.backward(new Float32Array(3), x)).toThrow(RangeError);
    expect(() => backend.softmax(x, { columns: 3 })).toThrow(RangeError);
    expect(() => backend.softmaxCrossEntropy(x, Int32Array.of(5), { columns: 4 })).toThrow(RangeError);
    expect(() => backend.softmaxCrossEntropy(x, x, { columns: 4, weight: new Float32Array(3) })).toThrow(RangeError);
    expect(() => backend.prelu.backward(x, x, new Float32Array(3))).toThrow(RangeError);
    expect(() => backend.glu(x, { columns: 1 })).toThrow(RangeError);
    expect(() => backend.diagnose(x, 'nothing')).toThrow(RangeError);
    expect(() => backend.linear(x, new Float32Array(3), null, { inFeatures: 2 })).toThrow(RangeError);
    expect(() => backend.linear.backward(x, x, x, { inFeatures: 2, out: { dBias: new Float32Array(3) } })).toThrow(RangeError);
    expect(() => backend.matmul(x, x, { k: 3 })).toThrow(RangeError);
    backend.matmul(Float32Array.of(1, 2), Float32Array.of(3, 4), { k: 2 });
    expect(backend.memoryUsage()).toMatchObject({ used: before.used, arrays: before.arrays });
  });
});
