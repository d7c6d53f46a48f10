/** What gradientStep and adamStep refuse: the same for ordinary arrays and for those in memory, and nothing is written then. */
import { describe, expect, it } from 'vitest';
import type { FloatArray, FloatTypedArray } from '../src/index.js';
import { backends } from './backends.js';
import { elements, errorOf, expectSame, inMemory, ordinary } from './support.js';

const LENGTHS = { weights: 12, gradient: 12, velocity: 12, mean: 12, variance: 12, short: 11 };

describe.each(backends)('$name', ({ backend }) => {
  const { adamStep, gradientStep } = backend;

  describe.each(['ordinary arrays', 'arrays in memory'])('%s', (kind) => {
    const isInside = kind === 'arrays in memory';
    const place = (values: FloatTypedArray): FloatArray => (isInside ? (inMemory(backend, values) as FloatArray) : values);
    const arrays = Object.fromEntries([
      ...Object.entries(LENGTHS).map(([name, length], seed) => [name, place(ordinary(Float32Array, length, seed))]),
      ['double', place(ordinary(Float64Array, 12))],
      ['block', place(ordinary(Float32Array, 40))],
    ]) as unknown as Readonly<Record<keyof typeof LENGTHS | 'double' | 'block', FloatArray>>;
    const { weights, gradient, velocity, mean, variance, short, double, block } = arrays;

    /** 12 elements of the block. */
    function part(start: number): FloatArray {
      if (!isInside) return elements(block).subarray(start, start + 12);
      return backend.wrap(Float32Array, (block as unknown as { pointer: number }).pointer + 4 * start, 12);
    }

    function refused(call: () => unknown, type: new (message: string) => Error, ...parts: readonly string[]): void {
      const before = Object.values(arrays).map((array) => elements(array).slice());
      const error = errorOf(call);
      expect(error, error.message).toBeInstanceOf(type);
      for (const word of parts) expect(error.message).toContain(word);
      Object.values(arrays).forEach((array, i) => { expectSame(elements(array), before[i]!, `${Object.keys(arrays)[i]} after "${error.message}"`); });
    }

    const step = (options: object, w: unknown = weights, g: unknown = gradient) => (): unknown => gradientStep(w as never, g as never, { learningRate: 0.1, ...options });
    const adam = (options: object, w: unknown = weights, g: unknown = gradient) => (): unknown => adamStep(w as never, g as never, { mean, variance, step: 1, ...options });

    const wrongArrays = [[short, RangeError, 'got 11'], [double, TypeError, 'Float64Array(12)'], [null, TypeError, 'null'], [[], TypeError, 'an array of 0'], [new Int32Array(12), TypeError, 'Int32Array(12)']] as const;

    it('arrays of wrong lengths and types, or none', () => {
      for (const [wrong, type, came] of wrongArrays) {
        refused(step({}, weights, wrong), type, 'gradientStep: ', 'gradient must', came);
        refused(adam({}, weights, wrong), type, 'adamStep: ', 'gradient must', came);
        refused(step({ momentum: 0.9, velocity: wrong }), type, 'gradientStep: ', 'velocity must', came);
        refused(step({ velocity: wrong }), type, 'gradientStep: ', 'velocity must', came);
        refused(adam({ mean: wrong }), type, 'adamStep: ', 'mean must', came);
        refused(adam({ variance: wrong }), type, 'adamStep: ', 'variance must', came);
      }
      for (const wrong of [null, 3, 'weights', new Int32Array(12)]) {
        refused(step({}, wrong), TypeError, 'gradientStep: ', 'weights must');
        refused(adam({}, wrong), TypeError, 'adamStep: ', 'weights must');
      }
      refused(adam({ mean: undefined }), TypeError, 'adamStep: ', 'mean must', 'undefined');
      refused(adam({ variance: undefined }), TypeError, 'adamStep: ', 'variance must', 'undefined');
      refused(() => adamStep(weights, gradient, undefined as never), TypeError, 'adamStep: ');
    });

    it('momentum without a velocity', () => {
      refused(step({ momentum: 0.9 }), TypeError, 'gradientStep: ', 'momentum', 'velocity');
      refused(step({ momentum: 0.9, velocity: undefined }), TypeError, 'gradientStep: ', 'velocity');
    });

    it('numbers that are none, or out of range', () => {
      for (const name of ['learningRate', 'momentum', 'weightDecay'] as const) {
        for (const wrong of [NaN, Infinity, ...(name === 'learningRate' ? [-Infinity] : [-0.1])]) {
          refused(step({ velocity, [name]: wrong }), RangeError, 'gradientStep: ', name, `got ${wrong}`);
        }
        for (const [wrong, came] of [['0.1', '"0.1"'], [null, 'null'], [1n, '1n'], [weights, '']] as const) refused(step({ velocity, [name]: wrong }), TypeError, 'gradientStep: ', name, 'number', came);
      }
      for (const name of ['learningRate', 'beta1', 'beta2', 'epsilon', 'weightDecay'] as const) {
        const below = name === 'learningRate' ? [-Infinity] : [-0.1];
        for (const wrong of [NaN, Infinity, ...below, ...(name.startsWith('beta') ? [1, 1.5] : [])]) {
          refused(adam({ [name]: wrong }), RangeError, 'adamStep: ', name, ...(wrong === 1 ? [] : [`got ${wrong}`]));
        }
        refused(adam({ [name]: '0.1' }), TypeError, 'adamStep: ', name, 'number', 'got "0.1"');
      }
      for (const wrong of [0, -1, 1.5, NaN, Infinity]) refused(adam({ step: wrong }), RangeError, 'adamStep: ', 'step', 'integer of at least 1', `got ${wrong}`);
      for (const [wrong, came] of [[undefined, 'undefined'], ['1', '"1"'], [1n, '1n']] as const) refused(adam({ step: wrong }), TypeError, 'adamStep: ', 'step', `got ${came}`);
    });

    it('choices that are none, and options that are not there', () => {
      for (const wrong of [1, 'true', null]) {
        refused(step({ nesterov: wrong }), TypeError, 'gradientStep: ', 'nesterov', 'boolean');
        refused(adam({ decoupled: wrong }), TypeError, 'adamStep: ', 'decoupled', 'boolean');
      }
      refused(step({ nesterov: true, momentum: 0 }), RangeError, 'gradientStep: ', 'nesterov needs a momentum above 0');
      refused(step({ lr: 1 }), TypeError, 'gradientStep: ', 'no option lr', 'learningRate');
      refused(step({ step: 1 }), TypeError, 'gradientStep: ', 'no option step');
      refused(adam({ betas: [0.9, 0.999] }), TypeError, 'adamStep: ', 'no option betas', 'beta1');
      refused(adam({ momentum: 0.9 }), TypeError, 'adamStep: ', 'no option momentum');
    });

    it('arrays of state that share memory with another', () => {
      refused(step({ momentum: 0.9, velocity: weights }), RangeError, 'gradientStep: ', 'velocity', 'weights', 'memory');
      refused(step({ momentum: 0.9, velocity: gradient }), RangeError, 'gradientStep: ', 'velocity', 'gradient', 'memory');
      refused(adam({ mean: weights }), RangeError, 'adamStep: ', 'mean', 'weights', 'memory');
      refused(adam({ variance: gradient }), RangeError, 'adamStep: ', 'variance', 'gradient', 'memory');
      refused(adam({ variance: mean }), RangeError, 'adamStep: ', 'variance', 'mean', 'memory');
      for (const shift of [1, 4, 11]) {
        refused(step({ momentum: 0.9, velocity: part(shift) }, part(0)), RangeError, 'gradientStep: ', 'velocity', 'weights');
        refused(step({ momentum: 0.9, velocity: part(shift) }, weights, part(0)), RangeError, 'gradientStep: ', 'velocity', 'gradient');
        refused(adam({ mean: part(shift), variance: part(0) }), RangeError, 'adamStep: ', 'variance', 'mean');
        refused(adam({ mean: part(0) }, weights, part(shift)), RangeError, 'adamStep: ', 'mean', 'gradient');
      }
      // Neighbours do not.
      const [w, g, v] = [part(0), part(12), part(24)];
      const expected = gradientStep(elements(w).slice(), elements(g).slice(), { learningRate: 0.1, momentum: 0.9, velocity: elements(v).slice() });
      gradientStep(w, g, { learningRate: 0.1, momentum: 0.9, velocity: v });
      expectSame(elements(w), expected);
    });

    it('what was freed', () => {
      const freed = backend.allocate(Float32Array, 12);
      freed.free();
      refused(step({}, freed), Error, 'gradientStep: ', 'weights', 'freed');
      refused(step({}, weights, freed), Error, 'gradientStep: ', 'gradient', 'freed');
      refused(step({ velocity: freed }), Error, 'gradientStep: ', 'velocity', 'freed');
      refused(adam({ variance: freed }), Error, 'adamStep: ', 'variance', 'freed');
    });
  });
});
