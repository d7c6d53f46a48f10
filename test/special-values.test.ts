/** The conventions: NaN, the signed zeros, infinities, subnormal numbers, kinks, aliases, and what `info` says. */
import { describe, expect, it } from 'vitest';
import { catalogue } from '../src/catalogue/index.js';
import type { Info } from '../src/index.js';
import { backends } from './backends.js';
import { type AnyActivation, FLOAT_TYPES, type FloatType, activationsOf, elementwiseOf, elements, expectSame, mixed } from './support.js';

/** NaNs of all sorts: quiet, negative, signalling, every bit set. */
const NANS: Readonly<Record<string, readonly bigint[]>> = {
  Float32Array: [0x7fc00000n, 0xffc00000n, 0x7f800001n, 0xffffffffn],
  Float64Array: [0x7ff8000000000000n, 0xfff8000000000000n, 0x7ff0000000000001n, 0xffffffffffffffffn],
};

function withBits(type: FloatType, values: readonly number[], bits: bigint, place: number): ReturnType<FloatType['from']> {
  const result = type.from(values);
  if (type.BYTES_PER_ELEMENT === 4) new Uint32Array(result.buffer)[place] = Number(bits);
  else new BigUint64Array(result.buffer)[place] = bits;
  return result;
}

describe.each(backends)('$name', ({ backend }) => {
  const { sigmoid, tanh, relu, leakyRelu, hardSigmoid, hardLogistic, hardTanh, heaviside } = backend;

  /** f of one number as f32 and f64, by an array of five so that vectors and tails have it. */
  const inEveryType = (f: (x: ReturnType<FloatType['from']>) => unknown, x: number, check: (y: number, type: FloatType) => void): void => {
    for (const type of FLOAT_TYPES) for (const y of f(new type(5).fill(x)) as Float32Array) check(y, type);
  };

  describe('NaN', () => {
    it.each(elementwiseOf(backend))('$title: NaN in any input gives NaN, in its place only', (operation) => {
      for (const type of FLOAT_TYPES) {
        // Where the derivative is 0 too: 0 times NaN is NaN.
        const ordinary = [-9, -2.5, -1, -0, 0, 0.4, 1, 2.5, 9];
        const clean = elements(operation.run(operation.arguments.map(() => type.from(ordinary))));
        expect(clean.some((value) => value !== value)).toBe(false);
        for (const bits of NANS[type.name]!) {
          for (const [place] of ordinary.entries()) {
            for (const poisoned of operation.arguments.keys()) {
              const inputs = operation.arguments.map((_, k) => (k === poisoned ? withBits(type, ordinary, bits, place) : type.from(ordinary)));
              const expected = clean.slice();
              expected[place] = NaN;
              expectSame(elements(operation.run(inputs)), expected, `${type.name}, NaN in ${operation.arguments[poisoned]!}[${place}]`);
            }
          }
        }
      }
    });

    it('of a number too', () => {
      for (const f of activationsOf(backend)) {
        expect(f(NaN)).toBeNaN();
        expect(f.derivative(NaN)).toBeNaN();
        expect(f.backward(NaN, 1)).toBeNaN();
        expect(f.backward(1, NaN)).toBeNaN();
      }
    });
  });

  describe('zeros', () => {
    it.each([
      ['relu', relu, 0, -0],
      ['tanh', tanh, 0, -0],
      ['leakyRelu', leakyRelu, 0, -0],
      ['hardTanh', hardTanh, 0, -0],
      ['sigmoid', sigmoid, 0.5, 0.5],
      ['hardSigmoid', hardSigmoid, 0.5, 0.5],
      ['heaviside', heaviside, 0.5, 0.5],
    ] as const)('%s(0) and of -0', (_, f, atZero, atMinusZero) => {
      inEveryType((x) => f(x), 0, (y) => { expect(y).toBe(atZero); });
      inEveryType((x) => f(x), -0, (y) => { expect(y).toBe(atMinusZero); });
    });

    it('heaviside(0) is at0', () => {
      for (const zero of [0, -0]) {
        inEveryType((x) => heaviside(x, { at0: 0 }), zero, (y) => { expect(y).toBe(0); });
        inEveryType((x) => heaviside(x, { at0: 0.25 }), zero, (y) => { expect(y).toBe(0.25); });
        inEveryType((x) => heaviside(x, { at0: 1 }), zero, (y) => { expect(y).toBe(1); });
      }
    });
  });

  describe('infinities and the largest numbers', () => {
    it.each<[string, AnyActivation, limits: [number, number], slopes: [number, number]]>([
      ['sigmoid', sigmoid, [0, 1], [0, 0]],
      ['tanh', tanh, [-1, 1], [0, 0]],
      ['relu', relu, [0, Infinity], [0, 1]],
      ['leakyRelu', leakyRelu, [-Infinity, Infinity], [0.01, 1]],
      ['hardSigmoid', hardSigmoid, [0, 1], [0, 0]],
      ['hardSigmoid.torch', hardSigmoid.torch, [0, 1], [0, 0]],
      ['hardLogistic', hardLogistic, [0, 1], [0, 0]],
      ['hardTanh', hardTanh, [-1, 1], [0, 0]],
      ['heaviside', heaviside, [0, 1], [0, 0]],
    ])('%s', (_, f, limits, slopes) => {
      for (const [side, sign] of [-1, 1].entries()) {
        const [limit, slope] = [limits[side]!, slopes[side]!];
        inEveryType((x) => f(x), sign * Infinity, (y) => { expect(y).toBe(limit); });
        inEveryType((x) => f.derivative(x), sign * Infinity, (y, type) => { expect(y).toBe(type.from([slope])[0]); });
        // The largest finite number of the type: nothing overflows on the way.
        for (const [type, largest] of [[Float32Array, 2 ** 128 - 2 ** 104], [Float64Array, Number.MAX_VALUE]] as const) {
          const x = sign * largest;
          const y = f(new type(5).fill(x))[4]!;
          if (Number.isFinite(limit)) expect(y).toBe(limit);
          else expect(y / (x * slope)).toBeCloseTo(1, 6);
          expect(f.derivative(new type(5).fill(x))[4]).toBe(type.from([slope])[0]);
        }
      }
    });

    it('hardTanh may be open on either side', () => {
      for (const x of [-Infinity, -1e30, -1, 0, 1, 1e30, Infinity]) {
        inEveryType((v) => hardTanh(v, { min: -Infinity, max: Infinity }), x, (y, type) => { expect(y).toBe(type.from([x])[0]); });
        inEveryType((v) => hardTanh(v, { min: -Infinity }), x, (y, type) => { expect(y).toBe(Math.min(type.from([x])[0]!, 1)); });
        inEveryType((v) => hardTanh(v, { max: Infinity }), x, (y, type) => { expect(y).toBe(Math.max(type.from([x])[0]!, -1)); });
      }
    });

    it('hardSigmoid with a slope of 0 is a constant, at infinity too', () => {
      for (const x of [-Infinity, -1, 1, Infinity]) {
        inEveryType((v) => hardSigmoid(v, { alpha: 0, beta: 0.3 }), x, (y) => { expect(y).toBeCloseTo(0.3, 6); });
      }
    });

    it('leakyRelu with a slope of 0 is 0 at -Infinity', () => {
      inEveryType((v) => leakyRelu(v, { alpha: 0 }), -Infinity, (y) => { expect(Math.abs(y)).toBe(0); });
    });

    it('slopes may be tiny or steep', () => {
      inEveryType((v) => hardSigmoid(v, { alpha: 1e-40 }), 0, (y) => { expect(y).toBe(0.5); });
      inEveryType((v) => hardSigmoid(v, { alpha: 1e-40 }), 1, (y) => { expect(y).toBe(0.5); });
      inEveryType((v) => hardSigmoid(v, { alpha: 1e30 }), 0, (y) => { expect(y).toBeCloseTo(0.5, 15); });
      inEveryType((v) => hardSigmoid(v, { alpha: 1e30 }), 1, (y) => { expect(y).toBe(1); });
      inEveryType((v) => hardSigmoid(v, { alpha: 1e30 }), -1, (y) => { expect(y).toBe(0); });
    });
  });

  it('results that are subnormal numbers are not flushed to 0', () => {
    const least = 2 ** -149;
    const single = (f: (x: Float32Array) => Float32Array, x: number): number => f(new Float32Array([x]))[0]!;
    expect(single((x) => sigmoid(x), -100)).toBe(27 * least);
    expect(single((x) => sigmoid.derivative(x), -100)).toBe(27 * least);
    expect(single((x) => sigmoid.derivative(x), 100)).toBe(27 * least);
    expect(single((x) => tanh.derivative(x), 50)).toBe(106 * least);
    for (const f of [tanh, relu, leakyRelu, hardTanh]) expect(single((x) => f(x), least)).toBe(least);
    for (const f of [tanh, hardTanh]) expect(single((x) => f(x), -least)).toBe(-least);
    expect(single((x) => leakyRelu(x, { alpha: 0.5 }), -6 * least)).toBe(-3 * least);
    expect(single((x) => sigmoid.backward(x, x), 8 * least)).toBe(2 * least);

    expect(sigmoid(-745)).toBe(5e-324);
    expect(sigmoid.derivative(745)).toBe(5e-324);
    expect(sigmoid(-740)).toBeGreaterThan(4e-322);
    expect(sigmoid(-746)).toBe(0);
    expect(tanh(5e-324)).toBe(5e-324);
    expect(tanh(-5e-324)).toBe(-5e-324);
    expect(tanh.derivative(372)).toBeGreaterThan(0);
    expect(hardTanh(5e-324)).toBe(5e-324);
    expect(relu(5e-324)).toBe(5e-324);
  });

  it('the derivative at a kink is what info says', () => {
    const kinks: Readonly<Record<string, readonly number[]>> = {
      relu: [0], leakyRelu: [0], hardSigmoid: [-2.5, 2.5], 'hardSigmoid.torch': [-3, 3], hardLogistic: [-2, 2], hardTanh: [-1, 1], heaviside: [0],
    };
    for (const f of activationsOf(backend)) {
      const places = kinks[f.info.name] ?? [];
      expect(f.info.kinks.length).toBe(places.length);
      for (const [i, place] of places.entries()) {
        const stated = f.info.kinks[i]!.derivative;
        const { alpha } = f.info.parameters as Record<string, { default: number }>;
        for (const x of place === 0 ? [0, -0] : [place]) {
          const slope = (type: FloatType): number => (stated === 'alpha' ? type.from([alpha!.default])[0]! : Number(stated));
          inEveryType((v) => f.derivative(v), x, (y, type) => { expect(y).toBe(slope(type)); });
          inEveryType((v) => f.backward(v.slice().fill(2), v), x, (y, type) => { expect(y).toBe(2 * slope(type)); });
        }
      }
    }
    expect(hardTanh.derivative(0.5, { min: 0.5, max: 2 })).toBe(0);
    expect(hardTanh.derivative(2, { min: 0.5, max: 2 })).toBe(0);
    expect(hardSigmoid.derivative(0.5, { alpha: 1, beta: 0.5 })).toBe(0);
    expect(leakyRelu.derivative(0, { alpha: 0.3 })).toBe(0.3);
    expect(leakyRelu.backwardFromOutput(1, 0, { alpha: 0.3 })).toBe(0.3);
  });

  it('what is cut off gives no gradient, from the output as from the input, also where a bound is no number of the type', () => {
    for (const type of FLOAT_TYPES) {
      const x = type.from([-3, 0.05, 0.2, 0.7, 3]);
      const ones = new type(5).fill(1);
      const options = { min: 0.1, max: 0.7 };
      const y = hardTanh(x, options);
      expectSame(hardTanh.backwardFromOutput(ones, y, options), [0, 0, 1, 0, 0], type.name);
      expectSame(hardSigmoid.backwardFromOutput(ones, hardSigmoid(type.from([-9, -2.5, 2.5, 9, NaN]))), [0, 0, 0, 0, NaN], type.name);
    }
  });

  it('tanh and hardTanh are odd bit for bit, their derivatives even', () => {
    for (const type of FLOAT_TYPES) {
      const x = mixed(type, 20000, 3);
      const minus = x.map((value) => -value);
      for (const f of [tanh, hardTanh]) {
        expectSame(f(minus), f(x).map((value) => -value));
        expectSame(f.derivative(minus), f.derivative(x));
      }
      expectSame(sigmoid.derivative(minus), sigmoid.derivative(x));
    }
  });

  it('other names are the same functions', () => {
    expect(backend.logistic).toBe(sigmoid);
    expect(backend.step).toBe(heaviside);
    for (const [name, f] of Object.entries(backend.activations)) expect(f).toBe(backend[name as keyof typeof backend]);
    expect(Object.isFrozen(backend.activations)).toBe(true);
    expect(Object.keys(backend.activations).sort()).toEqual([...Object.keys(catalogue), 'logistic', 'step'].sort());
  });

  it('the variants of hardSigmoid', () => {
    for (const type of FLOAT_TYPES) {
      const x = mixed(type, 1000, 4);
      for (const [f, alpha] of [[hardSigmoid.torch, 1 / 6], [hardLogistic, 0.25]] as const) {
        expectSame(f(x), hardSigmoid(x, { alpha }));
        expectSame(f.derivative(x), hardSigmoid.derivative(x, { alpha }));
        expectSame(f(x, { alpha: 0.2 }), hardSigmoid(x));
      }
    }
    expect(hardSigmoid(1)).toBeCloseTo(0.7, 15);
    expect(hardLogistic(1)).toBe(0.75);
    expect(hardSigmoid.torch(1.5)).toBe(0.75);
  });

  it('a number in gives a number out, the one that the f64 array gives', () => {
    for (const f of activationsOf(backend)) {
      const x = mixed(Float64Array, 500, 5);
      const dy = mixed(Float64Array, 500, 6);
      const each = (g: (a: number, b: number) => number): Float64Array => dy.map((d, i) => g(d, x[i]!));
      expectSame(each((_, v) => f(v)), f(x));
      expectSame(each((_, v) => f.derivative(v)), f.derivative(x));
      expectSame(each((d, v) => f.backward(d, v)), f.backward(dy, x));
      const { backwardFromOutput } = f;
      if (backwardFromOutput) expectSame(each((d, v) => backwardFromOutput(d, v)), backwardFromOutput(dy, x));
    }
    expect(sigmoid(8)).toBe(0.9996646498695336);
    expect(leakyRelu(-2, { alpha: 0.5 })).toBe(-1);
    expect(leakyRelu.backward(3, -2, { alpha: 0.5 })).toBe(1.5);
  });

  describe('info', () => {
    it.each(activationsOf(backend).map((f) => ({ name: f.info.name, f })))('$name: complete, and frozen through and through', ({ f }) => {
      const { info } = f;
      expect(Object.keys(info).sort()).toEqual([
        'accuracy', 'derivativeRange', 'formula', 'kinks', 'monotonic', 'name', 'parameters', 'range', 'saturates', 'source', 'zeroCentered',
      ]);
      expect(f.name).toBe(info.name);
      expect(info.formula.length).toBeGreaterThan(5);
      expect(info.source.length).toBeGreaterThan(10);
      const frozen = (value: unknown): boolean =>
        typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(frozen));
      for (const [key, value] of Object.entries(info)) expect(frozen(value), key).toBe(true);
      expect(Object.isFrozen(info)).toBe(true);
    });

    it.each(activationsOf(backend).map((f) => ({ name: f.info.name, f })))('$name: true', ({ f }) => {
      expectTrue(f, f.info);
    });
  });
});

/** Holds the facts against a dense sample from -1000 to 1000, dense around 0. */
function expectTrue(f: AnyActivation, info: Info): void {
  const x = Float64Array.from({ length: 80001 }, (_, i) => 1000 * ((i - 40000) / 40000) ** 3);
  const y = f(x);
  const slope = f.derivative(x);
  for (const [values, [low, high]] of [[y, info.range], [slope, info.derivativeRange]] as const) {
    const least = values.reduce((a, b) => Math.min(a, b));
    const most = values.reduce((a, b) => Math.max(a, b));
    // A derivative may be wrong in its last bits; a value beyond the range would be a surprise.
    const slack = values === slope ? 1e-15 : 0;
    expect(least).toBeGreaterThanOrEqual(low);
    expect(most).toBeLessThanOrEqual(high + slack);
    // The least such interval: its ends are reached, or come near.
    if (Number.isFinite(low)) expect(least - low).toBeLessThan(1e-6);
    else expect(least).toBeLessThan(-9);
    if (Number.isFinite(high)) expect(high - most).toBeLessThan(1e-6);
    else expect(most).toBeGreaterThan(9);
  }
  const falls = y.findIndex((value, i) => i > 0 && value < y[i - 1]! - 1e-15);
  expect(falls < 0).toBe(info.monotonic);
  expect(y.every((value, i) => value === -y[y.length - 1 - i]!)).toBe(info.zeroCentered);
  const left = Math.abs(slope[0]!) < 1e-9;
  const right = Math.abs(slope.at(-1)!) < 1e-9;
  expect(left ? (right ? 'both' : 'left') : right ? 'right' : 'none').toBe(info.saturates);
}
