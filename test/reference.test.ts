import { describe, expect, test } from 'vitest';
import { type Name, type Values, approximate, cases, operations } from './operations.js';
import { type DoubleDouble, ONE, add, divide, double, exp, expm1, log, log1p, multiply, subtract } from './reference/double-double.js';
import * as fixed from './reference/fixed-point.js';
import { float32Patterns, float64Samples, generator } from './reference/samples.js';
import { type Exact, error32, error64, exact, nearest } from './reference/ulp.js';

const random = generator(3);
/** From 0 to 1, with 53 bits. */
const uniform = (): number => (random() * 2 ** 21 + (random() >>> 11)) / 2 ** 53;
const signed = (): number => 2 * uniform() - 1;
/** Of either sign, with magnitudes from 2^low to 2^high. */
const magnitudes = (low: number, high: number) => (): number => signed() * 2 ** (low + uniform() * (high - low));

const toFixed = ({ hi, lo }: DoubleDouble): bigint => fixed.fromDouble(hi) + fixed.fromDouble(lo);

/** A number of a hundred bits near x. */
const digits = (x: number): DoubleDouble => add(double(x), double(x * signed() * 2 ** -54));

describe('double-double arithmetic has at least 95 right bits of what fixed-point arithmetic gives', () => {
  const unary: [string, number, () => number, (x: DoubleDouble) => DoubleDouble, (x: bigint) => bigint][] = [
    ['exp', 1000, () => signed() * 600, exp, fixed.exp],
    ['exp', 1000, magnitudes(-300, 9), exp, fixed.exp],
    ['expm1', 1000, () => signed() * 600, expm1, (x) => fixed.exp(x) - fixed.UNIT],
    ['expm1', 1000, magnitudes(-300, 9), expm1, (x) => fixed.exp(x) - fixed.UNIT],
    ['log', 500, () => uniform() * 2 ** (signed() * 800), log, fixed.ln],
    ['log', 500, () => 1 + magnitudes(-50, -1)(), log, fixed.ln],
    ['log1p', 500, () => uniform() * 2 ** (uniform() * 800), log1p, (x) => fixed.ln(x + fixed.UNIT)],
    ['log1p', 500, magnitudes(-300, -1), log1p, (x) => fixed.ln(x + fixed.UNIT)],
  ];
  test.each(unary)('%s (%#)', (_, count, next, f, truth) => {
    for (let i = 0; i < count; i++) {
      const x = digits(next());
      expect(fixed.correctBits(toFixed(f(x)), truth(toFixed(x))), `at ${x.hi}`).toBeGreaterThan(95);
    }
  });

  const binary: [string, (x: DoubleDouble, y: DoubleDouble) => DoubleDouble, (x: bigint, y: bigint) => bigint][] = [
    ['add', add, (x, y) => x + y],
    ['subtract', subtract, (x, y) => x - y],
    ['multiply', multiply, fixed.times],
    ['divide', divide, fixed.over],
  ];
  test.each(binary)('%s', (_, f, truth) => {
    const next = magnitudes(-200, 200);
    for (let i = 0; i < 2000; i++) {
      const x = digits(next());
      // Every other pair cancels.
      const y = digits(i % 2 === 0 ? next() : -x.hi * (1 + signed() * 2 ** (-50 * uniform())));
      expect(fixed.correctBits(toFixed(f(x, y)), truth(toFixed(x), toFixed(y))), `at ${x.hi}, ${y.hi}`).toBeGreaterThan(95);
    }
  });

  test('exp of results below the normal range, scaled', () => {
    for (let i = 0; i < 300; i++) {
      const x = -650 - 150 * uniform();
      const scaled = toFixed(exp(double(x), 800));
      // At most 1500 - 1154 bits are left of e^-800 itself: enough.
      expect(fixed.correctBits(scaled, fixed.exp(fixed.fromDouble(x)) << 800n), `at ${x}`).toBeGreaterThan(95);
    }
  });
});

describe('the true functions for float64', () => {
  const one = fixed.UNIT;
  const { exp: power, over, times, sqrt, PI } = fixed;
  const magnitude = (x: bigint): bigint => (x < 0n ? -x : x);
  const number = (x: number): bigint => fixed.fromDouble(x);
  const logistic = (x: bigint): bigint => over(one, one + power(-x));
  const tanh = (x: bigint): bigint => over(power(2n * x) - one, power(2n * x) + one);
  const slope = (x: bigint): bigint => over(4n * power(-2n * magnitude(x)), times(one + power(-2n * magnitude(x)), one + power(-2n * magnitude(x))));
  const normal = (x: bigint): bigint => (one + fixed.erf(over(x, sqrt(2n * one)))) / 2n;
  const density = (x: bigint): bigint => over(power(-times(x, x) / 2n), sqrt(2n * PI));
  const root = (x: bigint): bigint => sqrt(times(x, x) + 4n * one);
  /** x sigma(u) and its derivative, with t = x u' */
  const gated = (u: (x: bigint) => bigint, t: (x: bigint) => bigint): Truth => ({
    f: (x) => times(x, logistic(u(x))),
    slope: (x) => times(logistic(u(x)), one + times(t(x), one - logistic(u(x)))),
  });
  const tanhFactor = over(sqrt(8n * one), sqrt(PI));
  const cubic = (x: bigint, factor: bigint): bigint => times(times(tanhFactor, x), one + factor * times(number(0.044715), times(x, x)));
  const mishOf = (x: bigint): bigint => times(power(x), power(x) + 2n * one);

  interface Truth {
    readonly f: (x: bigint) => bigint;
    readonly slope: (x: bigint) => bigint;
    /** f' from y, for y from 0 to 1 or those given. */
    readonly fromOutput?: (y: bigint) => bigint;
    readonly values?: Values;
    readonly outputs?: readonly [number, number];
    /** Inputs are from -bound to bound, or only positive. */
    readonly bound?: number;
    readonly positive?: boolean;
  }
  const truths: Readonly<Partial<Record<Name, Truth>>> = {
    sigmoid: { f: logistic, slope: (x) => times(logistic(x), logistic(-x)), fromOutput: (y) => times(y, one - y) },
    logSigmoid: { f: (x) => -fixed.ln(one + power(-x)), slope: (x) => logistic(-x), fromOutput: (y) => one - power(y), outputs: [-30, 0] },
    tanh: { f: tanh, slope, fromOutput: (y) => one - times(y, y), outputs: [-1, 1], bound: 350 },
    tanhShrink: { f: (x) => x - tanh(x), slope: (x) => times(tanh(x), tanh(x)), bound: 350 },
    softcap: {
      f: (x) => times(number(0.3), tanh(over(x, number(0.3)))), slope: (x) => slope(over(x, number(0.3))), values: { cap: 0.3 }, bound: 100,
      fromOutput: (y) => one - over(times(y, y), times(number(0.3), number(0.3))), outputs: [-0.3, 0.3],
    },
    softsign: { f: (x) => over(x, one + magnitude(x)), slope: (x) => over(one, times(one + magnitude(x), one + magnitude(x))), fromOutput: (y) => times(one - y, one - y) },
    exp: { f: power, slope: power, fromOutput: (y) => y },
    expm1: { f: (x) => power(x) - one, slope: power, fromOutput: (y) => one + y, outputs: [-1, 5] },
    log1p: { f: (x) => fixed.ln(one + x), slope: (x) => over(one, one + x), fromOutput: (y) => power(-y), positive: true },
    celu: {
      f: (x) => (x > 0n ? x : times(number(0.3), power(over(x, number(0.3))) - one)), slope: (x) => (x > 0n ? one : power(over(x, number(0.3)))),
      values: { alpha: 0.3 }, bound: 200, fromOutput: (y) => (y > 0n ? one : over(y + number(0.3), number(0.3))), outputs: [-0.3, 1],
    },
    elu: {
      f: (x) => (x > 0n ? x : times(number(0.7), power(x) - one)), slope: (x) => (x > 0n ? one : times(number(0.7), power(x))),
      values: { alpha: 0.7 }, fromOutput: (y) => (y > 0n ? one : y + number(0.7)), outputs: [-0.7, 1],
    },
    softplus: {
      f: (x) => over(fixed.ln(one + power(times(number(2.3), x))), number(2.3)), slope: (x) => logistic(times(number(2.3), x)), values: { beta: 2.3 },
      fromOutput: (y) => one - power(-times(number(2.3), y)), bound: 300, outputs: [0, 20],
    },
    squareplus: {
      f: (x) => (x + root(x)) / 2n, slope: (x) => over(x + root(x), 2n * root(x)), fromOutput: (y) => over(times(y, y), times(y, y) + one), values: { b: 4 },
    },
    silu: { ...gated((x) => times(number(1.3), x), (x) => times(number(1.3), x)), values: { beta: 1.3 }, bound: 560 },
    'gelu.quick': { ...gated((x) => times(number(1.702), x), (x) => times(number(1.702), x)), bound: 430 },
    'gelu.tanh': { ...gated((x) => cubic(x, 1n), (x) => cubic(x, 3n)), bound: 21 },
    'gelu': { f: (x) => times(x, normal(x)), slope: (x) => normal(x) + times(x, density(x)), values: approximate('none'), bound: 38 },
    mish: {
      f: (x) => times(x, over(mishOf(x), mishOf(x) + 2n * one)),
      slope: (x) => over(times(mishOf(x), mishOf(x) + 2n * one) + 4n * times(x, times(power(x), power(x) + one)), times(mishOf(x) + 2n * one, mishOf(x) + 2n * one)),
    },
    erf: { f: fixed.erf, slope: (x) => over(2n * power(-times(x, x)), sqrt(PI)), bound: 26 },
    snake: {
      f: (x) => x + over(fixed.sinSquared(times(number(1.7), x)), number(1.7)), slope: (x) => 2n * fixed.sinSquared(times(number(1.7), x) + PI / 4n),
      values: { alpha: 1.7 }, bound: 2 ** 70,
    },
    hardSwish: { f: (x) => times(x, x + 3n * one) / 6n, slope: (x) => (2n * x + 3n * one) / 6n, bound: 2.99 },
  };

  test.each(Object.entries(truths) as [Name, Truth][])('%s', (name, { f, slope: derivative, fromOutput, values = {}, outputs = [0, 1], bound = 740, positive = false }) => {
    const { f64 } = operations[name];
    const check = (result: Exact, truth: bigint, x: number): void => {
      const { hi, lo, exponent } = result;
      // Both scaled, so that no bit of the double-double is lost.
      const wanted = exponent < 0 ? truth << BigInt(-exponent) : truth >> BigInt(exponent);
      // Next to a zero of f' some bits cancel.
      expect(fixed.correctBits(toFixed({ hi, lo }), wanted), `at ${x}`).toBeGreaterThan(90);
    };
    for (let i = 0; i < 90; i++) {
      const spread = [magnitudes(-100, 0), magnitudes(-6, 4), signed, (): number => bound * signed()][i % 4]!();
      const x = Math.max(-bound, Math.min(bound, positive ? Math.abs(spread) : spread));
      check(f64.forward(x, values), f(fixed.fromDouble(x)), x);
      check(f64.derivative(x, values), derivative(fixed.fromDouble(x)), x);
      if (!fromOutput) continue;
      const y = outputs[0] + (outputs[1] - outputs[0]) * uniform();
      check(f64.fromOutput!(y, values), fromOutput(fixed.fromDouble(y)), y);
    }
  });

  test('give limits for infinite inputs, and NaN for NaN', () => {
    for (const { name, operation, parameters } of cases) {
      for (const values of parameters) {
        const { forward, derivative, fromOutput } = operation.f64;
        for (const f of [forward, derivative, ...(fromOutput ? [fromOutput] : [])]) expect(nearest(f(NaN, values)), name).toBeNaN();
        for (const x of [Infinity, -Infinity]) {
          // Close by, or as large.
          const [at, near] = [nearest(forward(x, values)), nearest(forward(Math.sign(x) * 1e300, values))];
          expect(Math.abs(at - near) < 1e-290 || (at !== at && near !== near) || (Math.abs(at) === Infinity && Math.abs(near) > 600 && at * near > 0), `${name} at ${x}`).toBe(true);
        }
      }
    }
  });
});

describe.each(cases)('the true $name for float32 agrees with the one for float64', ({ operation, parameters }) => {
  // The closest call is where a line crosses 0, and that is not computed in double precision.
  test.each(parameters)('%o', (values) => {
    const nearZero = (x: number): boolean =>
      (operation.zeros?.(values) ?? []).some(({ at, distance, periodic }) => periodic === true || Math.abs(x - at) < distance);
    const [low, high] = operation.outputs?.(values) ?? [-Infinity, Infinity];
    for (const sample of float32Patterns(2 ** 20 + 7)) {
      for (const x of sample) {
        for (const [f, g] of [
          [operation.f32.forward, operation.f64.forward],
          [operation.f32.derivative, operation.f64.derivative],
          ...(operation.f32.fromOutput && operation.f64.fromOutput && x >= low && x <= high ? [[operation.f32.fromOutput, operation.f64.fromOutput] as const] : []),
        ] as const) {
          const result = f(x, values);
          const wanted = nearest(g(x, values));
          // A float32 is 0 long before 2^-160; and f' is not compared next to its zeros.
          const close = Object.is(result, wanted) || Math.abs(result - wanted) <= Math.max(2 ** -44 * Math.abs(wanted), 2 ** -160);
          expect(close || (result !== result && wanted !== wanted) || (g === operation.f64.derivative && nearZero(x)), `at ${x}: ${result}, ${wanted}`).toBe(true);
        }
      }
    }
  });
});

describe('units in the last place', () => {
  test('float32', () => {
    expect(error32(1 + 2 ** -23, 1)).toBe(1);
    expect(error32(1, 1 + 2 ** -24)).toBe(0.5);
    expect(error32(1, 1 - 2 ** -25)).toBe(0.5);
    expect(error32(0, 2 ** -150)).toBe(0.5);
    expect(error32(2 ** -149, 0)).toBe(1);
    expect(error32(Infinity, 2 ** 128)).toBe(0);
    expect(error32(2 ** 128 - 2 ** 104, 2 ** 128)).toBe(Infinity);
    expect(error32(-Infinity, Infinity)).toBe(Infinity);
    expect(error32(NaN, NaN)).toBe(0);
    expect(error32(0, NaN)).toBe(Infinity);
    expect(error32(NaN, 0)).toBe(Infinity);
  });

  test('float64', () => {
    expect(error64(1 + 2 ** -52, exact(ONE))).toBe(1);
    expect(error64(1, exact({ hi: 1, lo: 2 ** -54 }))).toBe(0.25);
    expect(error64(1, exact({ hi: 1, lo: -(2 ** -54) }))).toBe(0.5);
    expect(error64(5e-324, exact(double(2 ** 699 * 1.5 * 2 ** -1073), -700))).toBe(0.5);
    expect(error64(0, exact(double(2 ** -1074)))).toBe(1);
    expect(error64(Infinity, exact(double(2 ** 500), 700))).toBe(0);
    expect(error64(Number.MAX_VALUE, exact(double(2 ** 500), 700))).toBe(Infinity);
    expect(error64(Number.MAX_VALUE, exact(double(2 ** 324 * (1 - 2 ** -53)), 700))).toBe(0);
    expect(error64(Infinity, exact(double(Infinity)))).toBe(0);
    expect(error64(NaN, exact(double(NaN)))).toBe(0);
    expect(error64(1, exact(double(NaN)))).toBe(Infinity);
    expect(error64(NaN, exact(ONE))).toBe(Infinity);
  });

  test('samples: shorter ones start the longer ones', () => {
    const first = [...float64Samples(10)].flatMap((chunk) => [...chunk]);
    const second = [...float64Samples(100_000)].flatMap((chunk) => [...chunk]);
    expect(second).toHaveLength(100_000);
    expect(second.slice(0, 10)).toEqual(first);
    expect([...float32Patterns(4093)].reduce((sum, chunk) => sum + chunk.length, 0)).toBe(Math.ceil(2 ** 32 / 4093));
  });
});
