import { accuracy } from '../accuracy.js';
import { logOnePlusExp, logistic } from '../fallback/math/exponential.js';
import { productError } from '../fallback/math/exact.js';
import { squareplus as squareplusOf, squareplusSlope } from '../fallback/math/squareplus.js';
import { hardTanh } from './sigmoids.js';
import { requireOrder, requireSign, where } from './lines.js';
import { type InvertibleRow, fastFrom, none } from './types.js';

export const relu = {
  name: 'relu',
  formula: 'max(x, 0)',
  range: [0, Infinity],
  derivativeRange: [0, 1],
  saturates: 'left',
  zeroCentered: false,
  monotonic: true,
  parameters: {},
  kinks: [{ x: '0', derivative: '0' }],
  accuracy: accuracy.relu,
  source: 'Nair and Hinton: Rectified linear units improve restricted Boltzmann machines. ICML 2010',
  prepare: () => none,
  scalar: {
    forward: (x) => (x < 0 ? 0 : x),
    derivative: (x) => where(x, x > 0),
    derivativeFromOutput: (y) => where(y, y > 0),
  },
} as const satisfies InvertibleRow<never>;

export const relu6 = {
  name: 'relu6',
  kernel: 'hardTanh',
  formula: 'min(max(x, 0), 6)',
  range: [0, 6],
  derivativeRange: [0, 1],
  saturates: 'both',
  zeroCentered: false,
  monotonic: true,
  parameters: {},
  kinks: [
    { x: '0', derivative: '0' },
    { x: '6', derivative: '0' },
  ],
  accuracy: accuracy.relu6,
  source: 'Krizhevsky: Convolutional deep belief networks on CIFAR-10. Unpublished manuscript, 2010',
  prepare: () => ({ ...none, upper: 6 }),
  scalar: hardTanh.scalar,
} as const satisfies InvertibleRow<never>;

export const leakyRelu = {
  name: 'leakyRelu',
  formula: 'x for x > 0, alpha x otherwise',
  range: [-Infinity, Infinity],
  derivativeRange: [0.01, 1],
  saturates: 'none',
  zeroCentered: false,
  monotonic: true,
  parameters: { alpha: { default: 0.01, factor: true } },
  kinks: [{ x: '0', derivative: 'alpha' }],
  accuracy: accuracy.leakyRelu,
  source: 'Maas, Hannun and Ng: Rectifier nonlinearities improve neural network acoustic models. ICML 2013',
  // 0 times -Infinity is not 0.
  prepare: ({ alpha }) => (alpha === 0 ? { ...none, kernel: 'relu' } : { ...none, a: alpha }),
  scalar: {
    forward: (x, p) => (x > 0 ? x : x * p.a),
    derivative: (x, p) => (x !== x ? x : x > 0 ? 1 : p.a),
    derivativeFromOutput: (y, p) => (y !== y ? y : y > 0 ? 1 : p.a),
  },
  requireInvertible: ({ alpha }) => requireSign('alpha', alpha),
} as const satisfies InvertibleRow<'alpha'>;

const middle = (lower: number, upper: number): number => lower / 2 + upper / 2;

export const rrelu = {
  name: 'rrelu',
  kernel: 'leakyRelu',
  formula: 'x for x > 0, (lower + upper)/2 x otherwise',
  range: [-Infinity, Infinity],
  derivativeRange: [11 / 48, 1],
  saturates: 'none',
  zeroCentered: false,
  monotonic: true,
  parameters: { lower: { default: 1 / 8, factor: true }, upper: { default: 1 / 3, factor: true } },
  kinks: [{ x: '0', derivative: '(lower + upper)/2' }],
  accuracy: accuracy.rrelu,
  source: 'Xu, Wang, Chen and Li: Empirical evaluation of rectified activations in convolutional network. arXiv:1505.00853, 2015',
  prepare({ lower, upper }) {
    requireOrder('lower', lower, 'upper', upper);
    return leakyRelu.prepare({ alpha: middle(lower, upper) });
  },
  scalar: leakyRelu.scalar,
  requireInvertible: ({ lower, upper }) => requireSign('(lower + upper)/2', middle(lower, upper)),
} as const satisfies InvertibleRow<'lower' | 'upper'>;

export const threshold = {
  name: 'threshold',
  formula: 'x for x > theta, value otherwise',
  range: [0, Infinity],
  derivativeRange: [0, 1],
  saturates: 'left',
  zeroCentered: false,
  monotonic: true,
  parameters: { theta: { default: 0 }, value: { default: 0 } },
  kinks: [{ x: 'theta', derivative: '0' }],
  accuracy: accuracy.threshold,
  source: 'PyTorch, torch.nn.functional.threshold',
  prepare: ({ theta, value }) => ({ ...none, lower: theta, a: value }),
  scalar: {
    forward: (x, p) => (x !== x || x > p.lower ? x : p.a),
    derivative: (x, p) => where(x, x > p.lower),
    derivativeFromOutput: (y, p) => where(y, y > p.lower),
  },
  requireInvertible({ theta, value }) {
    if (value > theta) throw new RangeError(`value must not be above theta, since the side of x cannot be told from y then; got value ${value} and theta ${theta}`);
  },
} as const satisfies InvertibleRow<'theta' | 'value'>;

export const thresholdedRelu = {
  name: 'thresholdedRelu',
  kernel: 'threshold',
  formula: 'x for x > alpha, 0 otherwise',
  range: [0, Infinity],
  derivativeRange: [0, 1],
  saturates: 'left',
  zeroCentered: false,
  monotonic: true,
  parameters: { alpha: { default: 1 } },
  kinks: [{ x: 'alpha', derivative: '0' }],
  accuracy: accuracy.thresholdedRelu,
  source: 'Konda, Memisevic and Krueger: Zero-bias autoencoders and the benefits of co-adapting features. ICLR 2015',
  prepare: ({ alpha }) => ({ ...none, lower: alpha }),
  scalar: threshold.scalar,
  requireInvertible: ({ alpha }) => requireSign('alpha', alpha),
} as const satisfies InvertibleRow<'alpha'>;

export const softplus = {
  name: 'softplus',
  formula: 'ln(1 + e^(beta x)) / beta',
  range: [0, Infinity],
  derivativeRange: [0, 1],
  saturates: 'left',
  zeroCentered: false,
  monotonic: true,
  parameters: { beta: { default: 1, above: 0, factor: true } },
  kinks: [],
  accuracy: accuracy.softplus,
  source: 'Dugas, Bengio, Bélisle, Nadeau and Garcia: Incorporating second-order functional knowledge for better option pricing. NIPS 2000',
  wide: true,
  prepare: ({ beta }) => ({ ...none, a: beta, b: 1, lower: fastFrom(beta === 1) }),
  scalar: {
    forward(x, { a }) {
      const u = x * a;
      const rest = productError(x, a, u);
      const tail = logOnePlusExp(-Math.abs(u), u < 0 ? rest : -rest, a);
      return x > 0 ? x + tail : tail;
    },
    derivative(x, { a }) {
      const u = x * a;
      return logistic(u, productError(x, a, u));
    },
    derivativeFromOutput: (y, { a }) => -Math.expm1(-y * a),
  },
} as const satisfies InvertibleRow<'beta'>;

export const squareplus = {
  name: 'squareplus',
  formula: '(x + sqrt(x^2 + b)) / 2',
  range: [0, Infinity],
  derivativeRange: [0, 1],
  saturates: 'left',
  zeroCentered: false,
  monotonic: true,
  parameters: { b: { default: 4, least: 0, factor: true } },
  kinks: [],
  accuracy: accuracy.squareplus,
  source: 'Barron: Squareplus: a softplus-like algebraic rectifier. arXiv:2112.11687, 2021',
  wide: true,
  prepare: ({ b }) => (b === 0 ? { ...none, kernel: 'relu' } : { ...none, a: b }),
  scalar: {
    forward: (x, { a }) => squareplusOf(x, a),
    derivative: (x, { a }) => squareplusSlope(x, a),
    // sqrt(x^2 + b) = y + (b/4)/y
    derivativeFromOutput: (y, { a }) => (y === Infinity ? 1 : y / (y + a / 4 / y)),
  },
} as const satisfies InvertibleRow<'b'>;
