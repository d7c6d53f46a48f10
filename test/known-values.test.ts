/** Values next to which a careless formula overflows, cancels or underflows, computed with mpmath. */
import { describe, expect, it } from 'vitest';
import { backends } from './backends.js';
import { type Name, activationOf, bars } from './operations.js';
import { FLOAT_TYPES, expectSame, ulps } from './support.js';

const VALUES: readonly (readonly [f: Name | `${Name}.derivative`, x: number, y: number])[] = [
  ['gelu', -10, -7.619853024160526e-23],
  ['gelu', -30, -1.472014178144456e-196],
  ['gelu', -38, -1.096462777e-314],
  ['gelu', -1e-300, -5e-301],
  ['gelu.derivative', -10, -7.618400096464814e-22],
  ['gelu.derivative', -38, -4.1665545693e-313],
  ['gelu.tanh', -10, -1.2040923482098103e-37],
  ['gelu.tanh', -20, -3.375450956311062e-261],
  ['gelu.quick', -50, -5.501860750056344e-36],
  ['gelu.quick', -437, -4.204e-321],
  ['mish', -40, -1.6993417021166355e-16],
  ['mish', -100, -3.720075976020836e-42],
  ['mish', -740, -3.09967e-319],
  ['mish.derivative', -40, -1.6568581595637197e-16],
  ['mish.derivative', -740, -3.09547e-319],
  ['silu', -100, -3.720075976020836e-42],
  ['silu', -740, -3.09967e-319],
  ['silu', -745, -2.105e-321],
  ['logSigmoid', -10000, -10000],
  ['logSigmoid', 40, -4.248354255291589e-18],
  ['logSigmoid', 740, -4.2e-322],
  ['logSigmoid', 745, -5e-324],
  ['softplus', -40, 4.248354255291589e-18],
  ['softplus', -745, 5e-324],
  ['softplus', 10000, 10000],
  ['elu', -1e-10, -9.999999999500001e-11],
  ['elu', -1e-300, -1e-300],
  ['elu', 1e-300, 1e-300],
  ['selu', -1e-10, -1.7580993407594719e-10],
  ['selu', 1e-10, 1.0507009873554805e-10],
  ['celu', -1e-10, -9.999999999500001e-11],
  ['tanhShrink', 1e-5, 3.333333333200001e-16],
  ['tanhShrink', -0.001, -3.33333200000054e-10],
  ['tanhShrink', 1e-100, 3.3333333333333334e-301],
  ['tanhShrink', 0.5, 0.03788284273999024],
  ['tanhShrink.derivative', 1e-5, 9.999999999333335e-11],
  ['tanhShrink.derivative', 1e-150, 1e-300],
  ['exp', -740, 4.2e-322],
  ['exp', 700, 1.0142320547350045e304],
  ['expm1', 1e-10, 1.00000000005e-10],
  ['expm1', -1e-300, -1e-300],
  ['log1p', 1e-10, 9.999999999500001e-11],
  ['log1p', -0.9999999999999999, -36.7368005696771],
  ['log1p', 1e300, 690.7755278982137],
  ['erf', 1e-10, 1.1283791670955126e-10],
  ['erf', 5.5, 0.9999999999999927],
  ['erf', 1e-300, 1.1283791670955126e-300],
  ['squareplus', -10000000000, 1e-10],
  ['squareplus', -1e200, 1e-200],
  ['squareplus.derivative', -1e100, 1e-200],
  ['softsign.derivative', 1e150, 1e-300],
  ['softcap', 1e-10, 1e-10],
  ['softcap', -1e-300, -1e-300],
  ['snake', -0.5, -0.2701511529340699],
  ['snake', 1e22, 1e22],
  ['snake.derivative', 1e22, 0.10823183055101053],
  ['snake.derivative', 1e300, 1.941195786905557],
  ['hardSwish', -2.9999999999999996, -2.2204460492503128e-16],
  ['hardSwish', -1e-300, -5e-301],
];

const OF_DERIVATIVE = '.derivative';

describe.each(backends)('$name', ({ backend }) => {
  it.each(VALUES)('%s(%d)', (title, x, y) => {
    const isDerivative = title.endsWith(OF_DERIVATIVE);
    const activation = activationOf(backend, title.replace(OF_DERIVATIVE, '') as Name);
    const f = isDerivative ? activation.derivative : activation;
    const bar = bars.f64[isDerivative ? 'derivative' : 'forward'];
    expect(ulps(Float64Array, f(x), y), `${f(x)}, not ${y}`).toBeLessThanOrEqual(bar);
    // Where x is a float32, too.
    if (Math.fround(x) !== x) return;
    const [single] = f(Float32Array.of(x));
    expect(ulps(Float32Array, single!, Math.fround(y)), `${single}, not ${y}, as float32`).toBeLessThanOrEqual(bar);
  });

  it('log1p: -Infinity at -1, NaN below', () => {
    const { log1p } = backend;
    for (const type of FLOAT_TYPES) {
      expectSame(log1p(type.of(-1, -1.5, -Infinity, Infinity, 0, -0)), [-Infinity, NaN, NaN, Infinity, 0, -0], type.name);
      expectSame(log1p.derivative(type.of(-1, 0, 1, Infinity)), [Infinity, 1, 0.5, 0], type.name);
    }
  });

  it('results that are subnormal float32 numbers', () => {
    const least = 2 ** -149;
    const names: readonly Name[] = ['gelu', 'gelu.tanh', 'gelu.quick', 'silu', 'mish', 'elu', 'celu', 'erf', 'expm1', 'log1p', 'softsign', 'softcap', 'snake', 'hardSwish'];
    for (const name of names) {
      const f = activationOf(backend, name);
      for (const x of [3 * least, -5 * least]) {
        const half = name.startsWith('gelu') || name === 'silu' || name === 'hardSwish' ? 0.5 : name === 'mish' ? 0.6 : name === 'erf' ? 1.1283791670955126 : 1;
        expect(ulps(Float32Array, f(Float32Array.of(x))[0]!, Math.fround(half * x)), `${name}(${x})`).toBeLessThanOrEqual(1);
      }
    }
    for (const [name, x, units] of [['softplus', -100, 26.5], ['silu', -100, -2654.7], ['exp', -100, 26.5], ['logSigmoid', 100, -26.5]] as const) {
      const y = activationOf(backend, name)(Float32Array.of(x))[0]!;
      expect(Math.abs(y / least - units), `${name}(${x})`).toBeLessThan(2);
    }
  });

  it('the smallest numbers where f(x) is x', () => {
    const { elu, celu, expm1, log1p, tanh, erf } = backend;
    for (const [type, least] of [[Float32Array, 2 ** -149], [Float64Array, 2 ** -1074]] as const) {
      const x = type.of(least, -least, 5 * least, -5 * least);
      for (const f of [elu, celu, expm1, log1p, tanh]) expectSame(f(x), x, `${f.info.name} ${type.name}`);
      expectSame(erf(x), [least, -least, 6 * least, -6 * least], `erf ${type.name}`);
    }
  });

  it('an infinite product with a parameter of 0', () => {
    const { affine, silu, snake, elu } = backend;
    for (const type of FLOAT_TYPES) {
      const ends = type.of(-Infinity, Infinity);
      expectSame(silu(ends, { beta: 0 }), ends, `silu ${type.name}`);
      expectSame(silu.derivative(ends, { beta: 0 }), [0.5, 0.5], `silu.derivative ${type.name}`);
      expectSame(snake(ends, { alpha: 0 }), ends, `snake ${type.name}`);
      expectSame(snake.derivative(ends, { alpha: 0 }), [1, 1], `snake.derivative ${type.name}`);
      expectSame(affine(ends, { alpha: 0, beta: 0.5 }), [0.5, 0.5], `affine ${type.name}`);
      expectSame(elu(type.of(Infinity), { alpha: 0 }), [Infinity], `elu ${type.name}`);
    }
  });
});
