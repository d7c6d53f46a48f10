/** The functions in JavaScript against those in wasm: the same names, and the same results as far as both are allowed to be off. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { scriptKernels } from '../src/fallback/kernels.js';
import { ScriptMemory } from '../src/fallback/memory.js';
import { type Backend, type FloatArray, type FloatTypedArray, createBackend } from '../src/index.js';
import * as wasm from '../src/index.js';
import { FLOAT_TYPES, type FloatType, elements, elementwiseOf, expectSame, mixed, ordinary, ulps } from './support.js';

const script = await createBackend({ wasm: false });

beforeAll(() => {
  expect([wasm.features.backend, script.features.backend]).toEqual(['wasm', 'javascript']);
});

/** How far a function may be off in wasm or in JavaScript, in units in the last place: of f, and of its derivative. */
const BOUNDS = { Float32Array: [2, 4], Float64Array: [3, 6] } as const;
const EPSILON = { Float32Array: 2 ** -23, Float64Array: 2 ** -52 } as const;
const LEAST = { Float32Array: 2 ** -149, Float64Array: 2 ** -1074 } as const;
type TypeName = keyof typeof EPSILON;
const named = (type: FloatType): TypeName => type.name as TypeName;

const EXACT = /^(relu|leakyRelu|hardTanh|heaviside)\b/;

/** Any numbers of the type, NaN and infinities too. */
function numbers(type: FloatType): fc.Arbitrary<FloatTypedArray> {
  const size = { minLength: 1, maxLength: 50 };
  return type.BYTES_PER_ELEMENT === 4 ? fc.float32Array(size) : fc.float64Array(size);
}

it('the kernels have the names of the exports of the module', () => {
  const module = new WebAssembly.Module(readFileSync(new URL('../build/sigmoidal.wasm', import.meta.url)));
  const exported = WebAssembly.Module.exports(module);
  expect(exported.every(({ kind }) => kind === 'function')).toBe(true);
  expect(Object.keys(scriptKernels(new ScriptMemory(2))).sort()).toEqual(exported.map(({ name }) => name).sort());
});

it('a backend has everything that the package exports beside createBackend, ready and its classes, and dispose', () => {
  const common = Object.keys(wasm).filter((name) => !['createBackend', 'ready', 'WasmArray', 'PackedWeights'].includes(name));
  expect(Object.keys(script).sort()).toEqual([...common, 'dispose'].sort());
  for (const name of common as (keyof Backend)[]) {
    expect(typeof script[name], name).toBe(typeof wasm[name]);
    expect(Object.keys(script[name]), name).toEqual(Object.keys(wasm[name]));
  }
});

describe.each(FLOAT_TYPES.map((type) => ({ name: type.name, type })))('$name: elementwise', ({ type }) => {
  const [forward, derivative] = BOUNDS[named(type)];
  const pairs = elementwiseOf(wasm).map((operation, i) => ({ title: operation.title, operation, twin: elementwiseOf(script)[i]! }));

  /** Where a result is 0, infinite or NaN, it is the same one, the sign of a zero included. */
  it.each(pairs)('$title at the ends of the range', ({ title, operation, twin }) => {
    const f = elementwiseOf(wasm).find((other) => other.title === title.replace(/\.\w*(?= |$)/, ''))!;
    const ends = type.from([0, -0, Infinity, -Infinity, 1e-300, -1e-300, 1e-40, -1e-40, 3e38, -3e38, 1e300, -1e300]);
    const x = operation.arguments.includes('y') ? elements(f.run([ends])) : ends;
    for (const dy of [0, 1]) {
      const inputs = operation.arguments.map((name) => (name === 'dy' ? new type(x.length).fill(dy) : x));
      const special = (results: FloatArray): FloatTypedArray => elements(results).map((value) => (Number.isFinite(1 / value) ? 1 : value));
      expectSame(special(operation.run(inputs)), special(twin.run(inputs)), `dy ${dy}`);
    }
  });

  it.each(pairs)('$title', ({ title, operation, twin }) => {
    const f = elementwiseOf(wasm).find((other) => other.title === title.replace(/\.\w*(?= |$)/, ''));
    const bound = 2 * (operation.arguments.length === 1 && !title.includes('derivative') ? forward : derivative);

    const compare = (x: FloatTypedArray, gradient: FloatTypedArray): void => {
      // An output is one that the function has.
      const inputs = operation.arguments.map((name) => (name === 'dy' ? gradient : name === 'y' ? elements(f!.run([x])) : x));
      const [a, b] = [elements(operation.run(inputs)), elements(twin.run(inputs))];
      if (EXACT.test(title)) {
        expectSame(b, a, title);
        return;
      }
      for (const [i, value] of a.entries()) {
        // A derivative that is a subnormal number has few digits, and the gradient that is multiplied by it no more.
        const grain = inputs.length === 2 ? bound * Math.abs(inputs[0]![i]!) * LEAST[named(type)] : 0;
        const distance = ulps(type, value, b[i]!);
        if (distance <= bound || Math.abs(value - b[i]!) <= grain) continue;
        expect.fail(`${title} of ${inputs.map((input) => input[i]).join(', ')}: ${value} and ${b[i]}, ${distance} units apart`);
      }
    };
    const finite = (values: FloatTypedArray): FloatTypedArray => values.map((value) => (Number.isFinite(value) ? value : 1));
    fc.assert(fc.property(numbers(type), numbers(type), (x, dy) => {
      const length = Math.min(x.length, dy.length);
      compare(x.subarray(0, length), finite(dy.subarray(0, length)));
    }), { seed: 1 });
    compare(mixed(type, 3000, 1), ordinary(type, 3000, 2));
    compare(ordinary(type, 3000, 3), finite(mixed(type, 3000, 4)));
  });

  it('hardTanh between 0 and 6, signed zeros included', () => {
    const x = mixed(type, 1000, 5);
    const options = { min: 0, max: 6 };
    expectSame(script.hardTanh(x, options), wasm.hardTanh(x, options));
    expectSame(script.hardTanh.derivative(x, options), wasm.hardTanh.derivative(x, options));
  });

  it('hardTanh between bounds that are no numbers of the type, at the bounds too', () => {
    const options = { min: 0.1, max: 0.7 };
    const x = type.from([0.1, 0.7, -0.1, 0.3, 1]);
    expectSame(script.hardTanh(x, options), wasm.hardTanh(x, options));
    expectSame(script.hardTanh.derivative(x, options), wasm.hardTanh.derivative(x, options));
    const [dy, y] = [x.slice().fill(3), wasm.hardTanh(x, options)];
    expectSame(script.hardTanh.backwardFromOutput(dy, y, options), wasm.hardTanh.backwardFromOutput(dy, y, options));
  });
});

describe.each(FLOAT_TYPES.map((type) => ({ name: type.name, type })))('$name: rows, losses and matrices', ({ type }) => {
  const epsilon = EPSILON[named(type)];
  const magnitudes = (values: Iterable<number>): number => [...values].reduce((sum, value) => sum + Math.abs(value), 0);

  const listed = (loss: number | FloatTypedArray): ArrayLike<number> => (typeof loss === 'number' ? [loss] : loss);

  /** Both arrays, which may differ by so many epsilons of a number of the order of what is summed up. */
  function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, units: (i: number) => number, label: string): void {
    expect(actual.length, label).toBe(expected.length);
    for (let i = 0; i < expected.length; i++) {
      if (!(Math.abs(actual[i]! - expected[i]!) <= epsilon * units(i) + 100 * LEAST[named(type)])) {
        expect.fail(`${label}[${i}]: ${actual[i]} and ${expected[i]}`);
      }
    }
  }

  const shapes = [[1, 1], [4, 2], [3, 7], [5, 33], [2, 300], [1, 5000]] as const;

  it.each(shapes)('softmax and logSoftmax: %i rows of %i', (rows, columns) => {
    for (let seed = 0; seed < 10; seed++) {
      const x = ordinary(type, rows * columns, seed).map((value) => value * (1 + seed));
      const dy = ordinary(type, rows * columns, seed + 100);
      const options = { columns };
      const [y, z] = [wasm.softmax(x, options), wasm.logSoftmax(x, options)];
      const slack = 16 + Math.min(columns, 128) + 20 * (1 + seed);
      const totals = Array.from({ length: rows }, (_, row) => magnitudes(dy.subarray(row * columns, (row + 1) * columns)));
      expectClose(script.softmax(x, options), y, (i) => slack * y[i]!, 'softmax');
      expectClose(script.logSoftmax(x, options), z, (i) => slack * (1 + Math.abs(z[i]!)), 'logSoftmax');
      const ofSoftmax = (i: number): number => slack * y[i]! * (6 + Math.abs(dy[i]!));
      const both = (call: (backend: Backend) => FloatTypedArray, units: (i: number) => number, label: string): void => {
        expectClose(call(script), call(wasm), units, label);
      };
      both(({ softmax }) => softmax.backward(dy, x, options), ofSoftmax, 'softmax.backward');
      both(({ softmax }) => softmax.backwardFromOutput(dy, y, options), ofSoftmax, 'softmax.backwardFromOutput');
      const ofLog = (i: number): number => slack * (6 + y[i]! * totals[Math.floor(i / columns)]!);
      both(({ logSoftmax }) => logSoftmax.backward(dy, x, options), ofLog, 'logSoftmax.backward');
      both(({ logSoftmax }) => logSoftmax.backwardFromOutput(dy, z, options), ofLog, 'logSoftmax.backwardFromOutput');
    }
    const x = ordinary(type, columns, 1);
    if (columns < 50) expectClose(script.softmax.jacobian(x), wasm.softmax.jacobian(x), () => 40, 'softmax.jacobian');
  });

  it('argmax, of ties, NaN and infinities too', () => {
    const element = fc.oneof(fc.constantFrom(0, -0, 1, -1, NaN, Infinity, -Infinity), fc.float());
    const [width, height] = [fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 6 })];
    fc.assert(fc.property(width, height, fc.infiniteStream(element), (columns, rows, stream) => {
      const x = type.from(stream.take(columns * rows));
      const expected = Array.from({ length: rows }, (_, row) => {
        const values = [...x.subarray(row * columns, (row + 1) * columns)];
        const nan = values.findIndex((value) => value !== value);
        return nan >= 0 ? nan : values.indexOf(Math.max(...values));
      });
      expectSame(wasm.argmax(x, { columns }), expected, `argmax of ${x.join(', ')}`);
      expectSame(script.argmax(x, { columns }), expected, `argmax of ${x.join(', ')}`);
    }), { seed: 2 });
  });

  it.each(shapes)('softmaxCrossEntropy: %i rows of %i', (rows, columns) => {
    for (const reduction of ['mean', 'sum', 'none'] as const) {
      for (let seed = 0; seed < 10; seed++) {
        const x = ordinary(type, rows * columns, seed).map((value) => value * (1 + seed));
        const labels = Int32Array.from({ length: rows }, (_, i) => (i * 7919 + seed) % columns);
        const probabilities = ordinary(type, rows * columns, seed + 50).map((value) => (value + 6) / (6 * columns));
        const units = 100 + Math.min(columns, 128) + 20 * (1 + seed);
        for (const truth of [labels, probabilities]) {
          const [a, b] = [wasm, script].map((backend) => backend.softmaxCrossEntropy(x, truth, { columns, reduction }));
          expectClose(b!.gradient, a!.gradient, () => 2 * units, 'gradient');
          expectClose(listed(b!.loss), listed(a!.loss), () => 20 * units * rows, 'loss');
        }
      }
    }
  });

  it('binaryCrossEntropyWithLogits', () => {
    for (const reduction of ['mean', 'sum', 'none'] as const) {
      const x = ordinary(type, 500, 1).map((value) => value * 5);
      const targets = ordinary(type, 500, 2).map((value) => (value + 6) / 12);
      const [a, b] = [wasm, script].map((backend) => backend.binaryCrossEntropyWithLogits(x, targets, { reduction }));
      expectClose(b!.gradient, a!.gradient, () => 8, 'gradient');
      expectClose(listed(b!.loss), listed(a!.loss), (i) => (reduction === 'none' ? 8 * (1 + 2 * Math.abs(x[i]!)) : 20 * magnitudes(x)), 'loss');
    }
  });

  it('linear, its gradients, matmul and gradientStep', () => {
    const features = fc.integer({ min: 1, max: 12 });
    const sizes = fc.record({ rows: fc.nat({ max: 12 }), inFeatures: features, outFeatures: features });
    fc.assert(fc.property(sizes, fc.nat(), (options, seed) => {
      const { rows, inFeatures, outFeatures } = options;
      const x = ordinary(type, rows * inFeatures, seed);
      const weight = ordinary(type, outFeatures * inFeatures, seed + 1);
      const dy = ordinary(type, rows * outFeatures, seed + 2);
      const bias = ordinary(type, outFeatures, seed + 3);
      // Sums of at most 13 products of at most 36.
      const units = (): number => 13 * 36 * 13;
      expectClose(script.linear(x, weight, bias, options), wasm.linear(x, weight, bias, options), units, 'linear');
      const [a, b] = [wasm, script].map((backend) => backend.linear.backward(dy, x, weight, options));
      for (const key of ['dx', 'dWeight', 'dBias'] as const) expectClose(b![key], a![key], units, key);
      const [m, k, n] = [rows, inFeatures, outFeatures];
      expectClose(script.matmul(x, weight, { m, k, n, transposeB: true }), wasm.matmul(x, weight, { m, k, n, transposeB: true }), units, 'matmul');
      const stepped = [wasm, script].map((backend) => backend.gradientStep(weight.slice(), a!.dWeight, { learningRate: 0.1 }));
      expectClose(stepped[1]!, stepped[0]!, units, 'gradientStep');
    }), { seed: 3 });
  });
});
