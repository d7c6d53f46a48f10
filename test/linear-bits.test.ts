/** A result of the linear layer or the matrix product has the same bits however its operands are stored, and whatever stands beside it. */
import { describe, it } from 'vitest';
import type { Backend, FloatArray, FloatTypedArray } from '../src/index.js';
import { backends } from './backends.js';
import { FLOAT_TYPES, type FloatType, HOMES, elements, expectSame, free, inMemory, ordinary } from './support.js';

interface Sizes {
  readonly m: number;
  readonly k: number;
  readonly n: number;
}

const options = ({ m, k, n }: Sizes): { rows: number; inFeatures: number; outFeatures: number } => ({ rows: m, inFeatures: k, outFeatures: n });
const show = ({ m, k, n }: Sizes): string => `${m} x ${k} x ${n}`;

function transposed(values: FloatTypedArray, columns: number): FloatTypedArray {
  const rows = values.length / columns;
  return values.map((_, at) => values[(at % rows) * columns + Math.floor(at / rows)]!);
}

/** At and around four rows and 8 or 4 columns; one row by many panels; 64 rows and 512 terms; 128 and 256 rows. */
const SIZES: readonly Sizes[] = [
  ...[[1, 5, 1], [2, 1, 2], [3, 3, 3], [4, 4, 4], [5, 2, 5], [6, 6, 6], [7, 5, 7], [8, 1, 8], [9, 9, 9], [4, 8, 10], [3, 4, 11], [2, 7, 12], [1, 6, 13], [5, 5, 14], [6, 3, 15]],
  ...[[1, 9, 15], [1, 4, 16], [1, 5, 17], [7, 2, 16], [9, 3, 17], [1, 3, 31], [1, 8, 32], [1, 2, 33], [4, 5, 31], [5, 1, 32], [3, 2, 33], [1, 1, 127], [2, 3, 129]],
  ...[[63, 511, 3], [64, 512, 8], [65, 513, 9], [1, 511, 32], [1, 512, 33], [1, 513, 40], [2, 1025, 17], [65, 1025, 1], [5, 1025, 128], [5, 0, 9], [65, 0, 8]],
  ...[[127, 5, 64], [128, 130, 65], [129, 3, 128], [130, 65, 129], [255, 2, 127], [256, 65, 16], [257, 7, 31], [257, 64, 257], [257, 130, 66], [513, 9, 8]],
].map(([m, k, n]) => ({ m: m!, k: k!, n: n! }));

/** The same elements in every kind of array at every alignment there is, by number, until `release`. */
function placements(backend: Backend, values: FloatTypedArray): { readonly at: (i: number) => FloatArray; readonly release: () => void } {
  const type = values.constructor as FloatType;
  const places = Object.values(HOMES).flatMap((build) => [0, 1, 3].map((shift) => {
    const home = build(backend, type, values.length + 3);
    home.whole().fill(NaN).set(values, shift);
    return { home, part: home.part(shift, values.length) };
  }));
  return { at: (i) => places[i % places.length]!.part, release: () => { for (const { home } of places) home.release(); } };
}

describe.each(backends)('$name', ({ backend }) => {
  describe.each(FLOAT_TYPES.map((type) => ({ name: type.name, type })))('$name', ({ type }) => {
    it.each(SIZES.map((sizes) => ({ name: show(sizes), sizes })))('a row of y stands for itself: $name', ({ sizes }) => {
      const { m, k, n } = sizes;
      const [x, weight, bias] = [ordinary(type, m * k, 1), ordinary(type, n * k, 2), ordinary(type, n, 3)];
      const y = backend.linear(x, weight, bias, options(sizes));
      const packed = backend.packWeights(weight, { inFeatures: k, outFeatures: n });
      const inside = inMemory(backend, x) as FloatArray;
      const all = backend.linear(inside, packed, bias, { rows: m });
      expectSame(elements(all), y, 'packed');
      // Of many rows, those at the edges of tiles and blocks.
      const chosen = [...Array(m).keys()].filter((i) => m < 10 || [0, 1, 2, 3, 62, 63, 64, 65, 127, 128, 255, 256, m - 1].includes(i));
      for (const i of chosen) {
        const alone = x.subarray(i * k, (i + 1) * k);
        const expected = y.subarray(i * n, (i + 1) * n);
        expectSame(backend.linear(alone, packed, bias, { rows: 1 }), expected, `row ${i}, packed`);
        expectSame(backend.linear(alone, weight, bias, { ...options(sizes), rows: 1 }), expected, `row ${i}`);
      }
      packed.free();
      free(inside, all);
    });

    it.each([{ m: 1, k: 9, n: 17 }, { m: 9, k: 5, n: 7 }, { m: 65, k: 33, n: 40 }, { m: 700, k: 13, n: 9 }, { m: 900, k: 17, n: 9 }, { m: 300, k: 40, n: 30 }])('arrays of all kinds at all places: $m x $k x $n', (sizes) => {
      const { m, k, n } = sizes;
      const given = [ordinary(type, m * k, 1), ordinary(type, n * k, 2), ordinary(type, n, 3), ordinary(type, m * n, 4)] as const;
      const y = backend.linear(given[0], given[1], given[2]);
      const gradients = backend.linear.backward(given[3], given[0], given[1], options(sizes));
      const packed = backend.packWeights(given[1], { inFeatures: k });
      // Enough for all, so that views of the memory stay views of it.
      backend.allocate(type, 500_000).free();
      const places = [...given, ...[m * n, m * k, n * k, n].map((length) => new type(length))].map((values) => placements(backend, values));
      for (let i = 0; i < 9; i++) {
        // All of one kind, and each of another.
        for (const step of [0, 1, 4]) {
          const [x, weight, bias, dy, out, dx, dWeight, dBias] = places.map(({ at }, j) => at(i + j * step)) as [
            FloatArray, FloatArray, FloatArray, FloatArray, FloatArray, FloatArray, FloatArray, FloatArray,
          ];
          const results = [backend.linear(x, weight, bias), backend.linear(x, packed, bias)];
          for (const result of [...results, backend.linear(x, weight, bias, { out }), backend.linear(x, packed, bias, { out })]) expectSame(elements(result), y);
          free(...results);
          for (const w of [weight, packed]) {
            for (const targets of [undefined, { dx, dWeight, dBias }, { dx: null, dWeight, dBias }]) {
              const result = backend.linear.backward(dy, x, w, { ...options(sizes), out: targets });
              for (const key of ['dx', 'dWeight', 'dBias'] as const) if (result[key] !== null) expectSame(elements(result[key]), gradients[key], key);
              if (!targets) free(...Object.values(result));
              else for (const target of [dx, dWeight, dBias]) elements(target).fill(NaN);
            }
          }
          elements(out).fill(NaN);
        }
      }
      packed.free();
      for (const { release } of places) release();
    });

    it.each(SIZES.filter(({ m, k, n }) => m * k * n < 3e6).map((sizes) => ({ name: show(sizes), sizes })))('a product of transposes is that of stored ones: $name', ({ sizes }) => {
      const { m, k, n } = sizes;
      const [a, b] = [ordinary(type, m * k, 5), ordinary(type, k * n, 6)];
      const ab = backend.matmul(a, b, sizes);
      const [at, bt] = [transposed(a, k || 1), transposed(b, n)];
      expectSame(backend.matmul(at, b, { ...sizes, transposeA: true }), ab, 'Aᵀ');
      expectSame(backend.matmul(a, bt, { ...sizes, transposeB: true }), ab, 'Bᵀ');
      expectSame(backend.matmul(at, bt, { ...sizes, transposeA: true, transposeB: true }), ab, 'Aᵀ, Bᵀ');
      // The layer's products are these. In JavaScript sums of float32 are doubles for 256 rows, and rounded then.
      const isLong = backend.features.backend === 'javascript' && type.BYTES_PER_ELEMENT === 4 && k > 256;
      expectSame(backend.linear(a, bt, null, options(sizes)), ab, 'linear');
      const [dxAlone, dWeightAlone, dBiasAlone] = [{ dWeight: null, dBias: null }, { dx: null, dBias: null }, { dx: null, dWeight: null }] as const;
      const asGradient = { rows: m, inFeatures: n, outFeatures: k };
      expectSame(backend.linear.backward(a, new type(m * n), b, { ...asGradient, out: dxAlone }).dx, ab, 'dx');
      const asWeight = { rows: k, inFeatures: n, outFeatures: m };
      if (!isLong) expectSame(backend.linear.backward(at, b, new type(m * n), { ...asWeight, out: dWeightAlone }).dWeight, ab, 'dWeight');
      const ones = backend.matmul(new type(k).fill(1), b, { m: 1, k, n });
      if (!isLong) expectSame(backend.linear.backward(b, b, new type(n * n), { rows: k, inFeatures: n, outFeatures: n, out: dBiasAlone }).dBias, ones, 'dBias');
    });
  });
});
