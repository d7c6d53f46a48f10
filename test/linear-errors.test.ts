/** What the linear layer refuses: the same for ordinary arrays and for those in memory, and nothing is written then. */
import { describe, expect, it } from 'vitest';
import { type FloatArray, type FloatTypedArray, createBackend } from '../src/index.js';
import { backends } from './backends.js';
import { elements, errorOf, expectSame, inMemory, ordinary } from './support.js';

type Arrays = Readonly<Record<'x' | 'weight' | 'bias' | 'dy' | 'z' | 'y' | 'out' | 'dx' | 'dWeight' | 'dBias' | 'short' | 'double', FloatArray>>;

const LENGTHS = { x: 15, weight: 12, bias: 4, dy: 20, z: 20, y: 20, out: 20, dx: 15, dWeight: 12, dBias: 4, short: 19 };

describe.each(backends)('$name', ({ backend }) => {
  const { linear, activations } = backend;

  describe.each(['ordinary arrays', 'arrays in memory'])('%s', (kind) => {
    const place = (values: FloatTypedArray): FloatArray => (kind === 'arrays in memory' ? (inMemory(backend, values) as FloatArray) : values);
    const arrays = Object.fromEntries([
      ...Object.entries(LENGTHS).map(([name, length], seed) => [name, place(ordinary(Float32Array, length, seed))]),
      ['double', place(ordinary(Float64Array, 20))],
    ]) as unknown as Arrays;
    const { x, weight, bias, dy, z, y, out, dx, dWeight, dBias, short, double } = arrays;

    /** Fails unless the call throws an error of the type that says all the parts, and leaves all arrays as they were. */
    function refused(call: () => unknown, type: new (message: string) => Error, ...parts: readonly string[]): void {
      const before = Object.values(arrays).map((array) => elements(array).slice());
      const { used } = backend.memoryUsage();
      const error = errorOf(call);
      expect(error, error.message).toBeInstanceOf(type);
      for (const part of parts) expect(error.message).toContain(part);
      // A sentence that was not cut off.
      expect(error.message).not.toMatch(/ $|undefined \(/);
      Object.values(arrays).forEach((array, i) => { expectSame(elements(array), before[i]!, `${Object.keys(arrays)[i]} after "${error.message}"`); });
      expect(backend.memoryUsage().used).toBe(used);
    }

    /** As refused, for both directions with these options. */
    function refusedInBoth(options: object, type: new (message: string) => Error, ...parts: readonly string[]): void {
      refused(() => linear(x, weight, bias, { out, ...options } as never), type, 'linear: ', ...parts);
      refused(() => linear.backward(dy, x, weight, { z, out: { dx, dWeight, dBias }, ...options }), type, 'linear.backward: ', ...parts);
    }

    it('activations that are none', () => {
      for (const name of ['rleu', 'softmax', 'prelu', 'glu', 'toString', '__proto__', 'relu.backward', 'relu.derivative', 'gelu.', '', 'hardSigmoid.tensorflow']) {
        refusedInBoth({ activation: name }, RangeError, JSON.stringify(name), 'relu', 'hardSigmoid.torch', 'gelu.tanh');
        refusedInBoth({ activation: { op: name } }, RangeError, JSON.stringify(name), 'relu');
      }
      refusedInBoth({ activation: backend.prelu }, RangeError, 'prelu');
      const own = Object.assign((values: unknown) => values, { info: { name: 'own' }, derivative: () => 0 });
      for (const activation of [null, 5, backend.softmax, backend.logSumExp, linear, backend.relu.backward, Math.tanh, own, {}, { op: null }, { op: { op: 'relu' } }, ['relu'], { op: own }]) {
        refusedInBoth({ activation }, TypeError, 'activation');
      }
    });

    it('parameters of activations', () => {
      refusedInBoth({ activation: { op: 'elu', alpha: NaN } }, RangeError, 'alpha', 'got NaN');
      refusedInBoth({ activation: { op: 'leakyRelu', alpha: '0.1' } }, TypeError, 'alpha', 'number', 'got "0.1"');
      refusedInBoth({ activation: { op: backend.squareplus, b: -1 } }, RangeError, 'b must', 'got -1');
      refusedInBoth({ activation: { op: 'elu', alpha: 1e60 } }, RangeError, 'alpha', 'float32', 'got 1e+60');
      refusedInBoth({ activation: { op: 'gelu', approximate: 'sigmoid' } }, RangeError, 'approximate', 'tanh', 'got "sigmoid"');
      refusedInBoth({ activation: { op: 'leakyRelu', slope: 1 } }, TypeError, 'activation', 'slope', 'alpha');
      refusedInBoth({ activation: { op: 'relu', alpha: 1 } }, TypeError, 'activation', 'alpha');
      for (const key of ['out', 'bias', 'columns']) refusedInBoth({ activation: { op: 'leakyRelu', [key]: out } }, TypeError, 'activation', key);
      // A mistake does not stay for the next call.
      expectSame(elements(linear(x, weight, bias, { activation: 'elu' })), elements(activations.elu(linear(x, weight, bias))));
    });

    it('z and y: without an activation, of wrong lengths and types', () => {
      refused(() => linear(x, weight, bias, { z, out }), TypeError, 'linear: ', 'z ', 'activation');
      refused(() => linear(x, weight, bias, { z, out, activation: undefined }), TypeError, 'linear: ', 'z ', 'activation');
      refused(() => linear(x, weight, bias, { y, out } as never), TypeError, 'linear: ', 'no option y');
      for (const [name, at] of [['z', { z }], ['y', { y }]] as const) {
        refused(() => linear.backward(dy, x, weight, { ...at, out: { dx, dWeight, dBias } }), TypeError, 'linear.backward: ', `${name} `, 'activation');
      }
      refused(() => linear.backward(dy, x, weight, { activation: 'tanh', out: { dx, dWeight, dBias } }), TypeError, 'linear.backward: ', 'y', 'z');
      for (const name of ['gelu', 'silu', 'mish', 'snake']) {
        refused(() => linear.backward(dy, x, weight, { activation: name, y, out: { dx, dWeight, dBias } }), RangeError, 'linear.backward: ', name, 'y', 'z');
      }
      for (const alpha of [-0.5, -1]) {
        refused(() => linear.backward(dy, x, weight, { activation: { op: 'elu', alpha }, y, out: { dx, dWeight, dBias } }), RangeError, 'linear.backward: ', 'alpha', `${alpha}`);
      }
      for (const [wrong, type, came] of [[short, RangeError, '19'], [double, TypeError, 'Float64Array(20)'], [null, TypeError, 'null'], [3, TypeError, '3'], [[], TypeError, 'an array of 0']] as const) {
        refused(() => linear(x, weight, bias, { activation: 'tanh', z: wrong as never, out }), type, 'linear: ', 'z must', came);
        for (const name of ['z', 'y'] as const) {
          const backward = (): unknown => linear.backward(dy, x, weight, { activation: 'tanh', [name]: wrong, out: { dx, dWeight, dBias } });
          refused(backward, type, 'linear.backward: ', `${name} must`, came);
        }
      }
    });

    it('z where out is', () => {
      refused(() => linear(x, weight, bias, { activation: 'tanh', z: out, out }), RangeError, 'linear: ', 'z', 'out', 'memory');
    });

    it('gradients that share memory', () => {
      refused(() => linear.backward(dy, x, weight, { out: { dx: dWeight, dWeight } }), RangeError, 'linear.backward: ', 'dx');
      for (const targets of [{ dx: short, dWeight: short }]) {
        refused(() => linear.backward(elements(short).subarray(0, 4), x, weight, { out: targets }), RangeError, 'linear.backward: ');
      }
    });

    it('accumulate', () => {
      for (const accumulate of [1, 'yes', {}]) {
        refused(() => linear.backward(dy, x, weight, { accumulate: accumulate as never, out: { dx, dWeight, dBias } }), TypeError, 'linear.backward: ', 'accumulate', 'boolean');
      }
      for (const targets of [undefined, {}, { dWeight }, { dBias }, { dx, dWeight, dBias: undefined }]) {
        refused(() => linear.backward(dy, x, weight, { accumulate: true, out: targets }), TypeError, 'linear.backward: ', 'accumulate', 'out.dWeight', 'out.dBias');
      }
    });

    it('sizes', () => {
      for (const [wrong, type] of [['4', TypeError], [4n, TypeError], [1.5, RangeError], [-4, RangeError], [NaN, RangeError], [3, RangeError]] as const) {
        for (const name of ['outFeatures', 'inFeatures', 'rows']) {
          // Three features in, and three are none of the others.
          if (wrong === 3 && name === 'inFeatures') continue;
          refusedInBoth({ [name]: wrong, z: undefined }, type, name);
          refused(() => linear(x, weight, null, { out, [name]: wrong }), type, 'linear: ', name);
          refused(() => linear.backward(dy, x, weight, { [name]: wrong as never, out: { dx, dWeight, dBias: null } }), type, 'linear.backward: ', name);
        }
      }
    });

    it('a fraction of a feature', () => {
      // 3 weights would be one and a half rows of two features.
      const [eight, six, three] = [8, 6, 3].map((length) => place(new Float32Array(length))) as [FloatArray, FloatArray, FloatArray];
      refused(() => linear(eight, three, null, { outFeatures: 1.5, out: six }), RangeError, 'linear: ', 'outFeatures', '1.5');
      const targets = { dx: null, dWeight: place(new Float32Array(3)), dBias: null };
      refused(() => linear.backward(six, eight, three, { outFeatures: 1.5, out: targets }), RangeError, 'linear.backward: ', 'outFeatures', '1.5');
    });

    it('the lengths decide the sizes of a gradient', () => {
      const given = { rows: 5, inFeatures: 3, outFeatures: 4 };
      const expected = linear.backward(dy, x, weight, given);
      const targets = { dx: place(new Float32Array(15)), dWeight: place(new Float32Array(12)), dBias: place(new Float32Array(4)) };
      for (const result of [linear.backward(dy, x, weight), linear.backward(dy, x, weight, { out: targets })]) {
        for (const key of ['dx', 'dWeight', 'dBias'] as const) expectSame(elements(result[key]), elements(expected[key]), key);
      }
      refused(() => linear.backward(short, x, weight), RangeError, 'linear.backward: ', 'dy', 'has 19', 'x', 'has 15', 'weight', 'has 12');
    });

    it('choices of matmul that are none', () => {
      for (const name of ['transposeA', 'transposeB']) expect(() => backend.matmul(x, x, { m: 1, n: 1, [name]: 'yes' })).toThrow(new TypeError(`matmul: ${name} must be a boolean, got "yes"`));
    });

    it('what another backend, which is gone, has left', async () => {
      const other = await createBackend({ wasm: false });
      const { relu } = other;
      other.dispose();
      expectSame(elements(linear(x, weight, bias, { activation: relu })), elements(backend.relu(linear(x, weight, bias))));
    });
  });
});
