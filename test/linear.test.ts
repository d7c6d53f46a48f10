/** The linear layer, its gradients, the matrix product and gradientStep against loops in double precision. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Backend, type FloatArray, type FloatTypedArray, createBackend } from '../src/index.js';
import { backends } from './backends.js';
import { FLOAT_TYPES, type FloatType, GUARD, HOMES, elements, expectSame, free, inMemory, ordinary } from './support.js';

interface Sizes {
  readonly m: number;
  readonly k: number;
  readonly n: number;
}

/** A matrix as a function of row and column, so that a transpose is one too. */
type Matrix = (row: number, column: number) => number;
const matrix = (values: FloatTypedArray, columns: number): Matrix => (row, column) => values[row * columns + column]!;
const transposed = (a: Matrix): Matrix => (row, column) => a(column, row);

/** a b + c, and the sum of the magnitudes of the terms, in units of which the error is measured. */
function product(a: Matrix, b: Matrix, { m, k, n }: Sizes, c: Matrix = () => 0): { values: Float64Array; magnitudes: Float64Array } {
  const [values, magnitudes] = [new Float64Array(m * n), new Float64Array(m * n)];
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let [sum, size] = [c(0, j), Math.abs(c(0, j))];
      for (let p = 0; p < k; p++) {
        const term = a(i, p) * b(p, j);
        sum += term;
        size += Math.abs(term);
      }
      [values[i * n + j], magnitudes[i * n + j]] = [sum, size];
    }
  }
  return { values, magnitudes };
}

function expectProduct(actual: FloatArray, a: Matrix, b: Matrix, sizes: Sizes, label: string, c?: Matrix): void {
  const result = elements(actual);
  const { values, magnitudes } = product(a, b, sizes, c);
  expect(result.length, label).toBe(values.length);
  // Every product and every sum is rounded once: at most k + 1 roundings on the way of a term, on both sides for f64.
  const bound = (sizes.k + 2) * (result.BYTES_PER_ELEMENT === 4 ? 2 ** -24 : 2 ** -52);
  for (const [i, value] of result.entries()) {
    if (!(Math.abs(value - values[i]!) <= bound * magnitudes[i]!)) expect.fail(`${label}: [${i}] is ${value}, not ${values[i]!}`);
  }
}

/** x, weight, bias and dy of a layer with m rows, k features in and n out. */
function layer(type: FloatType, { m, k, n }: Sizes): Record<'x' | 'weight' | 'bias' | 'dy', FloatTypedArray> {
  return { x: ordinary(type, m * k, 1), weight: ordinary(type, n * k, 2), bias: ordinary(type, n, 3), dy: ordinary(type, m * n, 4) };
}

const options = ({ m, k, n }: Sizes): { rows: number; inFeatures: number; outFeatures: number } => ({ rows: m, inFeatures: k, outFeatures: n });

function expectLayer(backend: Backend, type: FloatType, sizes: Sizes): void {
  const { m, k, n } = sizes;
  const { x, weight, bias, dy } = layer(type, sizes);
  const label = `${type.name} ${m} x ${k} x ${n}`;
  const [X, W, DY] = [matrix(x, k), matrix(weight, k), matrix(dy, n)];
  expectProduct(backend.linear(x, weight, bias, options(sizes)), X, transposed(W), sizes, `linear ${label}`, matrix(bias, n));
  expectProduct(backend.linear(x, weight, null, options(sizes)), X, transposed(W), sizes, `linear without bias ${label}`);
  const { dx, dWeight, dBias } = backend.linear.backward(dy, x, weight, options(sizes));
  expectProduct(dx, DY, W, { m, k: n, n: k }, `dx ${label}`);
  expectProduct(dWeight, transposed(DY), X, { m: n, k: m, n: k }, `dWeight ${label}`);
  expectProduct(dBias, () => 1, DY, { m: 1, k: m, n }, `dBias ${label}`);
}

function expectMatmul(backend: Backend, type: FloatType, sizes: Sizes): void {
  const { m, k, n } = sizes;
  const [a, b] = [ordinary(type, m * k, 5), ordinary(type, k * n, 6)];
  for (const [transposeA, transposeB] of [[false, false], [true, false], [false, true], [true, true]] as const) {
    const A = transposeA ? transposed(matrix(a, m)) : matrix(a, k);
    const B = transposeB ? transposed(matrix(b, k)) : matrix(b, n);
    const label = `matmul ${type.name} ${m} x ${k} x ${n} ${transposeA} ${transposeB}`;
    expectProduct(backend.matmul(a, b, { ...sizes, transposeA, transposeB }), A, B, sizes, label);
  }
}

const small = [1, 2, 3, 4, 5, 7, 8, 9];
/** Each size in turn across the edges of tiles and blocks: 4 rows, 8 or 4 columns, 64 and 256. */
const edges = [17, 33, 63, 64, 65, 255, 256, 257].flatMap((edge): Sizes[] => [
  { m: edge, k: 5, n: 6 },
  { m: 5, k: edge, n: 6 },
  { m: 5, k: 6, n: edge },
]);
const large = ([[65, 257, 33], [33, 65, 257], [257, 33, 65], [67, 513, 9], [600, 9, 17]] as const).map(([m, k, n]): Sizes => ({ m, k, n }));

describe.each(backends)('$name', ({ backend }) => {
  describe.each(FLOAT_TYPES.map((type) => ({ name: type.name, type })))('$name', ({ type }) => {
    it.each(small)('sizes up to 9: %i rows', (m) => {
      for (const k of small) {
        for (const n of small) {
          expectLayer(backend, type, { m, k, n });
          expectMatmul(backend, type, { m, k, n });
        }
      }
    });

    it.each([...edges, ...large])('$m x $k x $n', (sizes) => {
      expectLayer(backend, type, sizes);
      expectMatmul(backend, type, sizes);
    });

    it('nothing in, nothing out', () => {
      const { weight, bias } = layer(type, { m: 0, k: 2, n: 3 });
      const none = new type(0);
      expect(backend.linear(none, weight, bias)).toHaveLength(0);
      expect(backend.linear(none, weight, null, { inFeatures: 2 })).toHaveLength(0);
      const { dx, dWeight, dBias } = backend.linear.backward(none, none, weight, { inFeatures: 2 });
      expect(dx).toHaveLength(0);
      expectSame(dWeight, new type(6));
      expectSame(dBias, new type(3));
      // A sum of nothing is 0; with no features in, the output is the bias.
      expectSame(backend.matmul(none, none, { m: 2, k: 0, n: 2 }), new type(4));
      expectSame(backend.linear(none, none, bias, { rows: 2, inFeatures: 0, outFeatures: 3 }), [...bias, ...bias]);
      expect(backend.matmul(none, weight, { m: 0, k: 2, n: 3 })).toHaveLength(0);
    });

    it('sizes are inferred from any that decide them', () => {
      const { x, weight, bias, dy } = layer(type, { m: 4, k: 3, n: 2 });
      const y = backend.linear(x, weight, bias);
      const unbiased = backend.linear(x, weight, null, { rows: 4, inFeatures: 3, outFeatures: 2 });
      for (const given of [{ rows: 4 }, { inFeatures: 3 }, { outFeatures: 2 }, { rows: 4, outFeatures: 2 }]) {
        expectSame(backend.linear(x, weight, bias, given), y);
        expectSame(backend.linear(x, weight, null, given), unbiased);
        expectSame(backend.linear(x, weight, undefined, given), unbiased);
        const gradients = backend.linear.backward(dy, x, weight, given);
        expect([gradients.dx.length, gradients.dWeight.length, gradients.dBias.length]).toEqual([12, 6, 2]);
      }
      const ab = backend.matmul(x, weight, { m: 4, k: 3, n: 2 });
      for (const given of [{ m: 4 }, { k: 3 }, { n: 2 }, { m: 4, n: 2 }]) expectSame(backend.matmul(x, weight, given), ab);
    });

    it('arrays of every kind go together, and nothing is written beside the output', () => {
      for (const sizes of [{ m: 3, k: 5, n: 7 }, { m: 300, k: 9, n: 5 }]) {
        const { m, k, n } = sizes;
        const { x, weight, bias, dy } = layer(type, sizes);
        const y = backend.linear(x, weight, bias, options(sizes));
        const gradients = backend.linear.backward(dy, x, weight, options(sizes));
        for (const inside of [0, 1, 2, 3, 4, 5, 6, 7]) {
          // Which of three are in memory: all that can be.
          const place = (values: FloatTypedArray, bit: number): FloatArray => (inside & bit ? (inMemory(backend, values) as FloatArray) : values);
          const [sx, sw, sb] = [place(x, 1), place(weight, 2), place(bias, 4)];
          const sdy = place(dy, 4);
          for (const build of Object.values(HOMES)) {
            const home = build(backend, type, m * n + 16);
            home.whole().fill(GUARD);
            backend.linear(sx, sw, sb, { ...options(sizes), out: home.part(8, m * n) });
            expectSame(home.whole(), [...Array<number>(8).fill(GUARD), ...y, ...Array<number>(8).fill(GUARD)]);
            home.release();
            for (const [key, length] of [['dx', m * k], ['dWeight', n * k], ['dBias', n]] as const) {
              const target = build(backend, type, length + 16);
              target.whole().fill(GUARD);
              const out = target.part(8, length);
              const results = backend.linear.backward(sdy, sx, sw, { ...options(sizes), out: { [key]: out } });
              expect(results[key]).toBe(out);
              expectSame(elements(out), gradients[key], key);
              elements(out).fill(0);
              expectSame(target.whole(), [...Array<number>(8).fill(GUARD), ...Array<number>(length).fill(0), ...Array<number>(8).fill(GUARD)], key);
              free(...Object.values(results).filter((result) => result !== out));
              target.release();
            }
          }
          free(sx, sw, sb, sdy);
        }
      }
    });

    it('a matrix may end where the memory ends', () => {
      for (const sizes of [{ m: 3, k: 5, n: 7 }, { m: 5, k: 7, n: 3 }, { m: 7, k: 3, n: 5 }]) {
        const { m, k, n } = sizes;
        const { x, weight, bias, dy } = layer(type, sizes);
        const expected = { y: backend.linear(x, weight, bias, options(sizes)), ...backend.linear.backward(dy, x, weight, options(sizes)) };
        const atEnd = (values: FloatTypedArray): FloatArray => {
          const last = backend.wrap(type, backend.memoryUsage().bytes - values.byteLength, values.length);
          last.data.set(values);
          return last as FloatArray;
        };
        const y = backend.allocate(type, m * n) as FloatArray;
        for (const place of ['x', 'weight', 'bias', 'dy', 'y'] as const) {
          const at = { x, weight, bias, dy, y, [place]: atEnd({ x, weight, bias, dy, y: dy }[place]) };
          backend.linear(at.x, at.weight, at.bias, { ...options(sizes), out: at.y });
          expectSame(elements(at.y), expected.y, place);
          if (place === 'y') continue;
          const out = { dx: new type(m * k), dWeight: new type(n * k) };
          const { dx, dWeight } = backend.linear.backward(at.dy, at.x, at.weight, { ...options(sizes), out });
          expectSame(dx, expected.dx, place);
          expectSame(dWeight, expected.dWeight, place);
        }
        free(y);
      }
    });

    it('the output may share memory with any operand', () => {
      // All square, so that the output can be any of them; a bias is the first row of its array.
      for (const size of [4, 9, 70]) {
        const sizes = { m: size, k: size, n: size };
        const count = size * size;
        const { x, weight, bias, dy } = layer(type, sizes);
        const y = backend.linear(x, weight, bias, options(sizes));
        const ab = backend.matmul(x, weight, sizes);
        const gradients = backend.linear.backward(dy, x, weight, options(sizes));
        for (const build of Object.values(HOMES)) {
          for (const shift of [0, -3, 1]) {
            const shared = (values: FloatTypedArray, run: (operand: FloatArray, out: FloatArray) => unknown, expected: FloatTypedArray): void => {
              const home = build(backend, type, count + 8);
              home.whole().set(values, 4 + shift);
              run(home.part(4 + shift, values.length), home.part(4, count));
              expectSame(home.whole().subarray(4, 4 + count), expected, `${size}, shifted by ${shift}`);
              home.release();
            };
            shared(x, (operand, out) => backend.linear(operand, weight, bias, { ...options(sizes), out }), y);
            shared(weight, (operand, out) => backend.linear(x, operand, bias, { ...options(sizes), out }), y);
            shared(bias, (operand, out) => backend.linear(x, weight, operand, { ...options(sizes), out }), y);
            shared(x, (operand, out) => backend.matmul(operand, weight, { ...sizes, out }), ab);
            shared(weight, (operand, out) => backend.matmul(x, operand, { ...sizes, out }), ab);
            shared(x, (operand, dx) => backend.linear.backward(dy, operand, weight, { ...options(sizes), out: { dx } }), gradients.dx);
            shared(dy, (operand, dx) => backend.linear.backward(operand, x, weight, { ...options(sizes), out: { dx } }), gradients.dx);
            shared(weight, (operand, dWeight) => backend.linear.backward(dy, x, operand, { ...options(sizes), out: { dWeight } }), gradients.dWeight);
            shared(dy, (operand, dWeight) => backend.linear.backward(operand, x, weight, { ...options(sizes), out: { dWeight } }), gradients.dWeight);
          }
        }
      }
    });

    it('gradients that are not wanted are not computed, and the others stay the same', () => {
      for (const sizes of [{ m: 5, k: 3, n: 4 }, { m: 700, k: 3, n: 4 }]) {
        const { x, weight, dy } = layer(type, sizes);
        const all = backend.linear.backward(dy, x, weight, options(sizes));
        for (const skipped of [['dx'], ['dWeight'], ['dBias'], ['dx', 'dBias'], ['dx', 'dWeight', 'dBias']]) {
          const out = Object.fromEntries(skipped.map((key) => [key, null])) as { dx?: null; dWeight?: null; dBias?: null };
          const some = backend.linear.backward(dy, x, weight, { ...options(sizes), out });
          for (const key of ['dx', 'dWeight', 'dBias'] as const) {
            if (skipped.includes(key)) expect(some[key]).toBeNull();
            else expectSame(some[key]!, all[key], key);
          }
        }
      }
    });

    it('a NaN or an infinity stays in its row or column', () => {
      for (const sizes of [{ m: 9, k: 5, n: 11 }, { m: 66, k: 258, n: 19 }]) {
        const { m, k, n } = sizes;
        for (const poison of [NaN, Infinity]) {
          const { x, weight, bias, dy } = layer(type, sizes);
          const clean = backend.linear(x, weight, bias, options(sizes));
          const gradients = backend.linear.backward(dy, x, weight, options(sizes));
          const [row, column] = [m - 2, n - 2];
          const touched = (run: () => FloatTypedArray, expected: FloatTypedArray, width: number, is: (i: number, j: number) => boolean): void => {
            run().forEach((value, at) => {
              const inside = is(Math.floor(at / width), at % width);
              if (inside === Number.isFinite(value) || (!inside && value !== expected[at])) expect.fail(`${m} x ${k} x ${n}: [${at}] is ${value}`);
            });
          };
          const badX = x.slice();
          badX[row * k + 1] = poison;
          touched(() => backend.linear(badX, weight, bias, options(sizes)), clean, n, (i) => i === row);
          touched(() => backend.linear.backward(dy, badX, weight, options(sizes)).dWeight, gradients.dWeight, k, (_, j) => j === 1);
          const badWeight = weight.slice();
          badWeight[column * k + 1] = poison;
          touched(() => backend.linear(x, badWeight, bias, options(sizes)), clean, n, (_, j) => j === column);
          touched(() => backend.linear.backward(dy, x, badWeight, options(sizes)).dx, gradients.dx, k, (_, j) => j === 1);
          const badDy = dy.slice();
          badDy[row * n + column] = poison;
          touched(() => backend.linear.backward(badDy, x, weight, options(sizes)).dBias, gradients.dBias, n, (_, j) => j === column);
          touched(() => backend.linear.backward(badDy, x, weight, options(sizes)).dx, gradients.dx, k, (i) => i === row);
        }
      }
    });

    it('rows that come in many blocks give what they give in memory', async () => {
      const own = await createBackend(backend.features.backend === 'wasm' ? {} : { wasm: false });
      const sizes = { m: 3000, k: 40, n: 10 };
      const { x, weight, bias, dy } = layer(type, sizes);
      const [sx, sw, sdy] = [x, weight, dy].map((values) => inMemory(own, values) as FloatArray);
      // A row of the output does not depend on its block.
      expectSame(own.linear(x, weight, bias, options(sizes)), elements(own.linear(sx!, sw!, bias, options(sizes))));
      const [a, b] = [own.linear.backward(dy, x, weight, options(sizes)), own.linear.backward(sdy!, sx!, sw!, options(sizes))];
      expectSame(a.dx, elements(b.dx));
      for (const result of [a, b]) {
        expectProduct(result.dWeight, transposed(matrix(dy, 10)), matrix(x, 40), { m: 10, k: 3000, n: 40 }, 'dWeight');
        expectProduct(result.dBias, () => 1, matrix(dy, 10), { m: 1, k: 3000, n: 10 }, 'dBias');
      }
    });

    it('gradientStep takes learningRate times the gradient off the weights', () => {
      const rate = fc.double({ min: -10, max: 10, noNaN: true });
      fc.assert(fc.property(fc.nat({ max: 300 }), rate, fc.nat(), (length, learningRate, seed) => {
        const [weights, gradient] = [ordinary(type, length, seed), ordinary(type, length, seed + 1)];
        const before = weights.slice();
        expect(backend.gradientStep(weights, gradient, { learningRate })).toBe(weights);
        const epsilon = type.BYTES_PER_ELEMENT === 4 ? 2 ** -23 : 2 ** -52;
        weights.forEach((weight, i) => {
          const step = learningRate * gradient[i]!;
          const bound = 2 * epsilon * (Math.abs(before[i]!) + Math.abs(step));
          if (!(Math.abs(weight - (before[i]! - step)) <= bound)) expect.fail(`${before[i]!} - ${learningRate} ${gradient[i]!} is not ${weight}`);
        });
      }), { seed: 1 });
    });
  });
});
