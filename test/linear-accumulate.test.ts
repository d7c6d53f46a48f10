/** Gradients of the linear layer that are added to what is there. */
import { describe, it } from 'vitest';
import type { FloatArray, FloatTypedArray } from '../src/index.js';
import { backends } from './backends.js';
import { FLOAT_TYPES, HOMES, elements, expectSame, ordinary } from './support.js';

/** The rows of calls one after the other, features in and out. */
const CALLS: readonly { readonly rows: readonly number[]; readonly k: number; readonly n: number }[] = [
  { rows: [1, 1], k: 1, n: 1 },
  { rows: [1, 4], k: 3, n: 7 },
  { rows: [5, 3, 2], k: 7, n: 9 },
  { rows: [64, 64], k: 8, n: 16 },
  { rows: [256, 45], k: 5, n: 3 },
  { rows: [512, 256, 100], k: 70, n: 9 },
  { rows: [256, 130], k: 65, n: 260 },
  { rows: [0, 3, 0], k: 4, n: 5 },
];

describe.each(backends)('$name', ({ name, backend }) => {
  const { linear } = backend;

  describe.each(FLOAT_TYPES.map((type) => ({ name: type.name, type })))('$name', ({ type }) => {
    const isExact = name === 'wasm' || type.BYTES_PER_ELEMENT === 8;
    // In JavaScript a sum of float32 is rounded after every 256 rows only.
    const calls = [...CALLS, ...(isExact ? [{ rows: [3, 300, 1], k: 9, n: 5 }, { rows: [255, 258], k: 66, n: 258 }] : [])].filter(({ rows }) => isExact || rows[0]! % 256 === 0);

    it.each(calls.map((call) => ({ ...call, activation: call.k % 2 === 0 ? undefined : 'tanh' as const })))('$rows rows, $k x $n, $activation', ({ rows, k, n, activation }) => {
      const total = rows.reduce((sum, count) => sum + count, 0);
      const [x, weight, dy, z] = [[total * k, 1], [n * k, 2], [total * n, 3], [total * n, 4]].map(([length, seed]) => ordinary(type, length!, seed)) as [FloatTypedArray, FloatTypedArray, FloatTypedArray, FloatTypedArray];
      const end = (from: number, to: number): object => (activation === undefined ? {} : { activation, z: z.subarray(from * n, to * n) });
      const expected = linear.backward(dy, x, weight, { rows: total, inFeatures: k, outFeatures: n, ...end(0, total) });
      // So that views of the memory stay views of it.
      backend.allocate(type, 4 * (total + 300) * (k + n) + 8 * n * k + 10_000).free();
      for (const build of Object.values(HOMES)) {
        const homes = [x, weight, dy, z, new type(total * k), new type(n * k), new type(n)].map((values) => {
          const home = build(backend, type, values.length + 1);
          home.whole().set(values);
          return home;
        });
        const part = (i: number, from: number, to: number, columns: number): FloatArray => homes[i]!.part(from * columns, (to - from) * columns);
        const [dWeight, dBias] = [part(5, 0, n, k), part(6, 0, n, 1)];
        const run = (accumulate: boolean | undefined, from: number, to: number, targets: object): void => {
          const at = activation === undefined ? {} : { activation, z: part(3, from, to, n) };
          const out = { dx: part(4, from, to, k), dWeight, dBias, ...targets };
          linear.backward(part(2, from, to, n), part(0, from, to, k), part(1, 0, n, k), { rows: to - from, inFeatures: k, outFeatures: n, ...at, out, accumulate });
        };
        const check = (label: string): void => {
          expectSame(elements(dWeight), expected.dWeight, `dWeight, ${label}`);
          expectSame(elements(dBias), expected.dBias, `dBias, ${label}`);
        };
        const all = (accumulate: (i: number) => boolean | undefined, targets: object = {}): void => {
          let from = 0;
          rows.forEach((count, i) => {
            run(accumulate(i), from, from + count, targets);
            from += count;
          });
        };
        all(() => true);
        check('from zeros');
        // dx is written as ever.
        expectSame(homes[4]!.whole().subarray(0, total * k), expected.dx, 'dx');
        all((i) => i > 0);
        check('the first one written');
        for (const target of [dWeight, dBias]) elements(target).fill(0);
        all(() => true, { dx: null, dBias: null });
        all(() => true, { dx: null, dWeight: null });
        check('one by one');
        if (rows.length === 2) {
          run(undefined, 0, total, {});
          check('not added to');
        }
        for (const home of homes) home.release();
      }
    });

    it('with packed weights, and to views that the heap takes in', () => {
      const [x, weight, dy] = [ordinary(type, 30, 1), ordinary(type, 15, 2), ordinary(type, 50, 3)];
      const packed = backend.packWeights(weight, { inFeatures: 3 });
      const expected = linear.backward(dy, x, weight, { rows: 10 });
      const out = { dx: null, dWeight: new type(15), dBias: new type(5) };
      // In JavaScript sums of float32 are rounded once in each call: exact where the first is of nothing.
      for (const [from, to] of isExact ? [[0, 4], [4, 10]] : [[0, 0], [0, 10]] as const) {
        linear.backward(dy.subarray(from * 5, to * 5), x.subarray(from * 3, to * 3), packed, { out, accumulate: true });
      }
      for (const key of ['dWeight', 'dBias'] as const) expectSame(out[key], expected[key], key);
      packed.free();
    });
  });
});
