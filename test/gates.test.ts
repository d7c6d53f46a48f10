/** The gated units, by the table of them: against the product of a value and the function of a gate. */
import { describe, expect, it, test } from 'vitest';
import { gates } from '../src/gates.js';
import { type FloatArray, type FloatTypedArray, type GatedUnit, WasmArray } from '../src/index.js';
import { backends, floatTypes } from './backends.js';
import { cases } from './operations.js';
import { type DoubleDouble, double, multiply } from './reference/double-double.js';
import { error32, error64, nearest } from './reference/ulp.js';
import { GUARD, HOMES, elements, expectSame, failure, free, inMemory, mixed, ordinary } from './support.js';

const units = Object.entries(gates).map(([name, row]) => ({ name: name as keyof typeof gates, gate: row.name }));
const sides = ['second', 'first'] as const;
const widths = [1, 2, 3, 4, 5, 7, 8, 16, 33];

/** Values and gates of rows. */
function split(x: FloatTypedArray, columns: number, side: 'first' | 'second'): { values: FloatTypedArray; gated: FloatTypedArray } {
  const half = columns / 2;
  const [left, right] = [0, half].map((at) => x.filter((_, i) => i % columns >= at && i % columns < at + half));
  return side === 'second' ? { values: left!, gated: right! } : { values: right!, gated: left! };
}

describe.each(backends)('$name', ({ backend }) => {
  describe.each(units)('$name', ({ name, gate }) => {
    const f: GatedUnit = backend[name];
    const { operation: { f64: reference }, parameters: [defaults] } = cases.find((each) => each.name === gate)!;

    describe.each(floatTypes)('$type', ({ type, FloatArray, epsilon, smallest }) => {
      const units = (value: number, truth: DoubleDouble): number =>
        type === 'f32' ? error32(value, truth.hi) : error64(value, { ...truth, exponent: 0 });
      /** f or f' of a gate of ordinary size, rounded where what is left is nothing. */
      const at = (of: 'forward' | 'derivative', x: number): DoubleDouble => {
        const { hi, lo, exponent } = reference[of](x, defaults!);
        return exponent === 0 ? { hi, lo } : double(nearest({ hi, lo, exponent }));
      };

      test.each(sides)('values and gates, the gate %s', (side) => {
        for (const half of widths) {
          const columns = 2 * half;
          const x = ordinary(FloatArray, 9 * columns, half);
          const dy = ordinary(FloatArray, 9 * half, half + 50);
          const { values, gated } = split(x, columns, side);
          const y = f(x, side === 'second' ? { columns } : { columns, gate: side });
          expect(y).toBeInstanceOf(FloatArray);
          expect(y).toHaveLength(9 * half);
          const dx = split(f.backward(dy, x, { columns, gate: side }), columns, side);
          y.forEach((value, i) => {
            const [v, g, d] = [values[i]!, gated[i]!, dy[i]!];
            // The function is off by up to 3 units, its derivative by 6, and each product by half of one.
            const forward = at('forward', g);
            const checks = [
              ['y', value, multiply(double(v), forward), 4],
              ['dv', dx.values[i]!, multiply(double(d), forward), 4],
              ['dg', dx.gated[i]!, multiply(double(d), multiply(double(v), at('derivative', g))), 8],
            ] as const;
            for (const [what, actual, truth, bound] of checks) {
              // Near a zero of the derivative its error counts absolutely.
              const near = what === 'dg' && Math.abs(actual - truth.hi) <= 4 * epsilon * Math.abs(d * v) * 1e-2;
              if (!(near || units(actual, truth) <= bound)) expect.fail(`${what} of ${v}, ${g}, ${d}: ${actual}, ${units(actual, truth)} units off`);
            }
          });
        }
      });

      it('is the product of a value and the function of a gate, special ones too', () => {
        for (const side of sides) {
          const x = mixed(FloatArray, 2000, 3);
          const dy = mixed(FloatArray, 1000, 4);
          const { values, gated } = split(x, 20, side);
          const g = backend.activations[gate as 'sigmoid'];
          // Only where the function of a gate of float32 is no subnormal number, which has fewer digits, are they close.
          const exactly = Float64Array.from(gated);
          const [fg, dg] = [g(exactly), g.derivative(exactly)];
          const dx = split(f.backward(dy, x, { columns: 20, gate: side }), 20, side);
          const slopes = values.map((v, i) => v * dg[i]!);
          const expected = { y: values.map((v, i) => v * fg[i]!), dv: dy.map((d, i) => d * fg[i]!), dg: dy.map((d, i) => d * slopes[i]!) };
          const near = (a: FloatTypedArray, b: FloatTypedArray, label: string, factor: (i: number) => number): void => {
            a.forEach((value, i) => {
              // Infinity times what is next to nothing may be anything.
              if (!Number.isFinite(values[i]! * dy[i]!) && Math.min(Math.abs(fg[i]!), Math.abs(dg[i]!)) < smallest) return;
              const bound = Math.max(Math.abs(b[i]!) * 2 ** (type === 'f32' ? -21 : -50), smallest * (1 + Math.abs(factor(i))));
              if (!Object.is(value, b[i]) && !(Math.abs(value - b[i]!) <= bound) && value !== b[i]) {
                expect.fail(`${label}[${i}] of ${values[i]}, ${gated[i]}, ${dy[i]}: ${value}, not ${b[i]}`);
              }
            });
          };
          near(f(x, { columns: 20, gate: side }), expected.y, 'y', (i) => values[i]!);
          near(dx.values, expected.dv, 'dv', (i) => dy[i]!);
          near(dx.gated, expected.dg, 'dg', (i) => dy[i]! * (1 + Math.abs(values[i]!)));
        }
      });

      it('every row as if it were alone, in blocks and along any axis', () => {
        for (const [rows, columns] of [[20_000, 2], [5000, 10], [700, 66], [3, 20_000]] as const) {
          const x = ordinary(FloatArray, rows * columns, 5);
          const dy = ordinary(FloatArray, x.length / 2, 6);
          const [y, dx] = [f(x, { columns }), f.backward(dy, x, { columns })];
          for (const row of [0, 1, rows >> 1, rows - 1]) {
            const [own, ownDy] = [x.subarray(row * columns, (row + 1) * columns), dy.subarray((row * columns) / 2, ((row + 1) * columns) / 2)];
            expectSame(y.subarray((row * columns) / 2, ((row + 1) * columns) / 2), f(own));
            expectSame(dx.subarray(row * columns, (row + 1) * columns), f.backward(ownDy, own));
          }
        }
        const [n, c, d] = [3, 6, 5];
        const x = ordinary(FloatArray, n * c * d, 7);
        const dy = ordinary(FloatArray, (n * c * d) / 2, 8);
        // Halves along axis 1 are halves of rows of c * d elements.
        expectSame(f(x, { shape: [n, c, d], axis: 1 }), f(x, { columns: c * d }));
        expectSame(f.backward(dy, x, { shape: [n, c, d], axis: 1, gate: 'first' }), f.backward(dy, x, { columns: c * d, gate: 'first' }));
      });

      it('in place, overlapping, and nothing beside it', () => {
        for (const [rows, columns] of [[3, 2], [3, 10], [2, 66], [700, 18], [3, 8192]] as const) {
          const length = rows * columns;
          const x = ordinary(FloatArray, length, 9);
          const dy = ordinary(FloatArray, length / 2, 10);
          for (const side of sides) {
            const options = { columns, gate: side };
            const attempts = [
              { input: x, expected: f(x, options), run: (at: FloatArray, out: FloatArray) => f(at, { ...options, out }) },
              { input: x, expected: f.backward(dy, x, options), run: (at: FloatArray, out: FloatArray) => f.backward(dy, at, { ...options, out }) },
              { input: dy, expected: f.backward(dy, x, options), run: (at: FloatArray, out: FloatArray) => f.backward(at, x, { ...options, out }) },
            ];
            for (const { input, expected, run } of attempts) {
              for (const build of Object.values(HOMES)) {
                for (const shift of [0, -5, -1, 1, 3]) {
                  const home = build(backend, FloatArray, length + 16);
                  home.whole().fill(GUARD);
                  home.whole().set(input, 8 + shift);
                  const surroundings = home.whole().slice();
                  surroundings.set(expected, 8);
                  run(home.part(8 + shift, input.length), home.part(8, expected.length));
                  expectSame(home.whole(), surroundings, `${rows} x ${columns}, ${input === x ? 'x' : 'dy'} shifted by ${shift}`);
                  home.release();
                }
              }
            }
          }
        }
      });

      it('results are where the input is; no rows are no rows', () => {
        const x = ordinary(FloatArray, 40, 1);
        const stored = inMemory(backend, x) as WasmArray;
        const [y, dx] = [f(stored, { columns: 4 }), f.backward(x.subarray(20), stored, { columns: 4 })];
        expect(y).toBeInstanceOf(WasmArray);
        expectSame(elements(y), f(x, { columns: 4 }));
        expectSame(elements(dx), f.backward(x.subarray(20), x, { columns: 4 }));
        free(stored, y, dx);
        expect(f(new FloatArray(0), { columns: 4 })).toHaveLength(0);
        expect(f.backward(new FloatArray(0), new FloatArray(0), { columns: 4 })).toHaveLength(0);
      });
    });

    it('what is wrong is said, and nothing is written', () => {
      const [x, dy] = [new Float32Array(8), new Float32Array(4)];
      const long = new Float32Array(12);
      failure((out) => f(long, { columns: 3, out }), RangeError, `${name}: `, 'even', 'got 3');
      failure((out) => f.backward(dy, long, { columns: 3, out }), RangeError, `${name}.backward: `, 'even', 'got 3');
      failure((out) => f(x, { columns: 3, out }), RangeError, `${name}: `, '8 elements', '3 columns');
      failure((out) => f(long, { columns: 4, out }), RangeError, `${name}: `, 'out must have 6 elements', 'got 4');
      failure((out) => f.backward(dy, x, { columns: 4, out }), RangeError, `${name}.backward: `, 'out must have 8 elements', 'got 4');
      failure((out) => f.backward(x, x, { columns: 4, out }), RangeError, `${name}.backward: `, 'dy must have 4 elements', 'got 8');
      for (const [came, wrong] of [['"third"', 'third'], ['null', null], ['1', 1]] as const) {
        failure((out) => f(x, { columns: 4, gate: wrong as never, out }), RangeError, `${name}: `, 'gate', "'first' or 'second'", `got ${came}`);
      }
      failure((out) => f(x, { colums: 4, out } as never), TypeError, `${name}: `, 'no option colums');
      failure((out) => f(Float64Array.from(x), { columns: 4, out }), TypeError, `${name}: `, 'out', 'Float64Array');
      failure((out) => f([1, 2] as never, { out }), TypeError, `${name}: `, 'x', 'got an array of 2');
    });
  });
});
