/**
 * What the tests run the elementwise functions over, one row for every row of the catalogue: the true f and f', the
 * parameters to try beside the defaults, and how far a result may be off.
 *
 * The true function is that of the options as they are given, as doubles, also for float32 arrays. The kernels round
 * the parameters to float32 there: that error counts, and the bars leave room for it. One thing no bar can make room
 * for: a kink that lies between two numbers of the type is found at one of them, so where kinks are computed
 * (`roundedKinks`), an input within one unit in the last place of one may take the derivative of either side.
 */
import { type Values as ValuesOf, catalogue, hardSigmoidTorch } from '../src/catalogue/index.js';
import type { Activation, Backend, Info, InvertibleActivation } from '../src/index.js';
import * as reference from './reference/activations.js';
import type { Reference } from './reference/activations.js';
import { double } from './reference/double-double.js';
import { type Exact, exact, nearest } from './reference/ulp.js';

export type Name = keyof typeof catalogue | typeof hardSigmoidTorch.name;
export type Values = ValuesOf<string>;

export interface Kink {
  readonly x: number;
  readonly derivative: number;
}

export interface Operation {
  /** For float32: in double precision, with more than 45 right bits. */
  readonly f32: Reference<number>;
  /** For float64: with 100. */
  readonly f64: Reference<Exact>;
  /** Parameters to try beside the defaults. */
  readonly parameters: readonly Values[];
  /** The y for which `fromOutput` is a derivative. All, if absent. */
  readonly outputs?: readonly [low: number, high: number];
  /** Where f has no derivative, and what is taken for it there. */
  readonly kinks?: (values: Values) => readonly Kink[];
  /** Whether their places are rounded. */
  readonly roundedKinks?: boolean;
  /** Whether f' is a function of y; always, if absent. */
  readonly invertible?: (values: Values) => boolean;
}

/** The largest errors allowed, in units in the last place: of f, and of f' in all its forms. */
export const bars = { f32: { forward: 2, derivative: 4 }, f64: { forward: 3, derivative: 6 } } as const;

/** For functions without an error in double precision: the same reference for both types. */
function exactly(f: Reference<number>): Pick<Operation, 'f32' | 'f64'> {
  const number = (of: (x: number, values: Values) => number) => (x: number, values: Values) => exact(double(of(x, values)));
  const { forward, derivative, fromOutput } = f;
  return { f32: f, f64: { forward: number(forward), derivative: number(derivative), ...(fromOutput && { fromOutput: number(fromOutput) }) } };
}

/** For functions that cancel in double precision: the reference of float64, rounded. */
function rounded({ forward, derivative, fromOutput }: Required<Reference<Exact>>): Pick<Operation, 'f32' | 'f64'> {
  const number = (of: (x: number, values: Values) => Exact) => (x: number, values: Values) => nearest(of(x, values));
  return { f32: { forward: number(forward), derivative: number(derivative), fromOutput: number(fromOutput) }, f64: { forward, derivative, fromOutput } };
}

/** 1 for x > 0, 0 elsewhere. */
const above = (x: number): number => (x !== x ? x : x > 0 ? 1 : 0);

/** 1 within (low, high), 0 outside. */
const within = (x: number, low: number, high: number): number => (x !== x ? x : x > low && x < high ? 1 : 0);

const hardTanh: Reference<number> = {
  forward: (x, { min, max }) => (x < min! ? min! : x > max! ? max! : x),
  derivative: (x, { min, max }) => within(x, min!, max!),
  fromOutput: (y, { min, max }) => within(y, min!, max!),
};

const hardSigmoid: Operation = {
  ...rounded(reference.hardSigmoid),
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

export const operations: Readonly<Record<Name, Operation>> = {
  sigmoid: {
    f32: {
      forward(x) {
        const e = Math.exp(-Math.abs(x));
        return x < 0 ? e / (1 + e) : 1 / (1 + e);
      },
      derivative(x) {
        const e = Math.exp(-Math.abs(x));
        return e / (1 + e) ** 2;
      },
      fromOutput: (y) => y * (1 - y),
    },
    f64: reference.sigmoid,
    parameters: [],
    outputs: [0, 1],
  },
  tanh: {
    f32: {
      forward(x) {
        const t = Math.expm1(-2 * Math.abs(x));
        return (Math.sign(x) * -t) / (t + 2);
      },
      derivative(x) {
        const e = Math.exp(-2 * Math.abs(x));
        return (4 * e) / (1 + e) ** 2;
      },
      fromOutput: (y) => (1 - y) * (1 + y),
    },
    f64: reference.tanh,
    parameters: [],
    outputs: [-1, 1],
  },
  relu: {
    ...exactly({ forward: (x) => (x <= 0 ? 0 : x), derivative: above, fromOutput: above }),
    parameters: [],
    kinks: () => [{ x: 0, derivative: 0 }],
  },
  leakyRelu: {
    ...rounded(reference.leakyRelu),
    parameters: [{ alpha: 0.2 }, { alpha: 1.5 }, { alpha: -0.1 }, { alpha: 0 }],
    kinks: ({ alpha }) => [{ x: 0, derivative: alpha! }],
    invertible: ({ alpha }) => alpha! >= 0,
  },
  hardSigmoid,
  'hardSigmoid.torch': { ...hardSigmoid, parameters: [] },
  hardLogistic: { ...hardSigmoid, parameters: [] },
  hardTanh: {
    f32: {
      ...hardTanh,
      // The nearest float32 is what the outputs beyond a bound are.
      fromOutput: (y, { min, max }) => within(y, Math.fround(min!), Math.fround(max!)),
    },
    f64: exactly(hardTanh).f64,
    parameters: [{ min: 0, max: 6 }, { min: -0.1, max: 0.7 }, { min: 2, max: 2 }, { min: -Infinity, max: 3 }],
    kinks: ({ min, max }) => [{ x: min!, derivative: 0 }, { x: max!, derivative: 0 }].filter(({ x }) => Number.isFinite(x)),
    roundedKinks: true,
  },
  heaviside: {
    ...exactly({ forward: (x, { at0 }) => (x === 0 ? at0! : x > 0 ? 1 : x < 0 ? 0 : x), derivative: (x) => (x === x ? 0 : x) }),
    parameters: [{ at0: 0 }, { at0: 1 }, { at0: 0.3 }],
    kinks: () => [{ x: 0, derivative: 0 }],
  },
};

/** An elementwise function whatever its parameters. */
export type AnyActivation = Activation<string> & Partial<Pick<InvertibleActivation<string>, 'backwardFromOutput'>>;

/** The rows with their names, the catalogue's facts and all parameters to be tried, the defaults first. */
export const cases = [...Object.values(catalogue), hardSigmoidTorch].map((info: Info & { readonly name: Name }) => {
  const operation = operations[info.name];
  const defaults: Values = Object.fromEntries(Object.entries(info.parameters).map(([key, parameter]) => [key, parameter.default]));
  return { name: info.name, info, operation, parameters: [defaults, ...operation.parameters] };
});

/** The function of a backend by the catalogue's name for it. */
export function activationOf(backend: Backend, name: Name): AnyActivation {
  return name === 'hardSigmoid.torch' ? backend.hardSigmoid.torch : backend.activations[name];
}
