import { accuracy } from '../accuracy.js';
import { logOnePlusExp, logistic } from '../fallback/math/exponential.js';
import { softcap as softcapOf, softcapSlope } from '../fallback/math/hyperbolic.js';
import { clamped, line, requireOrder, where } from './lines.js';
import { type Info, type InvertibleRow, type Row, none } from './types.js';

export const sigmoid = {
  name: 'sigmoid',
  formula: '1 / (1 + e^-x)',
  range: [0, 1],
  derivativeRange: [0, 0.25],
  saturates: 'both',
  zeroCentered: false,
  monotonic: true,
  parameters: {},
  kinks: [],
  accuracy: accuracy.sigmoid,
  source: 'Rumelhart, Hinton and Williams: Learning representations by back-propagating errors. Nature 323, 1986',
  prepare: () => none,
  scalar: {
    forward: (x) => logistic(x, 0),
    derivative(x) {
      const e = Math.exp(-Math.abs(x));
      return e / ((1 + e) * (1 + e));
    },
    derivativeFromOutput: (y) => y * (1 - y),
  },
} as const satisfies InvertibleRow<never>;

export const logSigmoid = {
  name: 'logSigmoid',
  formula: '-ln(1 + e^-x)',
  range: [-Infinity, 0],
  derivativeRange: [0, 1],
  saturates: 'right',
  zeroCentered: false,
  monotonic: true,
  parameters: {},
  kinks: [],
  accuracy: accuracy.logSigmoid,
  source: 'PyTorch, torch.nn.functional.logsigmoid; JAX, jax.nn.log_sigmoid',
  wide: true,
  prepare: () => none,
  scalar: {
    forward: (x) => (x < 0 ? x : -0) - logOnePlusExp(-Math.abs(x), 0, 1),
    derivative: (x) => logistic(-x, 0),
    derivativeFromOutput: (y) => Math.abs(Math.expm1(y)),
  },
} as const satisfies InvertibleRow<never>;

export const tanh = {
  name: 'tanh',
  formula: '(e^x - e^-x) / (e^x + e^-x)',
  range: [-1, 1],
  derivativeRange: [0, 1],
  saturates: 'both',
  zeroCentered: true,
  monotonic: true,
  parameters: {},
  kinks: [],
  accuracy: accuracy.tanh,
  source: 'LeCun, Bottou, Orr and Müller: Efficient BackProp. Neural Networks: Tricks of the Trade, 1998',
  prepare: () => none,
  scalar: {
    forward: (x) => Math.tanh(x),
    derivative(x) {
      const e = Math.exp(-2 * Math.abs(x));
      return (4 * e) / ((1 + e) * (1 + e));
    },
    derivativeFromOutput: (y) => (1 - y) * (1 + y),
  },
} as const satisfies InvertibleRow<never>;

export const softcap = {
  name: 'softcap',
  formula: 'cap tanh(x / cap)',
  range: [-30, 30],
  derivativeRange: [0, 1],
  saturates: 'both',
  zeroCentered: true,
  monotonic: true,
  parameters: { cap: { default: 30, above: 0, factor: true } },
  kinks: [],
  accuracy: accuracy.softcap,
  source: 'Gemma Team: Gemma 2: Improving open language models at a practical size. arXiv:2408.00118, 2024',
  wide: true,
  prepare: ({ cap }) => ({ ...none, a: 1, b: cap }),
  scalar: {
    forward: (x, { b }) => softcapOf(x, b),
    derivative: (x, { b }) => softcapSlope(x, b),
    derivativeFromOutput: (y, { b }) => ((b - y) / b) * ((b + y) / b),
  },
} as const satisfies InvertibleRow<'cap'>;

export const softsign = {
  name: 'softsign',
  formula: 'x / (1 + abs(x))',
  range: [-1, 1],
  derivativeRange: [0, 1],
  saturates: 'both',
  zeroCentered: true,
  monotonic: true,
  parameters: {},
  kinks: [],
  accuracy: accuracy.softsign,
  source: 'Bergstra, Desjardins, Lamblin and Bengio: Quadratic polynomials learn better image features. Technical report 1337, Université de Montréal, 2009',
  prepare: () => none,
  scalar: {
    forward: (x) => (Math.abs(x) === Infinity ? Math.sign(x) : x / (1 + Math.abs(x))),
    // In two steps, since the square may be beyond the range.
    derivative: (x) => 1 / (1 + Math.abs(x)) / (1 + Math.abs(x)),
    derivativeFromOutput: (y) => (1 - Math.abs(y)) * (1 - Math.abs(y)),
  },
} as const satisfies InvertibleRow<never>;

export const hardSigmoid = {
  name: 'hardSigmoid',
  formula: 'min(max(alpha x + beta, 0), 1)',
  range: [0, 1],
  derivativeRange: [0, 0.2],
  saturates: 'both',
  zeroCentered: false,
  monotonic: true,
  parameters: { alpha: { default: 0.2, factor: true }, beta: { default: 0.5 } },
  kinks: [
    { x: '-beta/alpha', derivative: '0' },
    { x: '(1 - beta)/alpha', derivative: '0' },
  ],
  accuracy: accuracy.hardSigmoid,
  source: 'W3C: Web Neural Network API, hardSigmoid; ONNX operators, HardSigmoid',
  prepare({ alpha, beta }) {
    if (alpha === 0) {
      const constant = Math.min(Math.max(beta, 0), 1);
      return { ...none, lower: constant, upper: constant, kernel: 'hardTanh' };
    }
    const kinks = [-beta / alpha, (1 - beta) / alpha];
    return { ...line(alpha, beta), lower: Math.min(...kinks), upper: Math.max(...kinks) };
  },
  scalar: {
    forward: (x, p) => clamped((x + p.b) * p.a + p.c, 0, 1),
    derivative: (x, p) => where(x, x > p.lower && x < p.upper, p.a),
    derivativeFromOutput: (y, p) => where(y, y > 0 && y < 1, p.a),
  },
} as const satisfies InvertibleRow<'alpha' | 'beta'>;

/** The variants of hardSigmoid differ in the slope only. */
const hardSigmoidWith = <const N extends string>(name: N, alpha: number, measured: Info['accuracy'], source: string) =>
  ({
    ...hardSigmoid,
    name,
    kernel: 'hardSigmoid',
    derivativeRange: [0, alpha],
    parameters: { alpha: { default: alpha, factor: true }, beta: { default: 0.5 } },
    accuracy: measured,
    source,
  }) as const satisfies InvertibleRow<'alpha' | 'beta'>;

/** hardSigmoid with the first two terms of the logistic function's Taylor series at 0: x/4 + 1/2. */
export const hardLogistic = hardSigmoidWith(
  'hardLogistic',
  0.25,
  accuracy.hardLogistic,
  'first-order Taylor polynomial of the logistic function at 0',
);

/** hardSigmoid with PyTorch's slope. */
export const hardSigmoidTorch = hardSigmoidWith(
  'hardSigmoid.torch',
  1 / 6,
  accuracy['hardSigmoid.torch'],
  'Howard et al.: Searching for MobileNetV3. ICCV 2019 (h-sigmoid); torch.nn.functional.hardsigmoid',
);

export const hardTanh = {
  name: 'hardTanh',
  formula: 'min(max(x, min), max)',
  range: [-1, 1],
  derivativeRange: [0, 1],
  saturates: 'both',
  zeroCentered: true,
  monotonic: true,
  parameters: { min: { default: -1, infinite: true }, max: { default: 1, infinite: true } },
  kinks: [
    { x: 'min', derivative: '0' },
    { x: 'max', derivative: '0' },
  ],
  accuracy: accuracy.hardTanh,
  source: 'Collobert: Large scale machine learning. PhD thesis, Université Paris VI, 2004',
  prepare({ min, max }) {
    requireOrder('min', min, 'max', max);
    return { ...none, lower: min, upper: max };
  },
  scalar: {
    forward: (x, p) => clamped(x, p.lower, p.upper),
    derivative: (x, p) => where(x, x > p.lower && x < p.upper),
    derivativeFromOutput: (y, p) => where(y, y > p.lower && y < p.upper),
  },
} as const satisfies InvertibleRow<'min' | 'max'>;

export const heaviside = {
  name: 'heaviside',
  formula: '0 for x < 0, at0 for x = 0, 1 for x > 0',
  range: [0, 1],
  derivativeRange: [0, 0],
  saturates: 'both',
  zeroCentered: false,
  monotonic: true,
  parameters: { at0: { default: 0.5 } },
  kinks: [{ x: '0', derivative: '0' }],
  accuracy: accuracy.heaviside,
  source: 'McCulloch and Pitts: A logical calculus of the ideas immanent in nervous activity. Bull. Math. Biophysics 5, 1943',
  prepare: ({ at0 }) => ({ ...none, a: at0 }),
  scalar: {
    forward: (x, p) => (x > 0 ? 1 : x < 0 ? 0 : x === 0 ? p.a : x),
    derivative: (x) => where(x, false),
  },
} as const satisfies Row<'at0'>;
