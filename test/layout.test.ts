/**
 * A result depends on the elements alone: not on their lane, their position, the length, the alignment, or whether an
 * array lives in wasm memory; and nothing is written beside it.
 */
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { createBackend } from '../src/index.js';
import type { Backend, FloatArray, FloatTypedArray, WasmArray } from '../src/index.js';
import { backends } from './backends.js';
import {
  type Elementwise, FLOAT_TYPES, type FloatType, GUARD, HOMES, elements, elementwiseOf, expectSame, free, inMemory, mixed, ordinary,
} from './support.js';

const LONGEST = 20000;
/** All tails of all unrolled loops, and the boundaries of blocks that are staged: 4096 floats, 2048 doubles. */
const LENGTHS = [...Array(68).keys(), 1000, 2047, 2048, 2049, 4095, 4096, 4097, 8193, 12288, LONGEST];

const INPUTS = new Map(FLOAT_TYPES.map((type) => [type, [mixed(type, LONGEST + 8, 10), mixed(type, LONGEST + 8, 11)]]));

/** An elementwise function without state: the losses and gradientStep are no activations, but behave like them here. */
function operationsOf(backend: Backend): Elementwise[] {
  return [
    ...elementwiseOf(backend),
    {
      title: 'binaryCrossEntropyWithLogits',
      arguments: ['x', 'y'],
      run: ([x, targets], out) => backend.binaryCrossEntropyWithLogits(x!, targets!, { reduction: 'sum', out }).gradient,
    },
  ];
}

/** The results of the elements one by one. */
function alone(backend: Backend, operation: Elementwise, inputs: readonly FloatTypedArray[], type: FloatType): FloatTypedArray {
  const cells = inputs.map(() => backend.allocate(type, 1) as FloatArray);
  const cell = backend.allocate(type, 1) as FloatArray;
  const result = new type(inputs[0]!.length);
  for (let i = 0; i < result.length; i++) {
    cells.forEach((each, k) => { elements(each)[0] = inputs[k]![i]!; });
    operation.run(cells, cell);
    result[i] = elements(cell)[0]!;
  }
  free(...cells, cell);
  return result;
}

describe.each(backends)('$name', ({ backend }) => {
  it.each(operationsOf(backend))('$title: every element as if it were alone, at every length and offset', (operation) => {
    for (const type of FLOAT_TYPES) {
      const values = operation.arguments.map((_, k) => INPUTS.get(type)![k]!);
      const expected = alone(backend, operation, values, type);
      for (const [name, build] of Object.entries(HOMES)) {
        const homes = values.map((each) => {
          const home = build(backend, type, LONGEST + 8);
          home.whole().set(each);
          return home;
        });
        const target = build(backend, type, LONGEST + 32);
        for (const length of LENGTHS) {
          const start = length % 8;
          const at = 8 + (length % 5);
          // As far beyond the output as a round of the loops reaches.
          const surroundings = target.whole().subarray(0, at + length + 16).fill(GUARD);
          const out = target.part(at, length);
          // Plain comparisons: hundreds of thousands of expectations would take longer than all they are about.
          if (operation.run(homes.map((home) => home.part(start, length)), out) !== out) expect.fail('the result is not out');
          const label = `${type.name}, ${name}, length ${length}`;
          expectSame(surroundings.subarray(at, at + length), expected.subarray(start, start + length), label);
          const guards = [...surroundings.subarray(0, at), ...surroundings.subarray(at + length)];
          if (guards.some((guard) => guard !== GUARD)) expect.fail(`${label}: written beside the output`);
        }
        homes.forEach((home, k) => { expectSame(home.whole(), values[k]!, `${name}: inputs`); });
        for (const home of [...homes, target]) home.release();
      }
    }
  });

  it.each(operationsOf(backend))('$title: a new array has the same elements', (operation) => {
    for (const type of FLOAT_TYPES) {
      for (const length of [0, 1, 5, 33, 4097, 9000]) {
        const inputs = operation.arguments.map((_, k) => mixed(type, length, 20 + k));
        const expected = new type(length);
        operation.run(inputs, expected);
        const result = operation.run(inputs);
        expect(result).toBeInstanceOf(type);
        expectSame(elements(result), expected);
        const stored = inputs.map((input) => inMemory(backend, input) as FloatArray);
        const another = operation.run(stored);
        expectSame(elements(another), expected);
        free(another, ...stored);
      }
    }
  });

  it.each(operationsOf(backend))('$title: in place', (operation) => {
    for (const type of FLOAT_TYPES) {
      for (const length of [1, 3, 8, 67, 9001]) {
        const inputs = operation.arguments.map((_, k) => mixed(type, length, 30 + k));
        const expected = elements(operation.run(inputs));
        for (const build of Object.values(HOMES)) {
          inputs.forEach((_, place) => {
            const homes = inputs.map((input) => {
              const home = build(backend, type, length);
              home.whole().set(input);
              return home;
            });
            const parts = homes.map((home) => home.part(0, length));
            operation.run(parts, parts[place]);
            expectSame(homes[place]!.whole(), expected, `${type.name}(${length}), out = ${operation.arguments[place]!}`);
            for (const home of homes) home.release();
          });
        }
      }
    }
  });

  it.each(operationsOf(backend))('$title: an array may end where the memory ends', (operation) => {
    for (const type of FLOAT_TYPES) {
      for (let length = 1; length <= 40; length++) {
        const inputs = operation.arguments.map((_, k) => mixed(type, length, 35 + k));
        const expected = elements(operation.run(inputs));
        const stored = [...inputs, expected].map((input) => inMemory(backend, input) as FloatArray);
        // Nothing else is there: the last of the memory is given out last.
        const last = backend.wrap(type, backend.memoryUsage().bytes - length * type.BYTES_PER_ELEMENT, length);
        for (const place of stored.keys()) {
          const operands = stored.map((array, k) => (k === place ? (last as FloatArray) : array));
          last.data.set(inputs[place] ?? []);
          const out = operands.pop()!;
          operation.run(operands, out);
          expectSame(elements(out), expected, `${type.name}(${length}), operand ${place}`);
        }
        free(...stored);
      }
    }
  });

  it.each(operationsOf(backend))('$title: operands that overlap give what separate ones give', (operation) => {
    const shifts = [-5, -3, -1, 1, 3, 5];
    for (const type of FLOAT_TYPES) {
      for (const build of Object.values(HOMES)) {
        for (const length of [13, 9000]) {
          const home = build(backend, type, length + 16);
          const values = mixed(type, length + 16, 40);
          for (const shift of shifts) {
            // Where each operand starts; the output starts at 8. With two inputs: one of them beside, then both overlap.
            const starts = operation.arguments.length === 1 ? [[8 + shift]] : [[8, 8 + shift], [8 + shift, 8], [8 + shift, 8 - shift]];
            for (const places of starts) {
              const expected = values.slice();
              expected.set(elements(operation.run(places.map((place) => values.slice(place, place + length)))), 8);
              home.whole().set(values);
              operation.run(places.map((place) => home.part(place, length)), home.part(8, length));
              expectSame(home.whole(), expected, `${type.name}(${length}) at ${places.join(', ')} to 8`);
            }
          }
          home.release();
        }
      }
    }
  });
});

describe('gradientStep', () => {
  describe.each(backends)('$name', ({ backend }) => {
    it('every element as if it were alone, and nothing beside it', () => {
      for (const type of FLOAT_TYPES) {
        const weights = ordinary(type, LONGEST, 50);
        const gradient = ordinary(type, LONGEST, 51);
        const expected = new type(LONGEST);
        weights.forEach((weight, i) => {
          expected[i] = backend.gradientStep(type.from([weight]), type.from([gradient[i]!]), { learningRate: 0.1 })[0]!;
        });
        for (const build of Object.values(HOMES)) {
          for (const length of LENGTHS) {
            const home = build(backend, type, length + 8);
            home.whole().fill(GUARD);
            home.whole().set(weights.subarray(0, length), 5);
            const part = home.part(5, length);
            expect(backend.gradientStep(part, gradient.subarray(0, length), { learningRate: 0.1 })).toBe(part);
            const surroundings = new type(length + 8).fill(GUARD);
            surroundings.set(expected.subarray(0, length), 5);
            expectSame(home.whole(), surroundings, `length ${length}`);
            home.release();
          }
        }
      }
    });

    it('a gradient that overlaps the weights gives what a separate one gives', () => {
      for (const type of FLOAT_TYPES) {
        for (const build of Object.values(HOMES)) {
          for (const length of [13, 9000]) {
            for (const shift of [-5, -3, -1, 0, 1, 3, 5]) {
              const values = ordinary(type, length + 16, 52);
              const expected = values.slice();
              backend.gradientStep(expected.subarray(8, 8 + length), values.slice(8 + shift, 8 + shift + length), { learningRate: 0.1 });
              const home = build(backend, type, length + 16);
              home.whole().set(values);
              backend.gradientStep(home.part(8, length), home.part(8 + shift, length), { learningRate: 0.1 });
              expectSame(home.whole(), expected, `${type.name}(${length}) shifted by ${shift}`);
              home.release();
            }
          }
        }
      }
    });
  });
});

const realm = runInNewContext('({ Float32Array, Float64Array })') as Record<string, FloatType>;

describe.each(backends)('$name: arrays of every kind go together', async ({ backend }) => {
  const other = await createBackend();
  const length = 100;
  /** Of the views below: to be freed with the others, so that the memory does not grow under them. */
  const owners: WasmArray<FloatTypedArray>[] = [];

  /** The same elements as every kind of array there is. */
  const kinds: Readonly<Record<string, (values: FloatTypedArray, type: FloatType) => FloatArray>> = {
    'typed array': (values) => values.slice(),
    subarray: (values, type) => {
      const whole = new type(length + 7);
      whole.set(values, 3);
      return whole.subarray(3, 3 + length);
    },
    shared: (values, type) => {
      const shared = new type(new SharedArrayBuffer(length * type.BYTES_PER_ELEMENT) as unknown as ArrayBuffer, 0, length);
      shared.set(values);
      return shared;
    },
    'of another realm': (values, type) => realm[type.name]!.from(values),
    'WasmArray': (values) => inMemory(backend, values) as FloatArray,
    'view of a WasmArray'(values) {
      const owner = inMemory(backend, values);
      owners.push(owner);
      return owner.data;
    },
    "another backend's WasmArray": (values) => inMemory(other, values) as FloatArray,
  };

  it.each(operationsOf(backend))('$title', (operation) => {
    for (const type of FLOAT_TYPES) {
      const values = operation.arguments.map((_, k) => mixed(type, length, 60 + k));
      const expected = elements(operation.run(values));
      const operands = values.map((each) => Object.values(kinds).map((make) => make(each, type)));
      const outs = Object.entries(kinds).map(([name, make]) => ({ name, out: make(new type(length), type) }));
      for (const first of operands[0]!) {
        for (const second of operands[1] ?? [undefined]) {
          const inputs = second ? [first, second] : [first];
          const result = operation.run(inputs);
          expectSame(elements(result), expected, `${type.name}, a new array`);
          free(result);
          for (const { name, out } of outs) {
            elements(out).fill(GUARD);
            if (operation.run(inputs, out) !== out) expect.fail('the result is not out');
            expectSame(elements(out), expected, `${type.name}, out ${name}`);
          }
        }
      }
      free(...operands.flat(), ...outs.map(({ out }) => out), ...owners.splice(0));
    }
  });
});
