/**
 * What the tests run the elementwise functions over, one row for every row of the catalogue: the true f and f', the
 * parameters to try beside the defaults, and how far a result may be off.
 *
 * The true function is that of the options as they are given, as doubles, also for float32 arrays. The kernels of functions
 * made of lines round the parameters to float32 there: that error counts, and the bars leave room for it. One thing no bar can
 * make room for: a kink that lies between two numbers of the type is found at one of them, so where kinks are computed
 * (`roundedKinks`), an input within one unit in the last place of one may take the derivative of either side. And a threshold
 * at which a function jumps has to be a number of the type.
 */
import { type catalogue, rows } from '../src/catalogue/index.js';
import type { Activation, Backend, Info, InvertibleActivation } from '../src/index.js';
import * as exponential from './reference/exponential.js';
import * as gated from './reference/gated.js';
import * as gaussian from './reference/gaussian.js';
import * as piecewise from './reference/piecewise.js';
import type { Reference, References, Values } from './reference/reference.js';
import * as sigmoidal from './reference/sigmoidal.js';
import * as periodic from './reference/snake.js';

export type Name = keyof typeof catalogue | 'hardSigmoid.torch' | 'gelu.tanh' | 'gelu.quick';
export type { Values } from './reference/reference.js';

export interface Kink {
  readonly x: number;
  readonly derivative: number;
}

export interface Operation extends References {
  /** Parameters to try beside the defaults. */
  readonly parameters: readonly Values[];
  /** The y for which `fromOutput` is a derivative. All, if absent. */
  readonly outputs?: (values: Values) => readonly [low: number, high: number];
  /** Where f has no derivative, and what is taken for it there. */
  readonly kinks?: (values: Values) => readonly Kink[];
  /** Whether their places are rounded. */
  readonly roundedKinks?: boolean;
  /** Where f' is 0 without being so around. */
  readonly zeros?: (values: Values) => readonly Zero[];
  /** Whether f' is a function of y; always, if absent. */
  readonly invertible?: (values: Values) => boolean;
}

/** A zero of f', around which its errors count absolutely. */
export interface Zero {
  readonly at: number;
  /** How far around: 1/1000 of the natural unit of x. */
  readonly distance: number;
  /** Whether f' is periodic and has zeros everywhere. */
  readonly periodic?: boolean;
}

/** The largest errors allowed, in units in the last place: of f, and of f' in all its forms. */
export const bars = { f32: { forward: 2, derivative: 4 }, f64: { forward: 3, derivative: 6 } } as const;

const zero = (at: number, unit = 1): Zero => ({ at: at * unit, distance: 1e-3 * Math.abs(unit) });

// Computed with mpmath.
const GELU_ZERO = zero(-0.7517915246935645);
const GELU_TANH_ZERO = zero(-0.7524614220710163);
const MISH_ZERO = zero(-1.1924312145154952);
/** Of silu with beta 1. */
const SILU_ZERO = -1.2784645427610737;

const lambdaKinks = ({ lambda }: Values): readonly Kink[] => [{ x: -lambda!, derivative: 0 }, { x: lambda!, derivative: 0 }];
const boundKinks = (derivative: number) => ({ min, max }: Values): readonly Kink[] =>
  [{ x: min!, derivative }, { x: max!, derivative }].filter(({ x }) => Number.isFinite(x));

const hardSigmoid: Operation = {
  ...piecewise.hardSigmoid,
  parameters: [
    { alpha: 0.3, beta: 0.1 },
    { alpha: -0.3, beta: 0.7 },
    { alpha: 0, beta: 0.4 },
    { alpha: 12.5, beta: -3 },
    { alpha: 0.01, beta: 0 },
  ],
  kinks: ({ alpha, beta }) => (alpha === 0 ? [] : [{ x: -beta! / alpha!, derivative: 0 }, { x: (1 - beta!) / alpha!, derivative: 0 }]),
  roundedKinks: true,
};

/** gelu's parameter is the only one that is no number. */
const approximationOf = (values: Values): string => (values as Readonly<Record<string, unknown>>).approximate as string;
export const approximate = (approximation: string): Values => ({ approximate: approximation }) as Readonly<Record<string, unknown>> as Values;
const geluOf: Readonly<Record<string, References>> = { none: gaussian.gelu, tanh: gated.geluTanh, quick: gated.geluQuick };
const geluZeros: Readonly<Record<string, Zero>> = { none: GELU_ZERO, tanh: GELU_TANH_ZERO, quick: zero(SILU_ZERO, 1 / 1.702) };

/** The references of the approximation that is asked for. */
const approximated = <T>(of: (references: References) => Reference<T>): Reference<T> => ({
  forward: (x, values) => of(geluOf[approximationOf(values)]!).forward(x, values),
  derivative: (x, values) => of(geluOf[approximationOf(values)]!).derivative(x, values),
});

export const operations: Readonly<Record<Name, Operation>> = {
  sigmoid: { ...sigmoidal.sigmoid, parameters: [], outputs: () => [0, 1] },
  logSigmoid: { ...sigmoidal.logSigmoid, parameters: [], outputs: () => [-Infinity, 0] },
  tanh: { ...sigmoidal.tanh, parameters: [], outputs: () => [-1, 1] },
  relu: { ...piecewise.relu, parameters: [], kinks: () => [{ x: 0, derivative: 0 }] },
  relu6: { ...piecewise.relu6, parameters: [], kinks: () => [{ x: 0, derivative: 0 }, { x: 6, derivative: 0 }] },
  leakyRelu: {
    ...piecewise.leakyRelu,
    parameters: [{ alpha: 0.2 }, { alpha: 1.5 }, { alpha: -0.1 }, { alpha: 0 }],
    kinks: ({ alpha }) => [{ x: 0, derivative: alpha! }],
    invertible: ({ alpha }) => alpha! >= 0,
  },
  rrelu: {
    ...piecewise.rrelu,
    parameters: [{ lower: 0.1, upper: 0.3 }, { lower: -0.5, upper: 0.5 }, { lower: -0.5, upper: 0.1 }],
    kinks: ({ lower, upper }) => [{ x: 0, derivative: (lower! + upper!) / 2 }],
    invertible: ({ lower, upper }) => lower! + upper! >= 0,
  },
  thresholdedRelu: {
    ...piecewise.thresholdedRelu,
    parameters: [{ alpha: 0 }, { alpha: 0.375 }, { alpha: -2 }],
    kinks: ({ alpha }) => [{ x: alpha!, derivative: 0 }],
    invertible: ({ alpha }) => alpha! >= 0,
  },
  threshold: {
    ...piecewise.threshold,
    parameters: [{ theta: 0.5, value: -2 }, { theta: -1.25, value: -1.25 }, { theta: -1, value: 20 }],
    kinks: ({ theta }) => [{ x: theta!, derivative: 0 }],
    invertible: ({ theta, value }) => value! <= theta!,
  },
  elu: {
    ...exponential.elu,
    parameters: [{ alpha: 0.3 }, { alpha: 2.5 }, { alpha: 0 }, { alpha: -0.7 }],
    outputs: ({ alpha }) => [-alpha!, Infinity],
    kinks: ({ alpha }) => [{ x: 0, derivative: alpha! }],
    invertible: ({ alpha }) => alpha! >= 0,
  },
  celu: {
    ...exponential.celu,
    parameters: [{ alpha: 0.3 }, { alpha: 7 }],
    outputs: ({ alpha }) => [-alpha!, Infinity],
  },
  selu: {
    ...exponential.selu,
    parameters: [],
    outputs: () => [-exponential.SELU.a, Infinity],
    kinks: () => [{ x: 0, derivative: exponential.SELU.a }],
  },
  gelu: {
    f32: approximated(({ f32 }) => f32),
    f64: approximated(({ f64 }) => f64),
    parameters: [approximate('tanh'), approximate('quick')],
    zeros: (values) => [geluZeros[approximationOf(values)]!],
  },
  'gelu.tanh': { ...gated.geluTanh, parameters: [], zeros: () => [geluZeros.tanh!] },
  'gelu.quick': { ...gated.geluQuick, parameters: [], zeros: () => [geluZeros.quick!] },
  silu: {
    ...gated.silu,
    parameters: [{ beta: 0.3 }, { beta: 2.5 }, { beta: -1.5 }, { beta: 0 }],
    zeros: ({ beta }) => (beta === 0 ? [] : [zero(SILU_ZERO, 1 / beta!)]),
  },
  mish: { ...gated.mish, parameters: [], zeros: () => [MISH_ZERO] },
  softplus: { ...exponential.softplus, parameters: [{ beta: 0.3 }, { beta: 2.5 }, { beta: 20 }], outputs: () => [0, Infinity] },
  squareplus: { ...exponential.squareplus, parameters: [{ b: 1 }, { b: 0.01 }, { b: 100 }, { b: 0 }], outputs: () => [0, Infinity] },
  softsign: { ...sigmoidal.softsign, parameters: [], outputs: () => [-1, 1] },
  hardSigmoid,
  'hardSigmoid.torch': { ...hardSigmoid, parameters: [] },
  hardLogistic: { ...hardSigmoid, parameters: [] },
  hardTanh: {
    ...piecewise.hardTanh,
    parameters: [{ min: 0, max: 6 }, { min: -0.1, max: 0.7 }, { min: 2, max: 2 }, { min: -Infinity, max: 3 }],
    kinks: boundKinks(0),
    roundedKinks: true,
  },
  hardSwish: {
    ...piecewise.hardSwish,
    parameters: [],
    kinks: () => [{ x: -3, derivative: 0 }, { x: 3, derivative: 1 }],
    zeros: () => [zero(-1.5)],
  },
  softShrink: { ...piecewise.softShrink, parameters: [{ lambda: 0.3 }, { lambda: 2 }, { lambda: 0 }], kinks: lambdaKinks },
  hardShrink: { ...piecewise.hardShrink, parameters: [{ lambda: 0.375 }, { lambda: 2 }, { lambda: 0 }], kinks: lambdaKinks },
  tanhShrink: { ...sigmoidal.tanhShrink, parameters: [] },
  heaviside: {
    ...piecewise.heaviside,
    parameters: [{ at0: 0 }, { at0: 1 }, { at0: 0.3 }],
    kinks: () => [{ x: 0, derivative: 0 }],
  },
  snake: {
    ...periodic.snake,
    parameters: [{ alpha: 0.3 }, { alpha: 5 }, { alpha: -2.5 }, { alpha: 0 }],
    zeros({ alpha }) {
      if (alpha === 0) return [];
      return [{ ...zero(-Math.PI / 4, 1 / alpha!), periodic: true }];
    },
  },
  affine: { ...piecewise.affine, parameters: [{ alpha: 0.3, beta: 0.1 }, { alpha: -1.7, beta: 100 }, { alpha: 0, beta: 0.4 }] },
  clamp: {
    ...piecewise.clamp,
    parameters: [{ min: 0, max: 6 }, { min: -0.1, max: 0.7 }, { min: 2, max: 2 }, { min: -Infinity, max: 3 }],
    kinks: boundKinks(1),
    roundedKinks: true,
  },
  exp: { ...exponential.exp, parameters: [], outputs: () => [0, Infinity] },
  expm1: { ...exponential.expm1, parameters: [], outputs: () => [-1, Infinity] },
  log1p: { ...exponential.log1p, parameters: [] },
  erf: { ...gaussian.erf, parameters: [] },
  softcap: { ...sigmoidal.softcap, parameters: [{ cap: 1 }, { cap: 0.3 }, { cap: 50 }], outputs: ({ cap }) => [-cap!, cap!] },
};

/** An elementwise function whatever its parameters. */
export type AnyActivation = Activation<string> & Partial<Pick<InvertibleActivation<string>, 'backwardFromOutput'>>;

/** The rows with their names, the catalogue's facts and all parameters to be tried, the defaults first. */
export const cases = rows.map((info: Info) => {
  const name = info.name as Name;
  const operation = operations[name];
  const defaults = Object.fromEntries(Object.entries(info.parameters).map(([key, parameter]) => [key, parameter.default])) as Values;
  return { name, info, operation, parameters: [defaults, ...operation.parameters] };
});

/** The function of a backend by the catalogue's name for it. */
export function activationOf(backend: Backend, name: Name): AnyActivation {
  switch (name) {
    case 'hardSigmoid.torch': return backend.hardSigmoid.torch;
    case 'gelu.tanh': return backend.gelu.tanh;
    case 'gelu.quick': return backend.gelu.quick;
    default: return backend.activations[name];
  }
}
