/** The activation at the end of the linear layer: the same bits as the function after the layer, and its backward before the layer's. */
import fc from 'fast-check';
import { describe, it, test } from 'vitest';
import { type Backend, type FloatArray, type FloatTypedArray, createBackend } from '../src/index.js';
import { backends } from './backends.js';
import { activationOf, cases } from './operations.js';
import { differences, dot, expectClose, numbers } from './reference/differences.js';
import { FLOAT_TYPES, type FloatType, elements, expectSame, free, inMemory, ordinary } from './support.js';

/** Every function with every set of parameters that the tests try. */
const everyCase = cases.flatMap(({ name, operation, parameters }) =>
  parameters.map((values) => ({ name, values, isInvertible: operation.f64.fromOutput !== undefined && (operation.invertible?.(values) ?? true) })));

/** All in ordinary arrays; all in memory; views of the memory; and what is read ordinary, what is written in memory. */
const KINDS = ['ordinary', 'memory', 'views', 'mixed'] as const;

function places(backend: Backend, kind: (typeof KINDS)[number]): { read: (values: FloatTypedArray) => FloatArray; written: (values: FloatTypedArray) => FloatArray; release: () => void } {
  const allocated: FloatArray[] = [];
  const place = (values: FloatTypedArray): FloatArray => {
    const array = inMemory(backend, values) as FloatArray;
    allocated.push(array);
    return kind === 'views' ? elements(array) : array;
  };
  const copy = (values: FloatTypedArray): FloatArray => values.slice();
  return { read: kind === 'memory' || kind === 'views' ? place : copy, written: kind === 'ordinary' ? copy : place, release: () => { free(...allocated); } };
}

/** A layer, its rows in more than one block of 64 or of 256, or in none. */
const SIZES = [[1, 4, 9], [70, 3, 5], [260, 2, 3]] as const;

function layer(type: FloatType, m: number, k: number, n: number): Record<'x' | 'weight' | 'bias' | 'dy', FloatTypedArray> {
  const [x, weight, bias, dy] = [[m * k, 1], [n * k, 2], [n, 3], [m * n, 4]].map(([length, seed]) => ordinary(type, length!, seed)) as [FloatTypedArray, FloatTypedArray, FloatTypedArray, FloatTypedArray];
  // The limits of the functions, too.
  if (m > 1) x.set([Infinity, 0]);
  if (m > 1) dy.fill(0, n, 2 * n);
  return { x, weight: weight.map((value) => value / 3), bias, dy };
}

describe.each(backends)('$name', ({ name: backendName, backend }) => {
  // So that views of the memory stay views of it.
  backend.allocate(Float64Array, 500_000).free();
  const { linear } = backend;

  describe.each(FLOAT_TYPES.map((type) => ({ name: type.name, type })))('$name', ({ type }) => {
    test.each(everyCase)('$name, $values', ({ name, values, isInvertible }) => {
      const f = activationOf(backend, name);
      const parameters = values as object;
      const activation = { op: f, ...parameters };
      for (const [m, k, n] of SIZES) {
        const { x, weight, bias, dy } = layer(type, m, k, n);
        const sizes = { rows: m, inFeatures: k, outFeatures: n };
        const z = linear(x, weight, bias, sizes);
        const y = f(z, values);
        const gradients = linear.backward(f.backward(dy, z, values), x, weight, sizes);
        const fromOutput = isInvertible ? linear.backward(f.backwardFromOutput!(dy, y, values), x, weight, sizes) : undefined;
        expectSame(linear(x, weight, bias, { activation: { op: name, ...parameters } }), y, 'by name');
        for (const kind of KINDS) {
          const { read, written, release } = places(backend, kind);
          const [sx, sw, sb, sdy, sz, sy] = [x, weight, bias, dy, z, y].map(read) as [FloatArray, FloatArray, FloatArray, FloatArray, FloatArray, FloatArray];
          const [out, kept] = [y, z].map((like) => written(like.slice().fill(12345))) as [FloatArray, FloatArray];
          expectSame(elements(linear(sx, sw, sb, { activation, out })), y, kind);
          const fresh = linear(sx, sw, sb, { activation, z: kept });
          expectSame(elements(fresh), y, kind);
          expectSame(elements(kept), z, `z, ${kind}`);
          elements(kept).fill(0);
          elements(out).fill(0);
          linear(sx, sw, sb, { activation, z: kept, out });
          expectSame(elements(out), y, `with z, ${kind}`);
          expectSame(elements(kept), z, `z, ${kind}`);
          const targets = { dx: written(x), dWeight: written(weight), dBias: written(bias) };
          for (const [expected, at] of [[gradients, { z: sz }], [fromOutput, { y: sy }]] as const) {
            if (!expected) continue;
            const news = linear.backward(sdy, sx, sw, { ...sizes, activation, ...at });
            linear.backward(sdy, sx, sw, { ...sizes, activation, ...at, out: targets });
            for (const key of ['dx', 'dWeight', 'dBias'] as const) {
              expectSame(elements(news[key]), expected[key], `${key}, ${kind}, new`);
              expectSame(elements(targets[key]), expected[key], `${key}, ${kind}`);
            }
            free(...Object.values(news));
          }
          free(fresh);
          release();
        }
      }
    });

    it('however it is named', async () => {
      const other = await createBackend({ wasm: false });
      const { x, weight, bias } = layer(type, 5, 3, 7);
      const z = linear(x, weight, bias);
      const sameNames: readonly [unknown, FloatTypedArray][] = [
        ['relu', backend.relu(z)], [backend.relu, backend.relu(z)], [other.relu, backend.relu(z)], [{ op: 'relu' }, backend.relu(z)], [{ op: other.relu }, backend.relu(z)],
        ['leakyRelu', backend.leakyRelu(z)], [{ op: 'leakyRelu', alpha: 0.3 }, backend.leakyRelu(z, { alpha: 0.3 })], [{ op: other.leakyRelu, alpha: undefined }, backend.leakyRelu(z)],
        ['logistic', backend.sigmoid(z)], ['swish', backend.silu(z)], ['step', backend.heaviside(z)],
        ['gelu.tanh', backend.gelu.tanh(z)], [backend.gelu.quick, backend.gelu.quick(z)], [{ op: 'gelu', approximate: 'tanh' }, backend.gelu.tanh(z)],
        ['hardSigmoid.torch', backend.hardSigmoid.torch(z)], [{ op: backend.hardSigmoid, alpha: 0.25 }, backend.hardSigmoid(z, { alpha: 0.25 })],
      ];
      // Back and forth: what the call before had for parameters does not stay.
      for (const [activation, y] of [...sameNames, ...sameNames.toReversed()]) expectSame(linear(x, weight, bias, { activation: activation as never }), y);
      const alternating = { op: 'elu', alpha: 1 };
      for (const alpha of [0.5, 2, 0.5]) {
        alternating.alpha = alpha;
        expectSame(linear(x, weight, bias, { activation: alternating }), backend.elu(z, { alpha }));
        expectSame(linear(x, weight, bias, { activation: 'elu' }), backend.elu(z));
      }
      other.dispose();
    });

    it('without an activation where none is given', () => {
      const { x, weight, bias } = layer(type, 5, 3, 7);
      expectSame(linear(x, weight, bias, { activation: undefined, z: undefined }), linear(x, weight, bias));
    });

    it('a layer with packed weights ends with it, too', () => {
      const { x, weight, bias, dy } = layer(type, 70, 3, 5);
      const packed = backend.packWeights(weight, { inFeatures: 3 });
      const z = linear(x, weight, bias);
      expectSame(linear(x, packed, bias, { activation: 'mish' }), backend.mish(z));
      const expected = linear.backward(backend.mish.backward(dy, z), x, weight, { rows: 70 });
      const actual = linear.backward(dy, x, packed, { activation: 'mish', z });
      for (const key of ['dx', 'dWeight', 'dBias'] as const) expectSame(actual[key], expected[key], key);
      packed.free();
    });

    it('z may be where an operand was, and y where z or dy was', () => {
      const { x, weight, bias, dy } = layer(type, 6, 6, 6);
      const z = linear(x, weight, bias);
      const y = backend.tanh(z);
      const gradients = linear.backward(backend.tanh.backward(dy, z), x, weight);
      for (const kind of ['ordinary', 'memory', 'views'] as const) {
        const { read, release } = places(backend, kind);
        for (const shared of ['x', 'weight'] as const) {
          const operands = { x: read(x), weight: read(weight) };
          expectSame(elements(linear(operands.x, operands.weight, bias, { activation: 'tanh', z: operands[shared] })), y, `${kind}, ${shared}`);
          expectSame(elements(operands[shared]), z, `${kind}, ${shared}`);
        }
        for (const at of [{ z: read(z) }, { y: read(y) }]) {
          const [place] = Object.values(at) as [FloatArray];
          linear.backward(dy, x, weight, { activation: backend.tanh, ...at, out: { dx: place, dWeight: null, dBias: null } });
          expectClose(Float64Array.from(elements(place)), Float64Array.from(gradients.dx), type.BYTES_PER_ELEMENT === 4 ? 1e-4 : 1e-12);
        }
        release();
      }
    });
  });

  const smooth = ['sigmoid', 'tanh', 'gelu', 'silu', 'mish', 'softplus', 'erf'] as const;
  test.each(smooth)('the gradients with %s by central differences', (name) => {
    const f = activationOf(backend, name);
    fc.assert(
      fc.property(numbers(12, 1), numbers(8, 1), numbers(2, 1), numbers(6), (x, weight, bias, dy) => {
        const activation = name;
        const z = new Float64Array(6);
        const y = linear(x, weight, bias, { activation, z });
        const loss = (at: { x?: Float64Array; weight?: Float64Array; bias?: Float64Array }): number =>
          dot(dy, linear(at.x ?? x, at.weight ?? weight, at.bias ?? bias, { activation }));
        const given = [{ z }, ...(f.backwardFromOutput ? [{ y }] : [])];
        for (const at of given) {
          const { dx, dWeight, dBias } = linear.backward(dy, x, weight, { activation, ...at });
          expectClose(dx, differences((moved) => loss({ x: moved }), x));
          expectClose(dWeight, differences((moved) => loss({ weight: moved }), weight));
          expectClose(dBias, differences((moved) => loss({ bias: moved }), bias));
        }
      }),
      { numRuns: backendName === 'wasm' ? 30 : 10 },
    );
  });
});
