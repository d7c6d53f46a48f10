import { accuracy } from '../accuracy.js';
import { snake as snakeOf, snakeSlope } from '../fallback/math/angle.js';
import { erf as erfOf, erfSlope } from '../fallback/math/normal.js';
import { clamped, line, requireOrder, where } from './lines.js';
import { type InvertibleRow, type Row, none } from './types.js';

export const affine = {
  name: 'affine',
  formula: 'alpha x + beta',
  range: [-Infinity, Infinity],
  derivativeRange: [1, 1],
  saturates: 'none',
  zeroCentered: true,
  monotonic: true,
  parameters: { alpha: { default: 1, factor: true }, beta: { default: 0 } },
  kinks: [],
  accuracy: accuracy.affine,
  source: 'W3C: Web Neural Network API, linear',
  wide: true,
  prepare: ({ alpha, beta }) => (alpha === 0 ? { ...none, lower: beta, upper: beta, kernel: 'hardTanh' } : line(alpha, beta)),
  scalar: {
    forward: (x, { a, b, c }) => (x + b) * a + c,
    derivative: (x, { a }) => (x !== x ? x : a),
    derivativeFromOutput: (y, { a }) => (y !== y ? y : a),
  },
} as const satisfies InvertibleRow<'alpha' | 'beta'>;

export const clamp = {
  name: 'clamp',
  formula: 'min(max(x, min), max)',
  range: [-Infinity, Infinity],
  derivativeRange: [1, 1],
  saturates: 'none',
  zeroCentered: true,
  monotonic: true,
  parameters: { min: { default: -Infinity, infinite: true }, max: { default: Infinity, infinite: true } },
  kinks: [
    { x: 'min', derivative: '1' },
    { x: 'max', derivative: '1' },
  ],
  accuracy: accuracy.clamp,
  source: 'W3C: Web Neural Network API, clamp; ONNX operators, Clip',
  prepare({ min, max }) {
    requireOrder('min', min, 'max', max);
    return { ...none, lower: min, upper: max };
  },
  scalar: {
    forward: (x, p) => clamped(x, p.lower, p.upper),
    derivative: (x, p) => where(x, x >= p.lower && x <= p.upper),
  },
} as const satisfies Row<'min' | 'max'>;

export const exp = {
  name: 'exp',
  formula: 'e^x, e = 2.718281828...',
  range: [0, Infinity],
  derivativeRange: [0, Infinity],
  saturates: 'left',
  zeroCentered: false,
  monotonic: true,
  parameters: {},
  kinks: [],
  accuracy: accuracy.exp,
  source: 'W3C: Web Neural Network API, exp; ONNX operators, Exp',
  wide: true,
  prepare: () => none,
  scalar: { forward: (x) => Math.exp(x), derivative: (x) => Math.exp(x), derivativeFromOutput: (y) => y },
} as const satisfies InvertibleRow<never>;

export const expm1 = {
  name: 'expm1',
  formula: 'e^x - 1',
  range: [-1, Infinity],
  derivativeRange: [0, Infinity],
  saturates: 'left',
  zeroCentered: false,
  monotonic: true,
  parameters: {},
  kinks: [],
  accuracy: accuracy.expm1,
  source: 'ECMAScript Language Specification, Math.expm1',
  wide: true,
  prepare: () => none,
  scalar: { forward: (x) => Math.expm1(x), derivative: (x) => Math.exp(x), derivativeFromOutput: (y) => y + 1 },
} as const satisfies InvertibleRow<never>;

export const log1p = {
  name: 'log1p',
  formula: 'ln(1 + x)',
  range: [-Infinity, Infinity],
  derivativeRange: [0, Infinity],
  saturates: 'right',
  zeroCentered: false,
  monotonic: true,
  parameters: {},
  kinks: [],
  accuracy: accuracy.log1p,
  source: 'ECMAScript Language Specification, Math.log1p',
  wide: true,
  prepare: () => none,
  scalar: {
    forward: (x) => Math.log1p(x),
    derivative: (x) => 1 / (1 + x),
    derivativeFromOutput: (y) => Math.exp(-y),
  },
} as const satisfies InvertibleRow<never>;

export const erf = {
  name: 'erf',
  formula: '2/sqrt(pi) times the integral of e^(-t^2) from 0 to x',
  range: [-1, 1],
  derivativeRange: [0, 1.1283791670955126],
  saturates: 'both',
  zeroCentered: true,
  monotonic: true,
  parameters: {},
  kinks: [],
  accuracy: accuracy.erf,
  source: 'NIST Digital Library of Mathematical Functions, 7.2(i); W3C: Web Neural Network API, erf',
  wide: true,
  prepare: () => none,
  scalar: { forward: erfOf, derivative: erfSlope },
} as const satisfies Row<never>;

export const snake = {
  name: 'snake',
  formula: 'x + sin(alpha x)^2 / alpha',
  range: [-Infinity, Infinity],
  derivativeRange: [0, 2],
  saturates: 'none',
  zeroCentered: false,
  monotonic: true,
  parameters: { alpha: { default: 1, factor: true } },
  kinks: [],
  accuracy: accuracy.snake,
  source: 'Ziyin, Hartwig and Ueda: Neural networks fail to learn periodic functions and how to fix it. NeurIPS 2020',
  wide: true,
  prepare: ({ alpha }) => (alpha === 0 ? { ...none, a: 1, kernel: 'affine' } : { ...none, a: alpha, b: 1 / alpha }),
  scalar: {
    forward: (x, { a }) => snakeOf(x, a),
    derivative: (x, { a }) => snakeSlope(x, a),
  },
} as const satisfies Row<'alpha'>;
