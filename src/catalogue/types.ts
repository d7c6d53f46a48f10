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

/** The parameters of a kernel that reads none. */
export const none: KernelParameters = { a: 0, b: 0, c: 0, lower: 0, upper: 0 };

/** Parameters as the lanes of float32 hold them: see `Parameters.set` in assembly/activation.ts. */
export function inSingle({ a, b, c, lower, upper }: KernelParameters): KernelParameters {
  const { fround } = Math;
  const single = Number.isFinite(fround(b)) ? fround(b) : 0;
  // In a line a (x + b) + c, what b loses in single precision stays in c.
  return { a: fround(a), b: single, c: fround(c + a * (b - single)), lower: fround(lower), upper: fround(upper) };
}

/** What `lower` is for kernels with a fast way for f32: the least x that goes it (see assembly/math/single.ts), Infinity where none does. */
export const fastFrom = (allowed: boolean): number => (allowed ? -87 : Infinity);

export interface NumberParameter {
  readonly default: number;
  /** Whether it may be infinite; a NaN never is legal. */
  readonly infinite?: boolean;
  /** The least legal value. */
  readonly least?: number;
  /** What legal values are above of. */
  readonly above?: number;
  /** Whether it multiplies or divides: a legal value then is 0 or has a magnitude from 1e-100 to 1e100. */
  readonly factor?: boolean;
}

export interface ChoiceParameter {
  readonly default: string;
  /** All legal values. */
  readonly values: readonly string[];
}

export type Parameter = NumberParameter | ChoiceParameter;

export type Interval = readonly [low: number, high: number];

/** A function of one number. */
export type Scalar = (x: number, p: KernelParameters) => number;

export type Approximation = 'none' | 'tanh' | 'quick';

/** What the parameters of these names are given as: numbers, but for gelu's choice. */
export type Values<P extends string> = { readonly [K in P]: K extends 'approximate' ? Approximation : number };

/** The largest errors in units in the last place: of f, and of f' in all its forms. */
export interface Accuracy {
  readonly f32: readonly [f: number, derivative: number];
  readonly f64: readonly [f: number, derivative: number];
}

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
  /** Measured of the default kernels, and of those with relaxed SIMD where the processor fuses. */
  readonly accuracy: Accuracy & { readonly relaxed: Accuracy };
  /** The paper or specification the function is usually cited from. */
  readonly source: string;
}

export interface Row<P extends string = string> extends Info<P> {
  /** Stem of the kernel's exports, where it is not `name`. */
  readonly kernel?: string;
  /** Whether the kernel computes in double precision, whatever the elements are: its parameters are not rounded then. */
  readonly wide?: boolean;
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
