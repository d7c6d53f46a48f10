/** Rows along any axis: the same, bit for bit, as transposing by hand, taking contiguous rows, and transposing back. */
import { describe, expect, it } from 'vitest';
import type { Backend, FloatArray, FloatTypedArray, NumericArray } from '../src/index.js';
import { createBackend } from '../src/index.js';
import { backends } from './backends.js';
import { FLOAT_TYPES, type FloatType, GUARD, HOMES, elements, expectSame, inMemory, ordinary } from './support.js';

interface Along {
  readonly shape: readonly number[];
  readonly axis: number;
}

/** [outer, columns, inner] of a shape. */
function partsOf({ shape, axis }: Along): [number, number, number] {
  const at = axis < 0 ? axis + shape.length : axis;
  const size = (lengths: readonly number[]): number => lengths.reduce((a, b) => a * b, 1);
  return [size(shape.slice(0, at)), shape[at]!, size(shape.slice(at + 1))];
}

/** The rows one after the other, or, with `back`, the order of the shape. */
function transposed<A extends NumericArray>(x: A, [outer, columns, inner]: readonly [number, number, number], back = false): A {
  const y = x.slice() as A;
  for (let o = 0; o < outer; o++) {
    for (let c = 0; c < columns; c++) {
      for (let i = 0; i < inner; i++) {
        const [place, inRows] = [(o * columns + c) * inner + i, (o * inner + i) * columns + c];
        if (back) y[place] = x[inRows]!;
        else y[inRows] = x[place]!;
      }
    }
  }
  return y;
}

/** A function of rows whose inputs and results have a row's elements, or one a row. */
interface RowsCase {
  readonly title: string;
  readonly inputs: readonly ('x' | 'row')[];
  readonly result: 'x' | 'row';
  run(inputs: readonly FloatArray[], options: object): FloatArray | Int32Array;
}

type Options = { readonly columns?: number } & Partial<Along>;

function casesOf(backend: Backend): RowsCase[] {
  const { argmax, softmaxCrossEntropy } = backend;
  const family = [backend.softmax, backend.logSoftmax, backend.softmin, backend.sparsemax, backend.hardmax].flatMap((f): RowsCase[] => [
    { title: f.name, inputs: ['x'], result: 'x', run: ([x], options) => f(x!, options) },
    { title: `${f.name}.backward`, inputs: ['x', 'x'], result: 'x', run: ([dy, x], options) => f.backward(dy!, x!, options) },
  ]);
  const fromOutput = [backend.softmax, backend.logSoftmax, backend.softmin, backend.sparsemax].map((f): RowsCase => (
    { title: `${f.name}.backwardFromOutput`, inputs: ['x', 'x'], result: 'x', run: ([dy, y], options) => f.backwardFromOutput(dy!, y!, options) }));
  const labels = (truth: FloatArray): Int32Array => Int32Array.from(elements(truth), Math.abs);
  return [
    ...family,
    ...fromOutput,
    { title: 'logSumExp', inputs: ['x'], result: 'row', run: ([x], options) => backend.logSumExp(x!, options) },
    { title: 'logSumExp.backward', inputs: ['row', 'x'], result: 'x', run: ([dy, x], options) => backend.logSumExp.backward(dy!, x!, options) },
    { title: 'argmax', inputs: ['x'], result: 'row', run: ([x], options: Options) => argmax(x!, options) },
    {
      title: 'softmaxCrossEntropy of labels, the gradient', inputs: ['x', 'row'], result: 'x',
      run: ([x, truth], options: Options) => softmaxCrossEntropy(x!, labels(truth!).map((label) => label % 2), { ...options, reduction: 'sum' }).gradient,
    },
    {
      title: 'softmaxCrossEntropy of probabilities, the losses', inputs: ['x', 'x'], result: 'row',
      run: ([x, p], options: Options) => softmaxCrossEntropy(x!, p!, { ...options, reduction: 'none' }).loss,
    },
  ];
}

/** What fits the staging area, planes that fit it once or often, planes that do not, rows that do not. */
const SHAPES: readonly Along[] = [
  { shape: [2, 3], axis: 0 }, { shape: [3, 2, 1], axis: 0 }, { shape: [1, 2, 2], axis: 1 }, { shape: [5, 4, 3], axis: 1 }, { shape: [2, 3, 4, 5], axis: -3 },
  { shape: [4, 7, 9], axis: -2 }, { shape: [2, 3, 5, 7], axis: 2 }, { shape: [6, 5], axis: -2 }, { shape: [3, 4, 8], axis: 1 }, { shape: [900, 10, 3], axis: 1 },
  { shape: [3, 3, 61, 67], axis: 1 }, { shape: [2, 300, 33], axis: 1 }, { shape: [3000, 17], axis: 0 }, { shape: [2, 5000, 3], axis: 1 }, { shape: [2, 3, 20011], axis: 1 },
];

describe.each(backends)('$name', ({ backend }) => {
  const input = (kind: 'x' | 'row', type: FloatType, along: Along, seed: number): FloatTypedArray => {
    const [outer, columns, inner] = partsOf(along);
    return ordinary(type, outer * inner * (kind === 'x' ? columns : 1), seed);
  };

  function expected(operation: RowsCase, inputs: readonly FloatTypedArray[], along: Along): NumericArray {
    const parts = partsOf(along);
    const rows = inputs.map((array, k) => (operation.inputs[k] === 'x' ? transposed(array, parts) : array));
    const result = operation.run(rows, { columns: parts[1] });
    const values = result instanceof Int32Array ? result : elements(result);
    return operation.result === 'x' ? transposed(values, parts, true) : values;
  }

  it.each(casesOf(backend))('$title: as with transposing by hand, ordinary arrays and arrays in memory', (operation) => {
    for (const type of FLOAT_TYPES) {
      for (const along of SHAPES) {
        const inputs = operation.inputs.map((kind, k) => input(kind, type, along, k + 1));
        const label = `${type.name} [${along.shape.join()}], axis ${along.axis}`;
        const truth = expected(operation, inputs, along);
        const stored = inputs.map((values) => inMemory(backend, values));
        for (const mixture of inputs.length === 1 ? [inputs, stored] : [inputs, stored, [inputs[0]!, stored[1]!], [stored[0]!, inputs[1]!]]) {
          const result = operation.run(mixture as FloatArray[], along);
          expectSame(result instanceof Int32Array ? result : elements(result), truth, label);
          if ('free' in result) result.free();
        }
        for (const array of stored) array.free();
      }
    }
  });

  it.each(casesOf(backend).filter(({ result, title }) => result === 'x' && !title.includes('Entropy')))('$title: in place, overlapping, and nothing beside it', (operation) => {
    for (const type of FLOAT_TYPES) {
      for (const along of [{ shape: [2, 3, 5], axis: 1 }, { shape: [40, 33, 9], axis: 1 }, { shape: [7, 1500], axis: 0 }, { shape: [1, 1500, 7], axis: 1 }]) {
        const inputs = operation.inputs.map((kind, k) => input(kind, type, along, k + 20));
        const { length } = inputs.at(-1)!;
        const truth = expected(operation, inputs, along) as FloatTypedArray;
        for (const [name, build] of Object.entries(HOMES)) {
          for (const [k, values] of inputs.entries()) {
            if (operation.inputs[k] === 'row') continue;
            for (const shift of [0, -5, 1]) {
              const home = build(backend, type, length + 16);
              home.whole().fill(GUARD);
              home.whole().set(values, 8 + shift);
              const surroundings = home.whole().slice();
              surroundings.set(truth, 8);
              operation.run(inputs.map((other, place) => (place === k ? home.part(8 + shift, length) : other)), { ...along, out: home.part(8, length) });
              expectSame(home.whole(), surroundings, `${name}, ${type.name} [${along.shape.join()}], input ${k} shifted by ${shift}`);
              home.release();
            }
          }
        }
      }
    }
  });

  it('the last axis, an axis of 1 and what columns says are the same', () => {
    const x = ordinary(Float32Array, 24, 3);
    for (const options of [{ shape: [4, 6] }, { shape: [4, 6], axis: -1 }, { shape: [2, 2, 6], axis: 2 }, { shape: [4, 6, 1, 1], axis: 1 }, { shape: [24], columns: undefined }]) {
      expectSame(backend.softmax(x, options), backend.softmax(x, { columns: options.shape[0] === 24 ? 24 : 6 }));
    }
    expectSame(backend.softmax(x, { shape: [4, 1, 6], axis: 1 }), new Float32Array(24).fill(1));
    expect(backend.softmax(new Float32Array(0), { shape: [2, 3, 0], axis: 1 })).toHaveLength(0);
    expect(backend.argmax(new Float32Array(0), { shape: [0, 3, 4], axis: 1 })).toHaveLength(0);
    expect(backend.argmax(x, { shape: [2, 3, 4], axis: 1 })).toHaveLength(8);
  });
});

describe.each([['wasm', {}], ['javascript', { wasm: false }]] as const)('%s: memory', (_, options) => {
  it('ordinary arrays do not make the memory grow', async () => {
    const backend = await createBackend(options);
    const x = ordinary(Float32Array, 1_000_000);
    const before = backend.memoryUsage();
    for (const along of [{ shape: [10, 100_000], axis: 0 }, { shape: [50_000, 10, 2], axis: 1 }, { shape: [4, 100, 50, 50], axis: 1 }]) {
      const y = backend.softmax(x, along);
      backend.softmax.backward(x, x, { ...along, out: y });
      backend.argmax(x, along);
    }
    expect(backend.memoryUsage()).toEqual(before);
    backend.softmax(x, { shape: [100_000, 10], axis: 0 });
    expect(backend.memoryUsage()).toMatchObject({ used: before.used, arrays: before.arrays });
  });

  it('is right where the memory grows for long rows', async () => {
    const backend = await createBackend(options);
    const along = { shape: [5000, 20], axis: 0 };
    const values = ordinary(Float32Array, 100_000, 7);
    const expected = backend.softmax.backward(values, values, along);
    const again = await createBackend(options);
    const x = inMemory(again, values);
    const { bytes } = again.memoryUsage();
    expectSame(elements(again.softmax.backward(values, x, along)), expected);
    expectSame(again.softmax(x.data, along), backend.softmax(values, along));
    expect(again.memoryUsage().bytes).toBeGreaterThan(bytes);
  });
});
