/**
 * Loops in JavaScript for arrays so short that a call of wasm takes longer: functions made of lines, and softsign, whose few
 * steps have the same bits here and there. Every loop is written out, once an element type, since V8 compiles each on its own only then:
 * one that calls a function given to it, or has seen both types, takes longer.
 */
import { type KernelParameters, inSingle } from './catalogue/index.js';
import { type FloatTypedArray, MOST_SINGLE } from './numeric.js';

/** Up to so many elements the loops are faster than their kernels, by measurement. */
export const SHORT = 24;
/** Up to so many of float32 where much has to be rounded on the way. */
const SHORT_ROUNDED: Readonly<Record<string, number>> = { hardSigmoid: 16, hardSwish: 16, softShrink: 16, softsign: 12 };

type UnaryLoop<A> = (x: A, y: A, p: KernelParameters) => void;
type BinaryLoop<A> = (dy: A, x: A, dx: A, p: KernelParameters) => void;

type Direction = 'forward' | 'backward' | 'backwardFromOutput';

/** The loops of a kernel. */
interface Loops<A> {
  readonly forward: UnaryLoop<A>;
  readonly backward: BinaryLoop<A>;
  readonly backwardFromOutput?: BinaryLoop<A>;
}

// The functions: not those of the catalogue, since V8 inlines best what nobody else calls, and parameters that are numbers.

/** `condition` does not hold for a NaN. */
const slope = (x: number, condition: boolean, value = 1): number => (condition ? value : x !== x ? x : 0);

const relu = (x: number): number => (x < 0 ? 0 : x);
const reluSlope = (x: number): number => slope(x, x > 0);
const within = (x: number, lower: number, upper: number): number => (x < lower ? lower : x > upper ? upper : x);
const hardTanhSlope = (x: number, lower: number, upper: number): number => slope(x, x > lower && x < upper);
const clampSlope = (x: number, lower: number, upper: number): number => slope(x, x >= lower && x <= upper);
const leakyRelu = (x: number, a: number): number => (x > 0 ? x : x * a);
const leakyReluSlope = (x: number, a: number): number => (x > 0 ? 1 : x !== x ? x : a);
const threshold = (x: number, a: number, lower: number): number => (x <= lower ? a : x);
const thresholdSlope = (x: number, lower: number): number => slope(x, x > lower);
const hardShrink = (x: number, upper: number): number => (Math.abs(x) <= upper ? 0 : x);
const hardShrinkSlope = (x: number, upper: number): number => slope(x, Math.abs(x) > upper);
const shrunkSlope = (y: number): number => slope(y, y > 0 || y < 0);
const softShrink = (x: number, shrunk: number): number => (shrunk > 0 ? (x < 0 ? -shrunk : shrunk) : x * 0);
const heaviside = (x: number, a: number): number => (x > 0 ? 1 : x === 0 ? a : x < 0 ? 0 : x);
const heavisideSlope = (x: number): number => (x !== x ? x : 0);
const hardSigmoidSlope = (x: number, a: number, lower: number, upper: number): number => slope(x, x > lower && x < upper, a);
const hardSwish = (x: number, curved: number): number => (x < 3 ? curved : x);
const hardSwishSlope = (x: number, line: number): number => slope(x, x > -3, x < 3 ? line : 1);
const left = (x: number): number => (x < -3 ? -3 : x);
const withSign = (magnitude: number, x: number): number => (x < 0 ? -magnitude : x > 0 ? magnitude : x);
const affineSlope = (x: number, a: number): number => (x !== x ? x : a);

/** The largest finite number in place of infinity, of which softsign is 1, too. */
const finite = (x: number, largest: number): number => Math.min(Math.abs(x), largest);
const softsign = (x: number): number => withSign(finite(x, Number.MAX_VALUE) / (1 + finite(x, Number.MAX_VALUE)), x);
const softsignSlope = (y: number): number => (1 - Math.abs(y)) * (1 - Math.abs(y));

const line = (x: number, a: number, b: number, c: number): number => (x + b) * a + c;
const shrunk = (x: number, b: number, c: number): number => Math.abs(x) + b + c;
const curve = (x: number): number => (left(x) * (left(x) + 3)) / 6;
const curveSlope = (x: number): number => (x + 1.5) / 3;

// The same in steps that are rounded as the lanes of f32 are.

const { fround } = Math;
/** A constant of this module, which V8 puts into the code; one of another it would read at every element. */
const LARGEST_SINGLE = MOST_SINGLE;

const lineSingle = (x: number, a: number, b: number, c: number): number => fround(fround(x + b) * a) + c;
const shrunkSingle = (x: number, b: number, c: number): number => fround(fround(Math.abs(x) + b) + c);
const curveSingle = (x: number): number => fround(left(x) * fround(left(x) + 3)) / 6;
const softsignSingle = (x: number): number => withSign(finite(x, LARGEST_SINGLE) / fround(1 + finite(x, LARGEST_SINGLE)), x);
const softsignSlopeSingle = (y: number): number => fround(fround(1 - Math.abs(y)) * fround(1 - Math.abs(y)));
const curveSlopeSingle = (x: number): number => fround(fround(x + 1.5) / 3);

/** By the stems of the kernels. */
const singles: Readonly<Record<string, Loops<Float32Array>>> = {
  relu: {
    forward(x, y) { for (let i = 0; i < x.length; i++) y[i] = relu(x[i]!); },
    backward(dy, x, dx) { for (let i = 0; i < x.length; i++) dx[i] = dy[i]! * reluSlope(x[i]!); },
    backwardFromOutput(dy, y, dx) { for (let i = 0; i < y.length; i++) dx[i] = dy[i]! * reluSlope(y[i]!); },
  },
  hardTanh: {
    forward(x, y, { lower, upper }) { for (let i = 0; i < x.length; i++) y[i] = within(x[i]!, lower, upper); },
    backward(dy, x, dx, { lower, upper }) { for (let i = 0; i < x.length; i++) dx[i] = dy[i]! * hardTanhSlope(x[i]!, lower, upper); },
    backwardFromOutput(dy, y, dx, { lower, upper }) { for (let i = 0; i < y.length; i++) dx[i] = dy[i]! * hardTanhSlope(y[i]!, lower, upper); },
  },
  clamp: {
    forward(x, y, { lower, upper }) { for (let i = 0; i < x.length; i++) y[i] = within(x[i]!, lower, upper); },
    backward(dy, x, dx, { lower, upper }) { for (let i = 0; i < x.length; i++) dx[i] = dy[i]! * clampSlope(x[i]!, lower, upper); },
  },
  leakyRelu: {
    forward(x, y, { a }) { for (let i = 0; i < x.length; i++) y[i] = leakyRelu(x[i]!, a); },
    backward(dy, x, dx, { a }) { for (let i = 0; i < x.length; i++) dx[i] = dy[i]! * leakyReluSlope(x[i]!, a); },
    backwardFromOutput(dy, y, dx, { a }) { for (let i = 0; i < y.length; i++) dx[i] = dy[i]! * leakyReluSlope(y[i]!, a); },
  },
  threshold: {
    forward(x, y, { a, lower }) { for (let i = 0; i < x.length; i++) y[i] = threshold(x[i]!, a, lower); },
    backward(dy, x, dx, { lower }) { for (let i = 0; i < x.length; i++) dx[i] = dy[i]! * thresholdSlope(x[i]!, lower); },
    backwardFromOutput(dy, y, dx, { lower }) { for (let i = 0; i < y.length; i++) dx[i] = dy[i]! * thresholdSlope(y[i]!, lower); },
  },
  hardShrink: {
    forward(x, y, { upper }) { for (let i = 0; i < x.length; i++) y[i] = hardShrink(x[i]!, upper); },
    backward(dy, x, dx, { upper }) { for (let i = 0; i < x.length; i++) dx[i] = dy[i]! * hardShrinkSlope(x[i]!, upper); },
    backwardFromOutput(dy, y, dx) { for (let i = 0; i < y.length; i++) dx[i] = dy[i]! * shrunkSlope(y[i]!); },
  },
  softShrink: {
    forward(x, y, { b, c }) { for (let i = 0; i < x.length; i++) y[i] = softShrink(x[i]!, shrunkSingle(x[i]!, b, c)); },
    backward(dy, x, dx, { b, c }) { for (let i = 0; i < x.length; i++) dx[i] = dy[i]! * slope(x[i]!, shrunkSingle(x[i]!, b, c) > 0); },
    backwardFromOutput(dy, y, dx) { for (let i = 0; i < y.length; i++) dx[i] = dy[i]! * shrunkSlope(y[i]!); },
  },
  heaviside: {
    forward(x, y, { a }) { for (let i = 0; i < x.length; i++) y[i] = heaviside(x[i]!, a); },
    backward(dy, x, dx) { for (let i = 0; i < x.length; i++) dx[i] = dy[i]! * heavisideSlope(x[i]!); },
  },
  hardSigmoid: {
    forward(x, y, { a, b, c }) { for (let i = 0; i < x.length; i++) y[i] = within(lineSingle(x[i]!, a, b, c), 0, 1); },
    backward(dy, x, dx, { a, lower, upper }) { for (let i = 0; i < x.length; i++) dx[i] = dy[i]! * hardSigmoidSlope(x[i]!, a, lower, upper); },
    backwardFromOutput(dy, y, dx, { a }) { for (let i = 0; i < y.length; i++) dx[i] = dy[i]! * hardSigmoidSlope(y[i]!, a, 0, 1); },
  },
  hardSwish: {
    forward(x, y) { for (let i = 0; i < x.length; i++) y[i] = hardSwish(x[i]!, curveSingle(x[i]!)); },
    backward(dy, x, dx) { for (let i = 0; i < x.length; i++) dx[i] = dy[i]! * hardSwishSlope(x[i]!, curveSlopeSingle(x[i]!)); },
  },
  affine: {
    forward(x, y, { a, b, c }) { for (let i = 0; i < x.length; i++) y[i] = line(x[i]!, a, b, c); },
    backward(dy, x, dx, { a }) { for (let i = 0; i < x.length; i++) dx[i] = dy[i]! * affineSlope(x[i]!, a); },
    backwardFromOutput(dy, y, dx, { a }) { for (let i = 0; i < y.length; i++) dx[i] = dy[i]! * affineSlope(y[i]!, a); },
  },
  softsign: {
    forward(x, y) { for (let i = 0; i < x.length; i++) y[i] = softsignSingle(x[i]!); },
    backward(dy, x, dx) { for (let i = 0; i < x.length; i++) dx[i] = fround(dy[i]! / fround(1 + Math.abs(x[i]!))) / fround(1 + Math.abs(x[i]!)); },
    backwardFromOutput(dy, y, dx) { for (let i = 0; i < y.length; i++) dx[i] = dy[i]! * softsignSlopeSingle(y[i]!); },
  },
};

const doubles: Readonly<Record<string, Loops<Float64Array>>> = {
  relu: {
    forward(x, y) { for (let i = 0; i < x.length; i++) y[i] = relu(x[i]!); },
    backward(dy, x, dx) { for (let i = 0; i < x.length; i++) dx[i] = dy[i]! * reluSlope(x[i]!); },
    backwardFromOutput(dy, y, dx) { for (let i = 0; i < y.length; i++) dx[i] = dy[i]! * reluSlope(y[i]!); },
  },
  hardTanh: {
    forward(x, y, { lower, upper }) { for (let i = 0; i < x.length; i++) y[i] = within(x[i]!, lower, upper); },
    backward(dy, x, dx, { lower, upper }) { for (let i = 0; i < x.length; i++) dx[i] = dy[i]! * hardTanhSlope(x[i]!, lower, upper); },
    backwardFromOutput(dy, y, dx, { lower, upper }) { for (let i = 0; i < y.length; i++) dx[i] = dy[i]! * hardTanhSlope(y[i]!, lower, upper); },
  },
  clamp: {
    forward(x, y, { lower, upper }) { for (let i = 0; i < x.length; i++) y[i] = within(x[i]!, lower, upper); },
    backward(dy, x, dx, { lower, upper }) { for (let i = 0; i < x.length; i++) dx[i] = dy[i]! * clampSlope(x[i]!, lower, upper); },
  },
  leakyRelu: {
    forward(x, y, { a }) { for (let i = 0; i < x.length; i++) y[i] = leakyRelu(x[i]!, a); },
    backward(dy, x, dx, { a }) { for (let i = 0; i < x.length; i++) dx[i] = dy[i]! * leakyReluSlope(x[i]!, a); },
    backwardFromOutput(dy, y, dx, { a }) { for (let i = 0; i < y.length; i++) dx[i] = dy[i]! * leakyReluSlope(y[i]!, a); },
  },
  threshold: {
    forward(x, y, { a, lower }) { for (let i = 0; i < x.length; i++) y[i] = threshold(x[i]!, a, lower); },
    backward(dy, x, dx, { lower }) { for (let i = 0; i < x.length; i++) dx[i] = dy[i]! * thresholdSlope(x[i]!, lower); },
    backwardFromOutput(dy, y, dx, { lower }) { for (let i = 0; i < y.length; i++) dx[i] = dy[i]! * thresholdSlope(y[i]!, lower); },
  },
  hardShrink: {
    forward(x, y, { upper }) { for (let i = 0; i < x.length; i++) y[i] = hardShrink(x[i]!, upper); },
    backward(dy, x, dx, { upper }) { for (let i = 0; i < x.length; i++) dx[i] = dy[i]! * hardShrinkSlope(x[i]!, upper); },
    backwardFromOutput(dy, y, dx) { for (let i = 0; i < y.length; i++) dx[i] = dy[i]! * shrunkSlope(y[i]!); },
  },
  softShrink: {
    forward(x, y, { b, c }) { for (let i = 0; i < x.length; i++) y[i] = softShrink(x[i]!, shrunk(x[i]!, b, c)); },
    backward(dy, x, dx, { b, c }) { for (let i = 0; i < x.length; i++) dx[i] = dy[i]! * slope(x[i]!, shrunk(x[i]!, b, c) > 0); },
    backwardFromOutput(dy, y, dx) { for (let i = 0; i < y.length; i++) dx[i] = dy[i]! * shrunkSlope(y[i]!); },
  },
  heaviside: {
    forward(x, y, { a }) { for (let i = 0; i < x.length; i++) y[i] = heaviside(x[i]!, a); },
    backward(dy, x, dx) { for (let i = 0; i < x.length; i++) dx[i] = dy[i]! * heavisideSlope(x[i]!); },
  },
  hardSigmoid: {
    forward(x, y, { a, b, c }) { for (let i = 0; i < x.length; i++) y[i] = within(line(x[i]!, a, b, c), 0, 1); },
    backward(dy, x, dx, { a, lower, upper }) { for (let i = 0; i < x.length; i++) dx[i] = dy[i]! * hardSigmoidSlope(x[i]!, a, lower, upper); },
    backwardFromOutput(dy, y, dx, { a }) { for (let i = 0; i < y.length; i++) dx[i] = dy[i]! * hardSigmoidSlope(y[i]!, a, 0, 1); },
  },
  hardSwish: {
    forward(x, y) { for (let i = 0; i < x.length; i++) y[i] = hardSwish(x[i]!, curve(x[i]!)); },
    backward(dy, x, dx) { for (let i = 0; i < x.length; i++) dx[i] = dy[i]! * hardSwishSlope(x[i]!, curveSlope(x[i]!)); },
  },
  affine: {
    forward(x, y, { a, b, c }) { for (let i = 0; i < x.length; i++) y[i] = line(x[i]!, a, b, c); },
    backward(dy, x, dx, { a }) { for (let i = 0; i < x.length; i++) dx[i] = dy[i]! * affineSlope(x[i]!, a); },
    backwardFromOutput(dy, y, dx, { a }) { for (let i = 0; i < y.length; i++) dx[i] = dy[i]! * affineSlope(y[i]!, a); },
  },
  softsign: {
    forward(x, y) { for (let i = 0; i < x.length; i++) y[i] = softsign(x[i]!); },
    backward(dy, x, dx) { for (let i = 0; i < x.length; i++) dx[i] = dy[i]! / (1 + Math.abs(x[i]!)) / (1 + Math.abs(x[i]!)); },
    backwardFromOutput(dy, y, dx) { for (let i = 0; i < y.length; i++) dx[i] = dy[i]! * softsignSlope(y[i]!); },
  },
};

/** What runs in place of a kernel: a loop for either type of elements, and the parameters as its lanes hold them. */
class ShortWay<Single, Double> {
  /** An output that is all of its buffer, and so starts where any other array starts or before. */
  whole: FloatTypedArray | undefined = undefined;

  constructor(
    readonly single: Single,
    readonly double: Double,
    readonly inSingle: KernelParameters,
    readonly inDouble: KernelParameters,
    /** The most elements, of either type. */
    readonly mostSingle: number,
    readonly mostDouble: number,
  ) {}

  /** Whether writing `out`, from its first element on, never gets ahead of reading x. */
  follows(out: FloatTypedArray, x: FloatTypedArray): boolean {
    if (out === x) return true;
    // Asking for places may take as long as a loop: so an output that starts before all others is remembered.
    const { byteOffset } = out;
    if (byteOffset === 0 && out.buffer.byteLength === out.byteLength) this.whole = out;
    return byteOffset <= x.byteOffset;
  }
}

export type UnaryWay = ShortWay<UnaryLoop<Float32Array>, UnaryLoop<Float64Array>>;
export type BinaryWay = ShortWay<BinaryLoop<Float32Array>, BinaryLoop<Float64Array>>;

/** The short way of a kernel, if it has one. */
export function shortWay(stem: string, direction: string, parameters: KernelParameters): UnaryWay | BinaryWay | undefined {
  const single = singles[stem]?.[direction as Direction];
  const double = doubles[stem]?.[direction as Direction];
  if (!single || !double) return undefined;
  const { a, b, c, lower, upper } = parameters;
  // Objects made in one place, so that V8 finds them all alike. The lanes of affine are f64 for either type.
  const inDouble = { a, b, c, lower, upper };
  return new ShortWay(single, double, stem === 'affine' ? inDouble : inSingle(parameters), inDouble, SHORT_ROUNDED[stem] ?? SHORT, SHORT) as UnaryWay | BinaryWay;
}
