import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FloatArray, type FloatTypedArray, WasmArray, createBackend } from '../src/index.js';
import { backends, floatTypes } from './backends.js';
import { double, multiply } from './reference/double-double.js';
import { difference, sumOf } from './reference/rows.js';
import { GUARD, HOMES, elements, expectSame, failure, free, inMemory, mixed, ordinary } from './support.js';

const slopeAt = (x: number, slope: number): number => (x !== x ? x : x > 0 ? 1 : slope);

/** f of one number; what has slope 0 is 0, also at -Infinity. */
const one = (x: number, slope: number): number => (x > 0 || x !== x ? x : slope === 0 ? 0 : x * slope);

/** Slopes of all kinds of columns and axes with their options: columns, elements that follow with the same slope, length. */
const layouts: readonly { readonly columns: number; readonly inner: number; readonly length: number; readonly options: object }[] = [
  ...[1, 2, 3, 4, 5, 7, 8, 64, 100, 1000].flatMap((columns) => [1, 3, 400].map((rows) => ({ columns, inner: 1, length: rows * columns, options: {} }))),
  { columns: 5, inner: 1, length: 60, options: { columns: 5 } },
  { columns: 3, inner: 4, length: 24, options: { shape: [2, 3, 4], axis: 1 } },
  { columns: 3, inner: 35, length: 2100, options: { shape: [20, 3, 5, 7], axis: 1 } },
  { columns: 3, inner: 511, length: 3066, options: { shape: [2, 3, 511], axis: -2 } },
  { columns: 3, inner: 700, length: 4200, options: { shape: [2, 3, 7, 100], axis: 1 } },
  { columns: 2, inner: 20_001, length: 40_002, options: { shape: [1, 2, 20_001], axis: 1 } },
  { columns: 6, inner: 1, length: 36, options: { shape: [6, 6] } },
];

describe.each(backends)('$name', ({ backend }) => {
  const { prelu, leakyRelu, relu } = backend;

  describe.each(floatTypes)('$type', ({ FloatArray, epsilon }) => {
    const columnOf = (i: number, { columns, inner }: { columns: number; inner: number }): number => Math.floor(i / inner) % columns;

    it('is x or slope x, whatever the slopes are one for', () => {
      for (const layout of layouts) {
        const { columns, length, options } = layout;
        const x = mixed(FloatArray, length, columns);
        const slope = ordinary(FloatArray, columns, 2);
        if (columns > 2) slope[1] = 0;
        const place = JSON.stringify(layout);
        expectSame(prelu(x, slope, options), x.map((value, i) => one(value, slope[columnOf(i, layout)]!)), place);
        expectSame(prelu.derivative(x, slope, options), x.map((value, i) => slopeAt(value, slope[columnOf(i, layout)]!)), `${place}, derivative`);
        if (columns > 1) continue;
        expectSame(prelu(x, slope[0]!, options), prelu(x, slope, options));
        expectSame(prelu.derivative(x, slope[0]!, options), prelu.derivative(x, slope, options));
      }
    });

    it('with one slope is leakyRelu, and with 0 relu', () => {
      const [x, dy] = [mixed(FloatArray, 3000, 1), ordinary(FloatArray, 3000, 2)];
      expectSame(prelu(x, 0.3), leakyRelu(x, { alpha: 0.3 }));
      expectSame(prelu.derivative(x, 0.3), leakyRelu.derivative(x, { alpha: 0.3 }));
      if (backend.features.backend === 'wasm') expectSame(prelu.backward(dy, x, 0.3).dx, leakyRelu.backward(dy, x, { alpha: 0.3 }));
      expectSame(prelu(x, 0).map((value) => value + 0), relu(x).map((value) => value + 0));
      expectSame(prelu(FloatArray.of(-Infinity, Infinity, NaN, 0, -0), 0).map(Math.abs), [0, Infinity, NaN, 0, 0]);
      expectSame(prelu.derivative(FloatArray.of(0, -0, 1, NaN), 0.25), [0.25, 0.25, 1, NaN]);
    });

    it('of one number', () => {
      expect([prelu(-2, 0.25), prelu(2, 0.25), prelu.derivative(-2, 0.25), prelu(-0.3, 0.1)]).toEqual([-0.5, 2, 0.25, -0.3 * 0.1]);
      expect(prelu.backward(3, -2, 0.25)).toEqual({ dx: 0.75, dSlope: -6 });
      expect(() => prelu(1, 0.25, { out: new Float64Array(1) } as never)).toThrow('prelu: out goes with arrays');
      expect(() => prelu.backward(1, new FloatArray(1) as never, 0.25)).toThrow(TypeError);
      expect(() => prelu(1, [0.25] as never)).toThrow(TypeError);
    });

    it('backward: dx, and the sum of dy x for each slope', () => {
      for (const layout of layouts) {
        const { columns, length, options } = layout;
        const x = ordinary(FloatArray, length, columns);
        const dy = ordinary(FloatArray, length, columns + 1);
        const slope = ordinary(FloatArray, columns, 2);
        const { dx, dSlope } = prelu.backward(dy, x, slope, options);
        const place = JSON.stringify(layout);
        const terms = Array.from({ length: columns }, (): number[] => []);
        x.forEach((value, i) => { if (value <= 0) terms[columnOf(i, layout)]!.push(i); });
        expect(dSlope).toBeInstanceOf(FloatArray);
        expect(dSlope).toHaveLength(columns);
        dSlope.forEach((value, column) => {
          const products = terms[column]!.map((i) => multiply(double(dy[i]!), double(x[i]!)));
          const size = products.reduce((total, { hi }) => total + Math.abs(hi), 0);
          const truth = sumOf(products);
          // Rounded once; the products in double precision are rounded too.
          const bound = epsilon * 0.51 * Math.abs(truth.hi) + 2 ** -53 * size;
          if (!(Math.abs(difference(value, truth)) <= bound)) expect.fail(`${place}, slope ${column}: ${value}, not ${truth.hi}`);
        });
        dx.forEach((value, i) => {
          const expected = dy[i]! * slopeAt(x[i]!, slope[columnOf(i, layout)]!);
          if (!(Math.abs(value - expected) <= epsilon * Math.abs(expected))) expect.fail(`${place}, dx[${i}]: ${value}, not ${expected}`);
        });
        if (columns > 1) continue;
        const single = prelu.backward(dy, x, slope[0]!, options);
        expectSame(single.dx, dx);
        expect(FloatArray.of(single.dSlope)).toEqual(dSlope);
      }
    });

    it('the sum over millions is right, and the same wherever the arrays are', () => {
      const length = 3_000_001;
      const x = new FloatArray(length).fill(-0.1);
      const dy = new FloatArray(length).fill(0.7);
      // A large term that goes again at the end.
      [x[0], dy[0], x[length - 1], dy[length - 1]] = [-1e7, 1e7, -1e7, -1e7];
      const term = multiply(double(x[1]!), double(dy[1]!));
      const truth = multiply(term, double(length - 2));
      const { dx, dSlope } = prelu.backward(dy, x, 0.25);
      expect(Math.abs(difference(dSlope, truth))).toBeLessThanOrEqual(2 ** -52 * Math.abs(truth.hi) + 1e-8);
      const stored = [inMemory(backend, dy), inMemory(backend, x)] as [WasmArray, WasmArray];
      const again = prelu.backward(stored[0], stored[1], 0.25, { out: { dx: stored[1] } });
      expect(again.dSlope).toBe(dSlope);
      expect(again.dx).toBe(stored[1]);
      expectSame(elements(stored[1]), dx);
      free(...stored);
      for (const columns of [3, 8]) {
        const rows = ordinary(FloatArray, 30_000 * columns, 3);
        const gradients = ordinary(FloatArray, rows.length, 4);
        const slope = FloatArray.from({ length: columns }, (_, i) => i / 10);
        const expected = prelu.backward(gradients, rows, slope);
        const inside = [gradients, rows, slope].map((array) => inMemory(backend, array)) as WasmArray[];
        const result = prelu.backward(inside[0]!, inside[1]!, inside[2]!);
        expect(result.dSlope).toBeInstanceOf(WasmArray);
        expectSame(elements(result.dSlope), expected.dSlope);
        expectSame(elements(result.dx), expected.dx);
        expectSame(prelu.backward(gradients, inside[1]!, slope).dSlope, expected.dSlope);
        free(...inside, result.dx, result.dSlope);
      }
    });

    it('what cancels has the compensation of double precision', () => {
      fc.assert(fc.property(fc.array(fc.tuple(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.double({ min: -1e6, max: 0, noNaN: true })), { maxLength: 600 }), (pairs) => {
        const [dy, x] = [FloatArray.from(pairs, ([d]) => d), FloatArray.from(pairs, ([, at]) => at)];
        const products = Array.from(x, (at, i) => multiply(double(dy[i]!), double(at)));
        const size = products.reduce((total, { hi }) => total + Math.abs(hi), 0);
        const { dSlope } = prelu.backward(dy, x, 0.1);
        expect(Math.abs(difference(dSlope, sumOf(products)))).toBeLessThanOrEqual(2 ** -52 * size + products.length * 2 ** -1074);
      }), { numRuns: 40 });
    });

    it('NaN and infinities in the sum', () => {
      const sumOfTerms = (dy: number[], x: number[]): number => prelu.backward(FloatArray.from(dy), FloatArray.from(x), FloatArray.of(0.5)).dSlope[0]!;
      expect(sumOfTerms([1, 1, 1], [-1, NaN, -1])).toBeNaN();
      expect(sumOfTerms([1, 0, 1], [-1, NaN, -1])).toBeNaN();
      expect(sumOfTerms([1, NaN, 1], [-1, 2, -1])).toBe(-2);
      expect(sumOfTerms([1, NaN, 1], [-1, -2, -1])).toBeNaN();
      expect(sumOfTerms([1, 2, 1], [-1, -Infinity, -1])).toBe(-Infinity);
      expect(sumOfTerms([1, 0, 1], [-1, -Infinity, -1])).toBe(-2);
      expect(sumOfTerms([1, 0, 1], [-1, Infinity, -1])).toBe(-2);
    });

    it('in place, overlapping, and nothing beside it', () => {
      const slopes = FloatArray.of(0.1, -0.2, 0.3);
      for (const [length, options] of [[12, {}], [12_000, {}], [3 * 4000, { shape: [1, 3, 4000], axis: 1 }]] as const) {
        const [x, dy] = [ordinary(FloatArray, length, 1), ordinary(FloatArray, length, 2)];
        const attempts: readonly { readonly input: FloatTypedArray; readonly expected: FloatTypedArray; readonly run: (at: FloatArray, out: FloatArray) => unknown }[] = [
          { input: x, expected: prelu(x, slopes, options), run: (at, out) => prelu(at, slopes, { ...options, out }) },
          { input: x, expected: prelu.derivative(x, slopes, options), run: (at, out) => prelu.derivative(at, slopes, { ...options, out }) },
          { input: x, expected: prelu.backward(dy, x, slopes, options).dx, run: (at, out) => prelu.backward(dy, at, slopes, { ...options, out: { dx: out } }) },
          { input: dy, expected: prelu.backward(dy, x, slopes, options).dx, run: (at, out) => prelu.backward(at, x, slopes, { ...options, out: { dx: out } }) },
          { input: slopes, expected: prelu(x, slopes, options), run: (at, out) => prelu(x, at, { ...options, out }) },
        ];
        for (const [k, { input, expected, run }] of attempts.entries()) {
          for (const build of Object.values(HOMES)) {
            for (const shift of [0, -5, -1, 1, 3]) {
              const home = build(backend, FloatArray, length + 16);
              home.whole().fill(GUARD);
              home.whole().set(input, 8 + shift);
              const surroundings = home.whole().slice();
              surroundings.set(expected, 8);
              run(home.part(8 + shift, input.length), home.part(8, length));
              expectSame(home.whole(), surroundings, `attempt ${k}, ${length}, shifted by ${shift}`);
              home.release();
            }
          }
        }
      }
    });

    it('gradients go where they are to go', () => {
      const [x, dy, slope] = [ordinary(FloatArray, 40, 1), ordinary(FloatArray, 40, 2), FloatArray.of(0.1, 0.2, 0.3, 0.4)];
      const expected = prelu.backward(dy, x, slope);
      const out = { dx: new FloatArray(40), dSlope: new FloatArray(4) };
      const result = prelu.backward(dy, x, slope, { out });
      expect(result.dx).toBe(out.dx);
      expect(result.dSlope).toBe(out.dSlope);
      expectSame(out.dx, expected.dx);
      expectSame(out.dSlope, expected.dSlope);
      const onto = slope.slice();
      expectSame(prelu.backward(dy, x, onto, { out: { dSlope: onto } }).dSlope, expected.dSlope);
      expect(prelu.backward(dy, x, FloatArray.of(0.1)).dSlope).toHaveLength(1);
    });

    it('of none', () => {
      const none = new FloatArray(0);
      expect(prelu(none, FloatArray.of(1, 2))).toHaveLength(0);
      expect(prelu.derivative(none, 0.1)).toHaveLength(0);
      expect(prelu.backward(none, none, 0.1)).toEqual({ dx: none, dSlope: 0 });
      expect(prelu.backward(none, none, FloatArray.of(1, 2), { columns: 2 })).toEqual({ dx: none, dSlope: FloatArray.of(0, 0) });
    });

    it('a memory that has to grow', async () => {
      const options = backend.features.backend === 'wasm' ? {} : { wasm: false as const };
      const own = await createBackend(options);
      const [x, dy, slope] = [ordinary(FloatArray, 50_000, 1), ordinary(FloatArray, 50_000, 2), ordinary(FloatArray, 5000, 3)];
      const expected = prelu.backward(dy, x, slope);
      const stored = [dy, x, slope].map((array) => inMemory(own, array)) as WasmArray[];
      const filler = own.allocate(Float32Array, Math.floor((own.memoryUsage().free - 500) / 4));
      const result = own.prelu.backward(stored[0]!, stored[1]!, stored[2]!);
      expectSame(elements(result.dx), expected.dx);
      expectSame(elements(result.dSlope), expected.dSlope);
      filler.free();
      expect(own.memoryUsage().arrays).toBe(5);
    });
  });

  it('what is wrong is said, and nothing is written', () => {
    const x = Float32Array.of(1, 2, 3, 4);
    const calls = [
      ['prelu', (slope: never, options: object, out: Float32Array) => prelu(x, slope, { ...options, out })],
      ['prelu.derivative', (slope: never, options: object, out: Float32Array) => prelu.derivative(x, slope, { ...options, out })],
      ['prelu.backward', (slope: never, options: object, dx: Float32Array) => prelu.backward(x, x, slope, { ...options, out: { dx } })],
    ] as const;
    for (const [name, call] of calls) {
      const refused = (slope: unknown, options: object, type: ErrorConstructor, ...parts: string[]): void => {
        failure((out) => call(slope as never, options, out), type, `${name}: `, ...parts);
      };
      refused(new Float32Array(3), {}, RangeError, 'x has 4 elements', '3 columns', 'slope');
      refused(new Float32Array(0), {}, RangeError, 'slope', 'got 0');
      refused(new Float32Array(4), { columns: 2 }, RangeError, 'slope', '2 elements', 'got 4');
      refused(new Float32Array(2), { shape: [4, 1], axis: 0 }, RangeError, 'slope', '4 elements', 'got 2');
      refused(new Float64Array(2), {}, TypeError, 'slope', 'Float32Array', 'got Float64Array(2)');
      for (const [came, wrong] of [['an array of 1', [1]], ['null', null], ['undefined', undefined], ['"1"', '1']] as const) refused(wrong, {}, TypeError, 'slope', `got ${came}`);
      for (const wrong of [NaN, Infinity]) refused(wrong, {}, RangeError, 'slope', 'finite', `got ${wrong}`);
      refused(0.1, { columns: 3 }, RangeError, '4 elements', '3 columns');
      refused(0.1, { axis: 1 }, TypeError, 'axis', 'shape');
      refused(0.1, { alpha: 1 }, TypeError, 'no option alpha');
    }
    failure((out) => prelu(out, 0.1, { out: new Float32Array(3) }), RangeError, 'prelu: ', 'out', '4 elements', 'got 3');
    failure((dx) => prelu.backward(new Float32Array(3), x, 0.1, { out: { dx } }), RangeError, 'prelu.backward: ', 'dy', 'got 3');
    failure((dx) => prelu.backward(x, x, x, { out: { dx, dSlope: new Float32Array(3) } }), RangeError, 'prelu.backward: ', 'out.dSlope', '4 elements', 'got 3');
    failure((dx) => prelu.backward(x, x, 0.1, { out: { dx, dSlope: new Float32Array(1) } }), TypeError, 'prelu.backward: ', 'out.dSlope', 'number');
    failure((dx) => prelu.backward(x, x, 0.1, { out: { dx, dy: x } as never }), TypeError, 'prelu.backward: out: ', 'no option dy');
    failure((out) => prelu.backward(x, x, 0.1, { out: out as never }), TypeError, 'prelu.backward: out: ', 'object');
  });
});
