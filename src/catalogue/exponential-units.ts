import { accuracy } from '../accuracy.js';
import { quotientError } from '../fallback/math/exact.js';
import { EXTREME, exponential } from '../fallback/math/exponential.js';
import { requireSign } from './lines.js';
import { type InvertibleRow, type KernelParameters, fastFrom, none } from './types.js';

/** b x for x > 0, a (e^x - 1) otherwise */
const scaledElu = {
  forward: (x: number, { a, b }: KernelParameters) => (x >= 0 ? b * x : a * Math.expm1(x)),
  derivative: (x: number, { a, b }: KernelParameters) => (x > 0 ? b : exponential(x, a)),
  /** For a >= 0, where y has the sign of x. */
  derivativeFromOutput: (y: number, { a, b }: KernelParameters) => (y > 0 ? b : y + a),
};

export const elu = {
  name: 'elu',
  formula: 'x for x > 0, alpha (e^x - 1) otherwise',
  range: [-1, Infinity],
  derivativeRange: [0, 1],
  saturates: 'left',
  zeroCentered: false,
  monotonic: true,
  parameters: { alpha: { default: 1, factor: true } },
  kinks: [{ x: '0', derivative: 'alpha' }],
  accuracy: accuracy.elu,
  source: 'Clevert, Unterthiner and Hochreiter: Fast and accurate deep network learning by exponential linear units (ELUs). ICLR 2016',
  wide: true,
  prepare: ({ alpha }) => ({ ...none, a: alpha, b: 1, lower: fastFrom(alpha === 1) }),
  scalar: scaledElu,
  requireInvertible: ({ alpha }) => requireSign('alpha', alpha),
} as const satisfies InvertibleRow<'alpha'>;

export const celu = {
  name: 'celu',
  formula: 'x for x > 0, alpha (e^(x/alpha) - 1) otherwise',
  range: [-1, Infinity],
  derivativeRange: [0, 1],
  saturates: 'left',
  zeroCentered: false,
  monotonic: true,
  parameters: { alpha: { default: 1, above: 0, factor: true } },
  kinks: [],
  accuracy: accuracy.celu,
  source: 'Barron: Continuously differentiable exponential linear units. arXiv:1704.07483, 2017',
  wide: true,
  prepare: ({ alpha }) => (alpha === 1 ? { ...none, a: 1, b: 1, lower: fastFrom(true), kernel: 'elu' } : { ...none, a: 1, b: alpha }),
  scalar: {
    forward(x, { b }) {
      const u = x / b;
      // Near 0 it is x, and u may have lost digits below the normal range.
      return u > -1e-17 ? x : b * Math.expm1(u);
    },
    derivative(x, { b }) {
      if (x > 0) return 1;
      const u = x / b;
      return u < -EXTREME ? 0 : exponential(u, 1 + quotientError(x, b, u));
    },
    derivativeFromOutput: (y, { b }) => (y > 0 ? 1 : (y + b) / b),
  },
} as const satisfies InvertibleRow<'alpha'>;

/** The fixed point of its mean and variance, as PyTorch has it. */
const SELU_SCALE = 1.0507009873554805;
const SELU_SCALED_ALPHA = 1.7580993408473768;

export const selu = {
  name: 'selu',
  kernel: 'elu',
  formula: 'scale x for x > 0, scale alpha (e^x - 1) otherwise',
  range: [-1.758099340847377, Infinity],
  derivativeRange: [0, 1.758099340847377],
  saturates: 'left',
  zeroCentered: false,
  monotonic: true,
  parameters: {},
  kinks: [{ x: '0', derivative: 'scale alpha' }],
  accuracy: accuracy.selu,
  source: 'Klambauer, Unterthiner, Mayr and Hochreiter: Self-normalizing neural networks. NeurIPS 2017',
  wide: true,
  prepare: () => ({ ...none, a: SELU_SCALED_ALPHA, b: SELU_SCALE, lower: fastFrom(true) }),
  scalar: scaledElu,
} as const satisfies InvertibleRow<never>;
