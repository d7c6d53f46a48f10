import { accuracy } from '../accuracy.js';
import { productError } from '../fallback/math/exact.js';
import { gated, siluSlope } from '../fallback/math/gated.js';
import { geluTanh, geluTanhSlope } from '../fallback/math/gelu-tanh.js';
import { mish as mishOf, mishSlope } from '../fallback/math/mish.js';
import { gelu as geluOf, geluSlope } from '../fallback/math/normal.js';
import { where } from './lines.js';
import { type Row, none } from './types.js';

const QUICK = { ...none, a: 1.702, b: 1 };

export const gelu = {
  name: 'gelu',
  formula: 'x (1 + erf(x/sqrt(2))) / 2',
  range: [-0.16997120747990369, Infinity],
  derivativeRange: [-0.1289041451851548, 1.128904145185155],
  saturates: 'left',
  zeroCentered: false,
  monotonic: false,
  parameters: { approximate: { default: 'none', values: ['none', 'tanh', 'quick'] } },
  kinks: [],
  accuracy: accuracy.gelu,
  source: 'Hendrycks and Gimpel: Gaussian error linear units (GELUs). arXiv:1606.08415, 2016',
  wide: true,
  prepare({ approximate }) {
    if (approximate === 'tanh') return { ...none, kernel: 'geluTanh' };
    return approximate === 'quick' ? { ...QUICK, kernel: 'swish' } : none;
  },
  scalar: { forward: geluOf, derivative: geluSlope },
} as const satisfies Row<'approximate'>;

export const geluWithTanh = {
  ...gelu,
  name: 'gelu.tanh',
  kernel: 'geluTanh',
  formula: 'x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) / 2',
  range: [-0.17004075057125406, Infinity],
  derivativeRange: [-0.12899306865877178, 1.128993068658772],
  parameters: {},
  accuracy: accuracy['gelu.tanh'],
  prepare: () => none,
  scalar: { forward: geluTanh, derivative: geluTanhSlope },
} as const satisfies Row<never>;

/** x sigma(a x) */
const swish = {
  forward(x, { a }) {
    const u = x * a;
    return gated(x, u, productError(x, a, u));
  },
  derivative(x, { a }) {
    const u = x * a;
    return siluSlope(u, productError(x, a, u));
  },
} as const satisfies Row['scalar'];

export const geluQuick = {
  ...gelu,
  name: 'gelu.quick',
  kernel: 'swish',
  formula: 'x / (1 + e^(-1.702 x))',
  range: [-0.1636101896363536, Infinity],
  derivativeRange: [-0.09983932012886693, 1.099839320128867],
  parameters: {},
  accuracy: accuracy['gelu.quick'],
  prepare: () => QUICK,
  scalar: swish,
} as const satisfies Row<never>;

export const silu = {
  name: 'silu',
  formula: 'x / (1 + e^(-beta x))',
  range: [-0.2784645427610738, Infinity],
  derivativeRange: [-0.09983932012886693, 1.099839320128867],
  saturates: 'left',
  zeroCentered: false,
  monotonic: false,
  parameters: { beta: { default: 1, factor: true } },
  kinks: [],
  accuracy: accuracy.silu,
  source: 'Elfwing, Uchibe and Doya: Sigmoid-weighted linear units for neural network function approximation in reinforcement learning. Neural Networks 107, 2018; Ramachandran, Zoph and Le: Searching for activation functions. arXiv:1710.05941, 2017 (beta)',
  wide: true,
  prepare({ beta }) {
    // 0 times Infinity is not 0.
    if (beta === 0) return { ...none, a: 0.5, kernel: 'affine' };
    return beta === 1 ? none : { ...none, a: beta, b: 1, kernel: 'swish' };
  },
  scalar: {
    forward: (x) => gated(x, x, 0),
    derivative: (x) => siluSlope(x, 0),
  },
} as const satisfies Row<'beta'>;

export const mish = {
  name: 'mish',
  formula: 'x tanh(ln(1 + e^x))',
  range: [-0.30884341301725043, Infinity],
  derivativeRange: [-0.11252612238946257, 1.088498161251728],
  saturates: 'left',
  zeroCentered: false,
  monotonic: false,
  parameters: {},
  kinks: [],
  accuracy: accuracy.mish,
  source: 'Misra: Mish: a self regularized non-monotonic activation function. BMVC 2020',
  wide: true,
  prepare: () => none,
  scalar: { forward: mishOf, derivative: mishSlope },
} as const satisfies Row<never>;

export const hardSwish = {
  name: 'hardSwish',
  formula: 'x min(max(x + 3, 0), 6) / 6',
  range: [-0.375, Infinity],
  derivativeRange: [-0.5, 1.5],
  saturates: 'left',
  zeroCentered: false,
  monotonic: false,
  parameters: {},
  kinks: [
    { x: '-3', derivative: '0' },
    { x: '3', derivative: '1' },
  ],
  accuracy: accuracy.hardSwish,
  source: 'Howard et al.: Searching for MobileNetV3. ICCV 2019',
  prepare: () => none,
  scalar: {
    forward(x) {
      const left = x < -3 ? -3 : x;
      return x < 3 ? (left * (left + 3)) / 6 : x;
    },
    derivative: (x) => where(x, x > -3, x < 3 ? (x + 1.5) / 3 : 1),
  },
} as const satisfies Row<never>;
