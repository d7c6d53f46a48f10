/**
 * The elementwise functions, one row each: from this table come the public functions, their `info`, the pure-JS
 * fallback, the tests, the benchmark and the table in the README.
 */
/** What a kernel reads: see `Parameters` in assembly/activation.ts. */
export interface KernelParameters {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly lower: number;
  readonly upper: number;
  /** Another function's kernel that does it for these values, without the limits of this one. */
  readonly kernel?: string;
}

export interface Parameter {
  readonly default: number;
  /** Whether it may be infinite; a NaN never is legal. */
  readonly infinite?: boolean;
}

export type Interval = readonly [low: number, high: number];

/** A function of one number. */
export type Scalar = (x: number, p: KernelParameters) => number;

export type Values<P extends string> = Readonly<Record<P, number>>;

/** The facts of an activation function that are worth knowing before one is chosen. */
export interface Info<P extends string = string> {
  readonly name: string;
  readonly formula: string;
  /** The least interval that holds f. */
  readonly range: Interval;
  /** The least interval that holds f'. */
  readonly derivativeRange: Interval;
  /** The sides on which f' goes to 0. */
  readonly saturates: 'both' | 'left' | 'right' | 'none';
  /** Whether f(-x) = -f(x): inputs with mean 0 then give outputs with mean 0. */
  readonly zeroCentered: boolean;
  readonly monotonic: boolean;
  readonly parameters: Readonly<Record<P, Parameter>>;
  /** Where f has no derivative, and what is taken for it. */
  readonly kinks: readonly { readonly x: string; readonly derivative: string }[];
  /** Measured maximum error in units in the last place: of f, and of f' in all its forms. */
  readonly accuracy: { readonly f32: readonly [f: number, derivative: number]; readonly f64: readonly [f: number, derivative: number] };
  /** The paper or specification the function is usually cited from. */
  readonly source: string;
}

export interface Row<P extends string = string> extends Info<P> {
  /** Stem of the kernel's exports, where it is not `name`. */
  readonly kernel?: string;
  /** The parameters as the kernel wants them. Throws a RangeError if they do not go together. */
  readonly prepare: (values: Values<P>) => KernelParameters;
  /** f and f' of one number in double precision: the fallback. */
  readonly scalar: {
    readonly forward: Scalar;
    readonly derivative: Scalar;
    /** Absent where f' is no function of y = f(x). */
    readonly derivativeFromOutput?: Scalar;
  };
  /** Throws a RangeError where f' is no function of y for these parameters. */
  readonly requireInvertible?: (values: Values<P>) => void;
}

/** A row whose derivative is a function of the output. */
export type InvertibleRow<P extends string = string> = Row<P> & {
  readonly scalar: { readonly derivativeFromOutput: Scalar };
};

const none: KernelParameters = { a: 0, b: 0, c: 0, lower: 0, upper: 0 };

/** Unlike Math.min and Math.max it leaves a -0 at a bound of 0 as it is, as the instructions do. */
const clamp = (x: number, lower: number, upper: number): number => (x < lower ? lower : x > upper ? upper : x);

const sigmoid = {
  name: 'sigmoid',
  formula: '1 / (1 + e^-x)',
  range: [0, 1],
  derivativeRange: [0, 0.25],
  saturates: 'both',
  zeroCentered: false,
  monotonic: true,
  parameters: {},
  kinks: [],
  accuracy: { f32: [1.78, 3], f64: [1.66, 3.13] },
  source: 'Rumelhart, Hinton and Williams: Learning representations by back-propagating errors. Nature 323, 1986',
  prepare: () => none,
  scalar: {
    forward(x) {
      if (x >= 0) return 1 / (1 + Math.exp(-x));
      const e = Math.exp(x);
      return e / (1 + e);
    },
    derivative(x) {
      const e = Math.exp(-Math.abs(x));
      return e / ((1 + e) * (1 + e));
    },
    derivativeFromOutput: (y) => y * (1 - y),
  },
} as const satisfies InvertibleRow<never>;

const tanh = {
  name: 'tanh',
  formula: '(e^x - e^-x) / (e^x + e^-x)',
  range: [-1, 1],
  derivativeRange: [0, 1],
  saturates: 'both',
  zeroCentered: true,
  monotonic: true,
  parameters: {},
  kinks: [],
  accuracy: { f32: [1.82, 3.06], f64: [1.51, 3.08] },
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

const relu = {
  name: 'relu',
  formula: 'max(x, 0)',
  range: [0, Infinity],
  derivativeRange: [0, 1],
  saturates: 'left',
  zeroCentered: false,
  monotonic: true,
  parameters: {},
  kinks: [{ x: '0', derivative: '0' }],
  accuracy: { f32: [0, 0], f64: [0, 0] },
  source: 'Nair and Hinton: Rectified linear units improve restricted Boltzmann machines. ICML 2010',
  prepare: () => none,
  scalar: {
    forward: (x) => (x < 0 ? 0 : x),
    derivative: (x) => (x !== x ? x : x > 0 ? 1 : 0),
    derivativeFromOutput: (y) => (y !== y ? y : y > 0 ? 1 : 0),
  },
} as const satisfies InvertibleRow<never>;

const leakyRelu = {
  name: 'leakyRelu',
  formula: 'x for x > 0, alpha x otherwise',
  range: [-Infinity, Infinity],
  derivativeRange: [0.01, 1],
  saturates: 'none',
  zeroCentered: false,
  monotonic: true,
  parameters: { alpha: { default: 0.01 } },
  kinks: [{ x: '0', derivative: 'alpha' }],
  accuracy: { f32: [0.84, 0.84], f64: [0.5, 0.5] },
  source: 'Maas, Hannun and Ng: Rectifier nonlinearities improve neural network acoustic models. ICML 2013',
  // 0 times -Infinity is not 0.
  prepare: ({ alpha }) => (alpha === 0 ? { ...none, kernel: 'relu' } : { ...none, a: alpha }),
  scalar: {
    forward: (x, p) => (x > 0 ? x : x * p.a),
    derivative: (x, p) => (x !== x ? x : x > 0 ? 1 : p.a),
    derivativeFromOutput: (y, p) => (y !== y ? y : y > 0 ? 1 : p.a),
  },
  requireInvertible({ alpha }) {
    if (alpha < 0) throw new RangeError(`alpha must not be negative, since the sign of x cannot be told from y then; got ${alpha}`);
  },
} as const satisfies InvertibleRow<'alpha'>;

const hardSigmoid = {
  name: 'hardSigmoid',
  formula: 'min(max(alpha x + beta, 0), 1)',
  range: [0, 1],
  derivativeRange: [0, 0.2],
  saturates: 'both',
  zeroCentered: false,
  monotonic: true,
  parameters: { alpha: { default: 0.2 }, beta: { default: 0.5 } },
  kinks: [
    { x: '-beta/alpha', derivative: '0' },
    { x: '(1 - beta)/alpha', derivative: '0' },
  ],
  accuracy: { f32: [1.4, 0.6], f64: [1.3, 0.5] },
  source: 'W3C: Web Neural Network API, hardSigmoid; ONNX operators, HardSigmoid',
  // The line as a (x + b) + c: see assembly/activations/hard-sigmoid.ts.
  prepare({ alpha, beta }) {
    if (alpha === 0) {
      const constant = Math.min(Math.max(beta, 0), 1);
      return { ...none, lower: constant, upper: constant, kernel: 'hardTanh' };
    }
    const b = beta / alpha;
    const kinks = [-b, (1 - beta) / alpha];
    const bounds = { lower: Math.min(...kinks), upper: Math.max(...kinks) };
    // A slope so small that the line crosses 0 where there are no numbers needs no such care.
    return Math.abs(b) < 2 ** 100 ? { ...none, ...bounds, a: alpha, b } : { ...none, ...bounds, a: alpha, c: beta };
  },
  scalar: {
    forward: (x, p) => clamp((x + p.b) * p.a + p.c, 0, 1),
    derivative: (x, p) => (x !== x ? x : x > p.lower && x < p.upper ? p.a : 0),
    derivativeFromOutput: (y, p) => (y !== y ? y : y > 0 && y < 1 ? p.a : 0),
  },
} as const satisfies InvertibleRow<'alpha' | 'beta'>;

const hardTanh = {
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
  accuracy: { f32: [0, 0], f64: [0, 0] },
  source: 'Collobert: Large scale machine learning. PhD thesis, Université Paris VI, 2004',
  prepare({ min, max }) {
    if (min > max) throw new RangeError(`min must not be above max, got min ${min} and max ${max}`);
    return { ...none, lower: min, upper: max };
  },
  scalar: {
    forward: (x, p) => clamp(x, p.lower, p.upper),
    derivative: (x, p) => (x !== x ? x : x > p.lower && x < p.upper ? 1 : 0),
    derivativeFromOutput: (y, p) => (y !== y ? y : y > p.lower && y < p.upper ? 1 : 0),
  },
} as const satisfies InvertibleRow<'min' | 'max'>;

const heaviside = {
  name: 'heaviside',
  formula: '0 for x < 0, at0 for x = 0, 1 for x > 0',
  range: [0, 1],
  derivativeRange: [0, 0],
  saturates: 'both',
  zeroCentered: false,
  monotonic: true,
  parameters: { at0: { default: 0.5 } },
  kinks: [{ x: '0', derivative: '0' }],
  accuracy: { f32: [0, 0], f64: [0, 0] },
  source: 'McCulloch and Pitts: A logical calculus of the ideas immanent in nervous activity. Bull. Math. Biophysics 5, 1943',
  prepare: ({ at0 }) => ({ ...none, a: at0 }),
  scalar: {
    forward: (x, p) => (x > 0 ? 1 : x < 0 ? 0 : x === 0 ? p.a : x),
    derivative: (x) => (x !== x ? x : 0),
  },
} as const satisfies Row<'at0'>;

/** The variants of hardSigmoid differ in the slope only. */
const hardSigmoidWith = <const N extends string>(name: N, alpha: number, accuracy: Info['accuracy'], source: string) =>
  ({
    ...hardSigmoid,
    name,
    kernel: 'hardSigmoid',
    derivativeRange: [0, alpha],
    parameters: { alpha: { default: alpha }, beta: { default: 0.5 } },
    accuracy,
    source,
  }) as const satisfies InvertibleRow<'alpha' | 'beta'>;

export const catalogue = {
  sigmoid,
  tanh,
  relu,
  leakyRelu,
  hardSigmoid,
  /** hardSigmoid with the first two terms of the logistic function's Taylor series at 0: x/4 + 1/2. */
  hardLogistic: hardSigmoidWith(
    'hardLogistic',
    0.25,
    { f32: [0.5, 0], f64: [0.5, 0] },
    'first-order Taylor polynomial of the logistic function at 0',
  ),
  hardTanh,
  heaviside,
} as const;

/** hardSigmoid with PyTorch's slope. */
export const hardSigmoidTorch = hardSigmoidWith(
  'hardSigmoid.torch',
  1 / 6,
  { f32: [1.34, 0.67], f64: [1.17, 0.5] },
  'Howard et al.: Searching for MobileNetV3. ICCV 2019 (h-sigmoid); torch.nn.functional.hardsigmoid',
);
