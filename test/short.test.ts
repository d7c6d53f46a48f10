/** Short arrays, which some functions go through in JavaScript, have the bits of the kernels, and so has memory that operands share. */
import { describe, expect, it } from 'vitest';
import type { FloatArray, FloatTypedArray, WasmArray } from '../src/index.js';
import { SHORT } from '../src/short.js';
import { backends, floatTypes } from './backends.js';
import { type Name, operations } from './operations.js';
import { type AnyActivation, activationsOf, elements, expectSame, inMemory, mixed } from './support.js';

const TOTAL = 20000;

/** The defaults, and what the table of operations tries, and negative zeros. */
const parametersOf = (f: AnyActivation): readonly object[] => {
  const zeros = Object.entries(f.info.parameters).map(([key]) => ({ [key]: -0 }));
  return [{}, ...operations[f.info.name as Name].parameters, ...zeros];
};

type Run = (inputs: readonly FloatArray[], out: FloatArray) => unknown;

/** Every direction that can be had with the parameters. */
function runsOf(f: AnyActivation, parameters: object): { readonly count: number; readonly run: Run }[] {
  const runs = [
    { count: 1, run: ([x]: readonly FloatArray[], out: FloatArray) => f(x!, { ...parameters, out }) },
    { count: 1, run: ([x]: readonly FloatArray[], out: FloatArray) => f.derivative(x!, { ...parameters, out }) },
    { count: 2, run: ([dy, x]: readonly FloatArray[], out: FloatArray) => f.backward(dy!, x!, { ...parameters, out }) },
    { count: 2, run: ([dy, y]: readonly FloatArray[], out: FloatArray) => f.backwardFromOutput!(dy!, y!, { ...parameters, out }) },
  ];
  const one = new Float64Array(2).fill(1);
  return runs.filter(({ run }) => {
    try {
      run([one, one], new Float64Array(2));
      return true;
    } catch {
      return false;
    }
  });
}

describe.each(backends)('$name', ({ backend }) => {
  describe.each(floatTypes)('$type', ({ FloatArray: type }) => {
    const inputs = [mixed(type, TOTAL, 50), mixed(type, TOTAL, 51)];
    // Special values beside each other, zeros and infinities with all signs.
    const special = [0, -0, 1, -1, Infinity, -Infinity, NaN, 3, -3, 6, 0.5, -0.5, 1e-45, -1e-45, 5e-324];
    special.forEach((x, i) => { special.forEach((dy, k) => { [dy, x].forEach((value, which) => { inputs[which]![i * special.length + k] = value; }); }); });
    const functions = activationsOf(backend).map((f) => ({ name: f.info.name, f }));

    it.each(functions)('$name: the bits of the kernels', ({ f }) => {
      const homes = inputs.map((input) => inMemory(backend, input) as WasmArray);
      const target = inMemory(backend, new type(TOTAL)) as WasmArray;
      let tried = 0;
      for (const parameters of parametersOf(f)) {
        for (const { count, run } of runsOf(f, parameters)) {
          try {
            run(homes.slice(0, count), target);
          } catch (error) {
            // Parameters that float32 has no numbers for.
            expect(error).toBeInstanceOf(RangeError);
            continue;
          }
          const result = new type(TOTAL);
          for (let start = 0, length = 1; start < TOTAL; start += length, length = (length % (SHORT + 2)) + 1) {
            const out = new type(Math.min(length, TOTAL - start));
            run(inputs.slice(0, count).map((input) => input.slice(start, start + out.length)), out);
            result.set(out, start);
          }
          expectSame(result, elements(target), `${JSON.stringify(parameters)}, ${count} inputs`);
          tried++;
        }
      }
      expect(tried).toBeGreaterThan(1);
      for (const home of [...homes, target]) home.free();
    });

    it.each(functions)('$name: operands that share memory, and one output again and again', ({ f }) => {
      const out = new type(SHORT);
      for (const { count, run } of runsOf(f, {})) {
        for (let from = 0; from <= 4; from++) {
          for (let to = 0; to <= 4; to++) {
            const all = mixed(type, SHORT + 8, 60);
            const parts = [all.subarray(from, from + SHORT), all.subarray(2, 2 + SHORT)].slice(0, count);
            const expected = new type(SHORT);
            run(parts.map((part) => part.slice()), expected);
            run(parts, out);
            expectSame(out, expected);
            const shared: FloatTypedArray = all.subarray(to, to + SHORT);
            run(parts, shared);
            expectSame(shared, expected, `from ${from} to ${to}`);
          }
        }
      }
    });
  });
});
