/** Parameters that a function does not take, or does not take together: an error that names operation, parameter and value. */
import { describe, expect, it } from 'vitest';
import { rows } from '../src/catalogue/index.js';
import { backends } from './backends.js';
import { type Name, activationOf } from './operations.js';
import { failure } from './support.js';

const x = Float32Array.of(1, 2, 3, 4);

const ILLEGAL: readonly (readonly [name: Name, options: object, parts: readonly string[]])[] = [
  ['rrelu', { lower: 0.5, upper: 0.25 }, ['lower', 'upper', '0.5', '0.25']],
  ['rrelu', { lower: 0.5 }, ['lower', 'upper', '0.5']],
  ['celu', { alpha: 0 }, ['alpha', '0']],
  ['celu', { alpha: -1.5 }, ['alpha', '-1.5']],
  ['softplus', { beta: 0 }, ['beta', '0']],
  ['softplus', { beta: -2 }, ['beta', '-2']],
  ['squareplus', { b: -0.5 }, ['b ', '-0.5']],
  ['softShrink', { lambda: -0.25 }, ['lambda', '-0.25']],
  ['hardShrink', { lambda: -0.25 }, ['lambda', '-0.25']],
  ['hardTanh', { min: 2 }, ['min', 'max', '2']],
  ['clamp', { min: 2, max: 1 }, ['min', 'max', '2', '1']],
  ['softcap', { cap: 0 }, ['cap', '0']],
  ['softcap', { cap: -30 }, ['cap', '-30']],
  ['gelu', { approximate: 'fast' }, ['approximate', '"fast"', 'none', 'tanh', 'quick']],
  ['gelu', { approximate: '' }, ['approximate', '""']],
];

/** Legal, but f' is no function of y then. */
const NOT_INVERTIBLE: readonly (readonly [name: Name, options: object, parts: readonly string[]])[] = [
  ['leakyRelu', { alpha: -0.5 }, ['alpha', '-0.5']],
  ['rrelu', { lower: -0.5, upper: 0.25 }, ['lower', 'upper']],
  ['thresholdedRelu', { alpha: -1 }, ['alpha', '-1']],
  ['threshold', { theta: 1, value: 2 }, ['theta', 'value', '1', '2']],
  ['elu', { alpha: -0.5 }, ['alpha', '-0.5']],
];

describe.each(backends)('$name', ({ backend }) => {
  const directions = (name: Name): [operation: string, call: (options: never, out: Float32Array) => unknown][] => {
    const f = activationOf(backend, name);
    const { backwardFromOutput } = f;
    return [
      [name, (options, out) => f(x, { ...(options as object), out } as never)],
      [`${name}.derivative`, (options, out) => f.derivative(x, { ...(options as object), out } as never)],
      [`${name}.backward`, (options, out) => f.backward(x, x, { ...(options as object), out } as never)],
      ...(backwardFromOutput ? [[`${name}.backwardFromOutput`, (options: never, out: Float32Array) => backwardFromOutput(x, x, { ...(options as object), out } as never)] as [string, () => unknown]] : []),
    ];
  };

  it.each(ILLEGAL)('%s of %o', (name, options, parts) => {
    for (const [operation, call] of directions(name)) failure((out) => call(options as never, out), RangeError, `${operation}: `, ...parts);
    expect(() => activationOf(backend, name)(1, options)).toThrow(RangeError);
  });

  it.each(NOT_INVERTIBLE)('%s.backwardFromOutput of %o', (name, options, parts) => {
    for (const [operation, call] of directions(name)) {
      if (operation.endsWith('FromOutput')) failure((out) => call(options as never, out), RangeError, `${operation}: `, ...parts);
      else expect(() => call(options as never, new Float32Array(4))).not.toThrow();
    }
  });

  const parameters = rows.flatMap((row) => Object.entries(row.parameters).map(([key, { default: value }]) => ({ name: row.name, key, value: value as unknown })));

  it.each(parameters)('$name: $key of a wrong type, or no number', ({ name, key, value }) => {
    for (const [operation, call] of directions(name)) {
      const wrong = [['null', null], ['true', true], ['an array of 1', [1]], ...(typeof value === 'number' ? [['"1"', '1']] : [['1', 1]])] as const;
      for (const [came, given] of wrong) {
        failure((out) => call({ [key]: given } as never, out), TypeError, `${operation}: `, `${key} must be a ${typeof value}`, `got ${came as string}`);
      }
      if (typeof value === 'number') failure((out) => call({ [key]: NaN } as never, out), RangeError, `${operation}: `, key, 'number', 'got NaN');
    }
  });

  it.each(parameters)('$name: $key undefined is the default', ({ name, key, value }) => {
    const f = activationOf(backend, name);
    expect(f(x, { [key]: undefined } as never)).toEqual(f(x));
    expect(f(x, { [key]: value } as never)).toEqual(f(x));
  });
});

describe.each(backends)('$name: the parameters of the call before', ({ backend }) => {
  it('do not stand for others, -0 not for 0', () => {
    const out = new Float64Array(1);
    backend.threshold(1, { value: -0 });
    expect(backend.threshold(Float64Array.of(-1), { out })[0]).toBe(0);
    backend.heaviside(0, { at0: 0 });
    expect(backend.heaviside(0, { at0: -0 })).toBe(-0);
  });
});
