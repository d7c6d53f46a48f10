import { accuracy } from '../accuracy.js';
import { tanhShrink as tanhShrinkOf, tanhSquared } from '../fallback/math/hyperbolic.js';
import { where } from './lines.js';
import { type InvertibleRow, type KernelParameters, type Row, none } from './types.js';

const kinks = [
  { x: '-lambda', derivative: '0' },
  { x: 'lambda', derivative: '0' },
] as const;

const shrunkBy = (x: number, { b, c }: KernelParameters): number => Math.abs(x) + b + c;

export const softShrink = {
  name: 'softShrink',
  formula: 'x - lambda for x > lambda, x + lambda for x < -lambda, 0 otherwise',
  range: [-Infinity, Infinity],
  derivativeRange: [0, 1],
  saturates: 'none',
  zeroCentered: true,
  monotonic: true,
  parameters: { lambda: { default: 0.5, least: 0 } },
  kinks,
  accuracy: accuracy.softShrink,
  source: 'Donoho: De-noising by soft-thresholding. IEEE Transactions on Information Theory 41, 1995',
  // What b loses in single precision comes back in c: see assembly/activations/soft-shrink.ts.
  prepare: ({ lambda }) => ({ ...none, a: 1, b: -lambda, lower: -lambda, upper: lambda }),
  scalar: {
    forward(x, p) {
      const shrunk = shrunkBy(x, p);
      // Where it is not above 0, 0 with the sign of x.
      return shrunk > 0 ? (x < 0 ? -shrunk : shrunk) : x * 0;
    },
    derivative: (x, p) => where(x, shrunkBy(x, p) > 0),
    derivativeFromOutput: (y) => where(y, y !== 0),
  },
} as const satisfies InvertibleRow<'lambda'>;

export const hardShrink = {
  name: 'hardShrink',
  formula: 'x for abs(x) > lambda, 0 otherwise',
  range: [-Infinity, Infinity],
  derivativeRange: [0, 1],
  saturates: 'none',
  zeroCentered: true,
  monotonic: true,
  parameters: { lambda: { default: 0.5, least: 0 } },
  kinks,
  accuracy: accuracy.hardShrink,
  source: 'Donoho and Johnstone: Ideal spatial adaptation by wavelet shrinkage. Biometrika 81, 1994',
  prepare: ({ lambda }) => ({ ...none, lower: -lambda, upper: lambda }),
  scalar: {
    forward: (x, p) => where(x, Math.abs(x) > p.upper, x),
    derivative: (x, p) => where(x, Math.abs(x) > p.upper),
    derivativeFromOutput: (y) => where(y, y !== 0),
  },
} as const satisfies InvertibleRow<'lambda'>;

export const tanhShrink = {
  name: 'tanhShrink',
  formula: 'x - tanh(x)',
  range: [-Infinity, Infinity],
  derivativeRange: [0, 1],
  saturates: 'none',
  zeroCentered: true,
  monotonic: true,
  parameters: {},
  kinks: [],
  accuracy: accuracy.tanhShrink,
  source: 'PyTorch, torch.nn.functional.tanhshrink',
  wide: true,
  prepare: () => none,
  scalar: {
    forward: tanhShrinkOf,
    derivative: tanhSquared,
  },
} as const satisfies Row<never>;
