/** The conventions: NaN, the signed zeros, infinities, subnormal numbers, kinks, aliases, and what `info` says. */
import { describe, expect, it } from 'vitest';
import { type FamilyName, catalogue, families } from '../src/catalogue/index.js';
import type { Info } from '../src/index.js';
import { backends } from './backends.js';
import { activationOf, cases } from './operations.js';
import { type AnyActivation, FLOAT_TYPES, type FloatType, activationsOf, elementwiseOf, elements, expectSame, mixed } from './support.js';

const RECTIFIER: Limits = [[0, Infinity], [0, 1]];
const LINE: Limits = [[-Infinity, Infinity], [1, 1]];
const STEP: Limits = [[0, 1], [0, 0]];
const SIGN: Limits = [[-1, 1], [0, 0]];

/** f and f' at -Infinity and at Infinity. */
type Limits = readonly [limits: readonly [number, number], slopes: readonly [number, number]];
const LIMITS: Readonly<Record<string, Limits>> = {
  sigmoid: STEP, hardSigmoid: STEP, 'hardSigmoid.torch': STEP, hardLogistic: STEP, heaviside: STEP,
  tanh: SIGN, hardTanh: SIGN, softsign: SIGN, erf: SIGN,
  relu: RECTIFIER, threshold: RECTIFIER, thresholdedRelu: RECTIFIER, softplus: RECTIFIER, squareplus: RECTIFIER,
  gelu: RECTIFIER, 'gelu.tanh': RECTIFIER, 'gelu.quick': RECTIFIER, silu: RECTIFIER, mish: RECTIFIER, hardSwish: RECTIFIER,
  softShrink: LINE, hardShrink: LINE, tanhShrink: LINE, affine: LINE, clamp: LINE,
  relu6: [[0, 6], [0, 0]],
  leakyRelu: [[-Infinity, Infinity], [0.01, 1]],
  rrelu: [[-Infinity, Infinity], [(1 / 8 + 1 / 3) / 2, 1]],
  elu: [[-1, Infinity], [0, 1]],
  celu: [[-1, Infinity], [0, 1]],
  selu: [[-1.7580993408473768, Infinity], [0, 1.0507009873554805]],
  logSigmoid: [[-Infinity, 0], [1, 0]],
  softcap: [[-30, 30], [0, 0]],
  // It has no limit.
  snake: [[-Infinity, Infinity], [NaN, NaN]],
  exp: [[0, Infinity], [0, Infinity]],
  expm1: [[-1, Infinity], [0, Infinity]],
  log1p: [[NaN, Infinity], [0, 0]],
};

const THROUGH_ZERO = [
  'tanh', 'hardTanh', 'softsign', 'softcap', 'erf', 'affine', 'clamp', 'softShrink', 'hardShrink', 'tanhShrink', 'snake', 'expm1', 'log1p', 'relu', 'relu6',
  'leakyRelu', 'rrelu', 'thresholdedRelu', 'threshold', 'elu', 'celu', 'selu', 'gelu', 'gelu.tanh', 'gelu.quick', 'silu', 'mish', 'hardSwish',
];

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
  const { sigmoid, tanh, relu, leakyRelu, hardSigmoid, hardLogistic, hardTanh, heaviside, gelu } = backend;
  const { softsign, softcap, erf, tanhShrink, elu, expm1, log1p } = backend;

  /** f of one number as f32 and f64, by an array of five so that vectors and tails have it. */
  const inEveryType = (f: (x: ReturnType<FloatType['from']>) => unknown, x: number, check: (y: number, type: FloatType) => void): void => {
    for (const type of FLOAT_TYPES) for (const y of f(new type(5).fill(x)) as Float32Array) check(y, type);
  };

  describe('NaN', () => {
    it.each(elementwiseOf(backend))('$title: NaN in any input gives NaN, in its place only', (operation) => {
      for (const type of FLOAT_TYPES) {
        // Where the derivative is 0 too: 0 times NaN is NaN.
        const ordinary = operation.title.startsWith('log1p') ? [-0.9, -0.5, -0.25, -0, 0, 0.4, 1, 2.5, 9] : [-9, -2.5, -1, -0, 0, 0.4, 1, 2.5, 9];
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
    it.each(activationsOf(backend).filter(({ info }) => THROUGH_ZERO.includes(info.name)).map((f) => ({ name: f.info.name, f })))('$name of 0 is 0, of -0 0 or -0', ({ f }) => {
      inEveryType((x) => f(x), 0, (y) => { expect(y).toBe(0); });
      inEveryType((x) => f(x), -0, (y) => { expect(Math.abs(y)).toBe(0); });
    });

    it.each([tanh, hardTanh, softsign, softcap, erf, tanhShrink, relu, leakyRelu, elu, expm1, log1p].map((f) => ({ name: f.info.name, f })))('$name of -0 is -0', ({ f }) => {
      inEveryType((x) => (f as AnyActivation)(x), -0, (y) => { expect(y).toBe(-0); });
    });

    it.each([
      ['sigmoid', sigmoid, 0.5],
      ['hardSigmoid', hardSigmoid, 0.5],
      ['heaviside', heaviside, 0.5],
      ['logSigmoid', backend.logSigmoid, -Math.LN2],
      ['softplus', backend.softplus, Math.LN2],
      ['squareplus', backend.squareplus, 1],
      ['exp', backend.exp, 1],
    ] as const)('%s of 0 and of -0', (_, f, value) => {
      for (const zero of [0, -0]) inEveryType((x) => f(x), zero, (y, type) => { expect(Math.abs(y - type.from([value])[0]!)).toBeLessThan(2e-7); });
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
    it.each(activationsOf(backend).map((f) => ({ name: f.info.name, f })))('$name', ({ name, f }) => {
      const [limits, slopes] = LIMITS[name]!;
      for (const [side, sign] of [-1, 1].entries()) {
        const [limit, slope] = [limits[side]!, slopes[side]!];
        inEveryType((x) => f(x), sign * Infinity, (y, type) => { expect(y + 0).toBe(type.from([limit])[0]); });
        inEveryType((x) => f.derivative(x), sign * Infinity, (y, type) => { expect(y + 0).toBe(type.from([slope])[0]); });
        // The largest finite number of the type: nothing overflows on the way.
        for (const [type, largest] of [[Float32Array, 2 ** 128 - 2 ** 104], [Float64Array, Number.MAX_VALUE]] as const) {
          const x = sign * largest;
          const y = f(new type(5).fill(x))[4]!;
          const atLargest = f.derivative(new type(5).fill(x))[4]!;
          if (limit !== limit || name === 'log1p') expect(sign > 0 ? y > 88 && y < 710 : Number.isNaN(y)).toBe(true);
          else if (Number.isFinite(limit)) expect(Math.abs(y - type.from([limit])[0]!)).toBeLessThan(1e-30);
          else if (name.startsWith('exp')) expect(y).toBe(Infinity);
          else {
            const line = type.from([x * (slope === slope ? slope : 1)])[0]!;
            expect(y === line || Math.abs(y / line - 1) < 1e-6, `${y}`).toBe(true);
          }
          if (slope === slope && Number.isFinite(slope)) expect(Math.abs(atLargest - type.from([slope])[0]!)).toBeLessThan(1e-30);
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
      inEveryType((v) => hardSigmoid(v, { alpha: 1e-37 }), 0, (y) => { expect(y).toBe(0.5); });
      inEveryType((v) => hardSigmoid(v, { alpha: 1e-37 }), 1, (y) => { expect(y).toBe(0.5); });
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
    for (const { name, info, operation, parameters } of cases) {
      const f = activationOf(backend, name);
      const kinks = operation.kinks?.(parameters[0]!) ?? [];
      // Bounds that are infinite are kinks all the same.
      if (name !== 'clamp') expect(info.kinks.length, name).toBe(kinks.length);
      for (const { x: place, derivative } of kinks) {
        for (const x of place === 0 ? [0, -0] : [place]) {
          inEveryType((v) => f.derivative(v), x, (y, type) => { expect(y, name).toBe(type.from([derivative])[0]); });
          inEveryType((v) => f.backward(v.slice().fill(2), v), x, (y, type) => { expect(y, name).toBe(type.from([2 * derivative])[0]); });
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

  it('odd functions are odd bit for bit, their derivatives even', () => {
    for (const type of FLOAT_TYPES) {
      const x = mixed(type, 20000, 3);
      const minus = x.map((value) => -value);
      for (const f of activationsOf(backend).filter(({ info }) => info.zeroCentered)) {
        // But for the sign of 0.
        expectSame(f(minus).map((value) => value + 0), f(x).map((value) => 0 - value), f.info.name);
        expectSame(f.derivative(minus), f.derivative(x));
      }
      expectSame(sigmoid.derivative(minus), sigmoid.derivative(x));
    }
  });

  it('other names are the same functions', () => {
    expect(backend.logistic).toBe(sigmoid);
    expect(backend.step).toBe(heaviside);
    expect(backend.swish).toBe(backend.silu);
    for (const [name, f] of Object.entries(backend.activations)) expect(f).toBe(backend[name as keyof typeof backend]);
    expect(Object.isFrozen(backend.activations)).toBe(true);
    expect(Object.keys(backend.activations).sort()).toEqual([...Object.keys(catalogue), 'logistic', 'step', 'swish'].sort());
  });

  it('the variants of hardSigmoid and gelu', () => {
    for (const type of FLOAT_TYPES) {
      const x = mixed(type, 1000, 4);
      for (const [f, alpha] of [[hardSigmoid.torch, 1 / 6], [hardLogistic, 0.25]] as const) {
        expectSame(f(x), hardSigmoid(x, { alpha }));
        expectSame(f.derivative(x), hardSigmoid.derivative(x, { alpha }));
        expectSame(f(x, { alpha: 0.2 }), hardSigmoid(x));
      }
    }
    for (const type of FLOAT_TYPES) {
      const x = mixed(type, 1000, 4);
      for (const approximate of ['tanh', 'quick'] as const) {
        expectSame(gelu[approximate](x), gelu(x, { approximate }));
        expectSame(gelu[approximate].derivative(x), gelu.derivative(x, { approximate }));
        expectSame(gelu[approximate].backward(x, x), gelu.backward(x, x, { approximate }));
      }
      expectSame(gelu.quick(x), backend.silu(x, { beta: 1.702 }));
      expectSame(gelu(x, { approximate: 'none' }), gelu(x));
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
    const described = [...activationsOf(backend), ...(Object.keys(families) as FamilyName[]).map((name) => backend[name])];
    it.each(described.map((f) => ({ name: f.info.name, f })))('$name: complete, and frozen through and through', ({ f }) => {
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

/** From -1000 to 1000, dense around 0; with far numbers for functions that are slow to saturate; on both sides of the kinks. */
function places(name: string): Float64Array {
  const dense = Array.from({ length: 40001 }, (_, i) => 1000 * (i / 40000) ** 3);
  const far = Array.from({ length: 298 }, (_, i) => 10 ** (i + 3));
  const { operation, parameters } = cases.find((row) => row.name === name)!;
  const kinks = (operation.kinks?.(parameters[0]!) ?? []).flatMap(({ x }) => [x - 1e-9, x, x + 1e-9]);
  const positive = [...dense, ...far, ...kinks.map(Math.abs), 1 - 1e-15];
  const all = Float64Array.from(new Set([...positive, ...positive.map((x) => -x)])).sort();
  return name === 'log1p' ? all.filter((x) => x > -1) : all;
}

/** Holds the facts against a dense sample. */
function expectTrue(f: AnyActivation, info: Info): void {
  const x = places(info.name);
  const y = f(x);
  const slope = f.derivative(x);
  for (const [values, range] of [[y, info.range], [slope, info.derivativeRange]] as const) {
    const [low, high] = range;
    const least = values.reduce((a, b) => Math.min(a, b));
    const most = values.reduce((a, b) => Math.max(a, b));
    // A derivative may be wrong in its last bits, and so may be the end of a range; a value beyond 0 or 1 would be a surprise.
    const slack = (end: number): number => (values === y && Number.isInteger(end) ? 0 : 1e-14);
    expect(least).toBeGreaterThanOrEqual(low - slack(low));
    expect(most).toBeLessThanOrEqual(high + slack(high));
    // The least such interval: its ends are reached, or come near.
    if (Number.isFinite(low)) expect(least - low).toBeLessThan(1e-6);
    else expect(least).toBeLessThan(-9);
    if (Number.isFinite(high)) expect(high - most).toBeLessThan(1e-6);
    else expect(most).toBeGreaterThan(9);
  }
  const falls = y.findIndex((value, i) => i > 0 && value < y[i - 1]! - 1e-15 * Math.max(1, 4 * Math.abs(value)));
  expect(falls < 0).toBe(info.monotonic);
  if (info.name !== 'log1p') expect(y.every((value, i) => value === -y[y.length - 1 - i]!)).toBe(info.zeroCentered);
  const left = Math.abs(slope[0]!) < 1e-9;
  const right = Math.abs(slope.at(-1)!) < 1e-9;
  expect(left ? (right ? 'both' : 'left') : right ? 'right' : 'none').toBe(info.saturates);
}
