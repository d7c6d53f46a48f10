/** f(x + bias) is f of a sum that was rounded to the element type, bit for bit, wherever the arrays are. */
import { describe, expect, it } from 'vitest';
import type { BiasOption, FloatArray, FloatTypedArray, RowsOption } from '../src/index.js';
import { backends, floatTypes } from './backends.js';
import { type Name, operations } from './operations.js';
import { type AnyActivation, GUARD, HOMES, activationsOf, elements, errorOf, expectSame, failure, inMemory, mixed, ordinary } from './support.js';

/** The parameters that the table of operations tries, and the defaults. */
const parametersOf = (f: AnyActivation): readonly object[] => [{}, ...operations[f.info.name as Name].parameters];

/** The bias of every element. */
function sums(x: FloatTypedArray, bias: FloatTypedArray, inner: number): FloatTypedArray {
  return x.map((value, i) => value + bias[Math.floor(i / inner) % bias.length]!);
}

/** A bias and what the rows of an array are, by the way they go: patterns that are repeated, long ones, and none. */
const LAYOUTS: readonly { readonly length: number; readonly columns: number; readonly inner: number; readonly option: RowsOption }[] = [
  { length: 0, columns: 3, inner: 1, option: {} },
  { length: 1, columns: 1, inner: 1, option: {} },
  { length: 13, columns: 1, inner: 1, option: {} },
  { length: 21, columns: 7, inner: 1, option: { columns: 7 } },
  { length: 24, columns: 3, inner: 4, option: { shape: [2, 3, 4], axis: 1 } },
  { length: 24, columns: 2, inner: 12, option: { shape: [2, 3, 4], axis: 0 } },
  { length: 9999, columns: 33, inner: 1, option: {} },
  { length: 8192, columns: 64, inner: 1, option: { shape: [128, 64] } },
  { length: 10002, columns: 5001, inner: 1, option: { columns: 5001 } },
  { length: 12000, columns: 3, inner: 2000, option: { shape: [2, 3, 40, 50], axis: -3 } },
  { length: 9600, columns: 1200, inner: 4, option: { shape: [2, 1200, 4], axis: 1 } },
];

describe.each(backends)('$name', ({ backend }) => {
  describe.each(floatTypes)('$type', ({ FloatArray: type }) => {
    const functions = activationsOf(backend).map((f) => ({ name: f.info.name, f }));

    it.each(functions)('$name: every direction, with all parameters', ({ f }) => {
      for (const parameters of parametersOf(f)) {
        for (const [length, columns] of [[99, 11], [5000, 8]] as const) {
          const [x, bias, dy] = [mixed(type, length, 1), ordinary(type, columns, 2), mixed(type, length, 3)];
          const sum = sums(x, bias, 1);
          const options = { ...parameters, bias, columns };
          expectSame(elements(f(x, options)), elements(f(sum, parameters)), `f ${JSON.stringify(parameters)}`);
          expectSame(elements(f.derivative(x, options)), elements(f.derivative(sum, parameters)), `f' ${JSON.stringify(parameters)}`);
          expectSame(elements(f.backward(dy, x, options)), elements(f.backward(dy, sum, parameters)), `dy f' ${JSON.stringify(parameters)}`);
        }
      }
    });

    it.each(LAYOUTS)('$length elements, $columns columns, $inner elements of each in turn', ({ length, columns, inner, option }) => {
      const { tanh } = backend;
      const [x, bias, dy] = [mixed(type, length, 4), mixed(type, columns, 5), ordinary(type, length, 6)];
      const sum = sums(x, bias, inner);
      for (const build of Object.values(HOMES)) {
        const home = build(backend, type, length + 8);
        for (const given of [bias, inMemory(backend, bias)] as FloatArray[]) {
          const options = { ...option, bias: given };
          for (const start of [3, 4, 8, 0]) {
            const around = (middle: FloatTypedArray): FloatTypedArray => {
              const all = new type(length + 8).fill(GUARD);
              all.set(middle, 3);
              return all;
            };
            const set = (values: FloatTypedArray): void => {
              home.whole().fill(GUARD);
              home.whole().set(values, start);
            };
            // In place, and over a part of the input.
            set(x);
            tanh(home.part(start, length), { ...options, out: home.part(3, length) });
            expectSame(home.whole().slice(3, 3 + length), tanh(sum), `from ${start} to 3`);
            set(dy);
            tanh.backward(home.part(start, length), x, { ...options, out: home.part(3, length) });
            expectSame(home.whole().slice(3, 3 + length), tanh.backward(dy, sum), `dy from ${start} to 3`);
            if (start !== 3) continue;
            set(x);
            tanh.backward(dy, home.part(3, length), { ...options, out: home.part(3, length) });
            expectSame(home.whole(), around(tanh.backward(dy, sum)), 'nothing beside it');
            set(dy);
            tanh.backward(home.part(3, length), home.part(3, length), { ...options, out: home.part(3, length) });
            expectSame(home.whole(), around(tanh.backward(dy, sums(dy, bias, inner))), 'all in one place');
          }
          if (given !== bias) (given as { free?: () => void }).free?.();
        }
        home.release();
      }
    });

    it('the bias may be where the result goes', () => {
      for (const build of Object.values(HOMES)) {
        const home = build(backend, type, 10000);
        const values = ordinary(type, 10000, 7);
        for (const columns of [5000, 100]) {
          home.whole().set(values);
          const length = 9000 - (9000 % columns);
          const expected = backend.sigmoid(sums(values.subarray(0, length), values.subarray(50, 50 + columns), 1));
          backend.sigmoid(values.slice(0, length), { bias: home.part(50, columns), out: home.part(0, length) });
          expectSame(home.whole().slice(0, length), expected, `${columns} columns`);
        }
        home.release();
      }
    });

    it('the result is of the kind of x', () => {
      const x = inMemory(backend, ordinary(type, 20, 8)) as FloatArray;
      const y = backend.relu(x, { bias: ordinary(type, 4, 9) });
      expect(y).toBeInstanceOf(x.constructor);
      expectSame(elements(y), backend.relu(sums(elements(x), ordinary(type, 4, 9), 1)));
    });
  });

  describe('errors', () => {
    const x = Float32Array.of(1, 2, 3, 4);
    const { relu, sigmoid } = backend;
    const wrong = (options: object, error: typeof TypeError | typeof RangeError, ...parts: string[]): void => {
      failure((out) => relu(x, { ...options, out }), error, 'relu', ...parts);
      failure((out) => relu.derivative(x, { ...options, out }), error, 'relu.derivative', ...parts);
      failure((out) => relu.backward(x, x, { ...options, out }), error, 'relu.backward', ...parts);
    };

    it('a bias that is no array of the type of x', () => {
      wrong({ bias: 1 }, TypeError, 'bias must be a Float32Array', 'got 1');
      wrong({ bias: [1, 2] }, TypeError, 'bias must be', 'an array of 2');
      wrong({ bias: null }, TypeError, 'bias must be', 'null');
      wrong({ bias: new Int32Array(2) }, TypeError, 'bias must be', 'Int32Array(2)');
      wrong({ bias: new Float64Array(2) }, TypeError, 'bias must be a Float32Array like x', 'Float64Array(2)');
    });

    it('a bias of another length than the columns, or columns that x is no multiple of', () => {
      wrong({ bias: new Float32Array(3) }, RangeError, 'x has 4 elements', '3 columns', 'bias');
      wrong({ bias: new Float32Array(0) }, RangeError, 'bias', 'got 0');
      wrong({ bias: new Float32Array(4), columns: 2 }, RangeError, 'bias must have 1 element or 2 elements', 'got 4');
      wrong({ bias: new Float32Array(3), columns: 3 }, RangeError, 'x has 4 elements', '3 columns');
      wrong({ bias: new Float32Array(2), shape: [2, 3], axis: 0 }, RangeError, 'the shape [2, 3] has 6 elements, x has 4');
      wrong({ bias: new Float32Array(2), shape: [2, 2], columns: 2 }, TypeError, 'columns and shape');
    });

    it('columns without a bias', () => {
      wrong({ columns: 2 }, TypeError, 'columns goes with bias, which is missing');
      wrong({ shape: [2, 2], axis: 0 }, TypeError, 'shape goes with bias, which is missing');
    });

    it('a bias with numbers, and where f\' is told from y', () => {
      const options = { bias: new Float32Array(1) } as object;
      for (const call of [() => sigmoid(1, options), () => sigmoid.derivative(1, options), () => sigmoid.backward(1, 1, options)]) {
        expect(errorOf(call)).toBeInstanceOf(TypeError);
        expect(errorOf(call).message).toContain('bias goes with arrays, not with numbers');
      }
      failure((out) => sigmoid.backwardFromOutput(x, x, { ...options, out }), TypeError, 'sigmoid.backwardFromOutput: there is no option bias');
    });

    it('an output, a gradient or a parameter that is wrong', () => {
      const options: BiasOption = { bias: new Float32Array(2) };
      failure((out) => relu(new Float32Array(6), { ...options, out }), RangeError, 'relu: out must have 6 elements like x, got 4');
      failure((out) => relu.backward(new Float32Array(2), x, { ...options, out }), RangeError, 'relu.backward: dy must have 4 elements like x, got 2');
      failure((out) => backend.affine(x, { ...options, alpha: 1e60, out }), RangeError, 'affine: alpha');
    });
  });
});

