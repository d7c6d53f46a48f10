import { describe, expect, test } from 'vitest';
import { cases } from './operations.js';
import * as activations from './reference/activations.js';
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
  const decay = (x: bigint): bigint => fixed.exp(x < 0n ? x : -x);
  const truths: [string, (x: number) => Exact, (x: bigint) => bigint][] = [
    ['sigmoid', (x) => activations.sigmoid.forward(x), (x) => (x < 0n ? fixed.over(decay(x), one + decay(x)) : fixed.over(one, one + decay(x)))],
    ['sigmoid derivative', (x) => activations.sigmoid.derivative(x), (x) => fixed.over(decay(x), fixed.times(one + decay(x), one + decay(x)))],
    ['tanh', (x) => activations.tanh.forward(x), (x) => fixed.over(fixed.exp(2n * x) - one, fixed.exp(2n * x) + one)],
    ['tanh derivative', (x) => activations.tanh.derivative(x), (x) => fixed.over(4n * decay(2n * x), fixed.times(one + decay(2n * x), one + decay(2n * x)))],
  ];
  test.each(truths)('%s', (_, f, truth) => {
    for (const x of [...Array.from({ length: 600 }, magnitudes(-200, 8)), ...Array.from({ length: 200 }, () => 370 * signed())]) {
      const { hi, lo, exponent } = f(x);
      // Both scaled, so that no bit of the double-double is lost.
      const value = toFixed({ hi, lo });
      const wanted = exponent < 0 ? truth(fixed.fromDouble(x)) << BigInt(-exponent) : truth(fixed.fromDouble(x));
      expect(fixed.correctBits(value, wanted), `at ${x}`).toBeGreaterThan(95);
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
          expect(at === near || (Math.abs(at) === Infinity && Math.abs(near) > 1e290 && at * near > 0), `${name} at ${x}`).toBe(true);
        }
      }
    }
  });
});

describe.each(cases)('the true $name for float32 agrees with the one for float64', ({ operation, parameters }) => {
  // The closest call is where a line crosses 0, and that is not computed in double precision.
  test.each(parameters)('%o', (values) => {
    const [low, high] = operation.outputs ?? [-Infinity, Infinity];
    for (const sample of float32Patterns(2 ** 20 + 7)) {
      for (const x of sample) {
        for (const [f, g] of [
          [operation.f32.forward, operation.f64.forward],
          [operation.f32.derivative, operation.f64.derivative],
          ...(operation.f32.fromOutput && operation.f64.fromOutput && x >= low && x <= high ? [[operation.f32.fromOutput, operation.f64.fromOutput] as const] : []),
        ] as const) {
          const approximate = f(x, values);
          const wanted = nearest(g(x, values));
          // A float32 is 0 long before 2^-160.
          const close = Object.is(approximate, wanted) || Math.abs(approximate - wanted) <= Math.max(2 ** -45 * Math.abs(wanted), 2 ** -200);
          expect(close || (approximate !== approximate && wanted !== wanted), `at ${x}: ${approximate}, ${wanted}`).toBe(true);
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
