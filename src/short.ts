/**
 * Loops in JavaScript for arrays so short that a call of wasm takes longer: functions made of lines, whose few steps have
 * the same bits here and there. Every loop is written out, once an element type, since V8 compiles each on its own only then:
 * one that calls a function given to it, or has seen both types, takes twice as long.
 */
import { type KernelParameters, catalogue, inSingle } from './catalogue/index.js';
import { clamped } from './catalogue/lines.js';
import type { FloatTypedArray } from './numeric.js';

/** Up to so many elements the loops are faster than their kernels. */
export const SHORT = 16;

type UnaryLoop<A> = (x: A, y: A, p: KernelParameters) => void;
type BinaryLoop<A> = (dy: A, x: A, dx: A, p: KernelParameters) => void;

/** The loops of a kernel. */
interface Loops<A> {
  readonly forward: UnaryLoop<A>;
  readonly backward: BinaryLoop<A>;
  readonly backwardFromOutput?: BinaryLoop<A>;
}

const { forward: relu, derivative: reluSlope } = catalogue.relu.scalar;
const { forward: within, derivative: hardTanhSlope } = catalogue.hardTanh.scalar;
const { derivative: clampSlope } = catalogue.clamp.scalar;
const { forward: leakyRelu, derivative: leakyReluSlope } = catalogue.leakyRelu.scalar;
const { forward: threshold, derivative: thresholdSlope } = catalogue.threshold.scalar;
const { forward: hardShrink, derivative: hardShrinkSlope, derivativeFromOutput: shrunkSlope } = catalogue.hardShrink.scalar;
const { forward: softShrink, derivative: softShrinkSlope } = catalogue.softShrink.scalar;
const { forward: heaviside, derivative: heavisideSlope } = catalogue.heaviside.scalar;
const { forward: hardSigmoid, derivative: hardSigmoidSlope, derivativeFromOutput: hardSigmoidSlopeFromOutput } = catalogue.hardSigmoid.scalar;
const { forward: hardSwish, derivative: hardSwishSlope } = catalogue.hardSwish.scalar;
const { forward: affine, derivative: affineSlope } = catalogue.affine.scalar;

// Those of several steps, each rounded as the lanes of f32 are.

const { fround } = Math;

const hardSigmoidSingle = (x: number, { a, b, c }: KernelParameters): number => clamped(fround(fround(x + b) * a) + c, 0, 1);

const shrunkSingle = (x: number, { b, c }: KernelParameters): number => fround(fround(Math.abs(x) + b) + c);

function softShrinkSingle(x: number, p: KernelParameters): number {
  const shrunk = shrunkSingle(x, p);
  return shrunk > 0 ? (x < 0 ? -shrunk : shrunk) : x * 0;
}

const softShrinkSlopeSingle = (x: number, p: KernelParameters): number => (x !== x ? x : shrunkSingle(x, p) > 0 ? 1 : 0);

function hardSwishSingle(x: number): number {
  const left = x < -3 ? -3 : x;
  return x < 3 ? fround(left * fround(left + 3)) / 6 : x;
}

const hardSwishSlopeSingle = (x: number): number => (x !== x ? x : x > -3 ? (x < 3 ? fround(fround(x + 1.5) / 3) : 1) : 0);

/** By the stems of the kernels. */
const singles: Readonly<Record<string, Loops<Float32Array>>> = {
  relu: {
    forward(x, y) { for (let i = 0; i < x.length; i++) y[i] = relu(x[i]!); },
    backward(dy, x, dx) { for (let i = 0; i < x.length; i++) dx[i] = dy[i]! * reluSlope(x[i]!); },
    backwardFromOutput(dy, y, dx) { for (let i = 0; i < y.length; i++) dx[i] = dy[i]! * reluSlope(y[i]!); },
  },
  hardTanh: {
    forward(x, y, p) { for (let i = 0; i < x.length; i++) y[i] = within(x[i]!, p); },
    backward(dy, x, dx, p) { for (let i = 0; i < x.length; i++) dx[i] = dy[i]! * hardTanhSlope(x[i]!, p); },
    backwardFromOutput(dy, y, dx, p) { for (let i = 0; i < y.length; i++) dx[i] = dy[i]! * hardTanhSlope(y[i]!, p); },
  },
  clamp: {
    forward(x, y, p) { for (let i = 0; i < x.length; i++) y[i] = within(x[i]!, p); },
    backward(dy, x, dx, p) { for (let i = 0; i < x.length; i++) dx[i] = dy[i]! * clampSlope(x[i]!, p); },
  },
  leakyRelu: {
    forward(x, y, p) { for (let i = 0; i < x.length; i++) y[i] = leakyRelu(x[i]!, p); },
    backward(dy, x, dx, p) { for (let i = 0; i < x.length; i++) dx[i] = dy[i]! * leakyReluSlope(x[i]!, p); },
    backwardFromOutput(dy, y, dx, p) { for (let i = 0; i < y.length; i++) dx[i] = dy[i]! * leakyReluSlope(y[i]!, p); },
  },
  threshold: {
    forward(x, y, p) { for (let i = 0; i < x.length; i++) y[i] = threshold(x[i]!, p); },
    backward(dy, x, dx, p) { for (let i = 0; i < x.length; i++) dx[i] = dy[i]! * thresholdSlope(x[i]!, p); },
    backwardFromOutput(dy, y, dx, p) { for (let i = 0; i < y.length; i++) dx[i] = dy[i]! * thresholdSlope(y[i]!, p); },
  },
  hardShrink: {
    forward(x, y, p) { for (let i = 0; i < x.length; i++) y[i] = hardShrink(x[i]!, p); },
    backward(dy, x, dx, p) { for (let i = 0; i < x.length; i++) dx[i] = dy[i]! * hardShrinkSlope(x[i]!, p); },
    backwardFromOutput(dy, y, dx) { for (let i = 0; i < y.length; i++) dx[i] = dy[i]! * shrunkSlope(y[i]!); },
  },
  softShrink: {
    forward(x, y, p) { for (let i = 0; i < x.length; i++) y[i] = softShrinkSingle(x[i]!, p); },
    backward(dy, x, dx, p) { for (let i = 0; i < x.length; i++) dx[i] = dy[i]! * softShrinkSlopeSingle(x[i]!, p); },
    backwardFromOutput(dy, y, dx) { for (let i = 0; i < y.length; i++) dx[i] = dy[i]! * shrunkSlope(y[i]!); },
  },
  heaviside: {
    forward(x, y, p) { for (let i = 0; i < x.length; i++) y[i] = heaviside(x[i]!, p); },
    backward(dy, x, dx) { for (let i = 0; i < x.length; i++) dx[i] = dy[i]! * heavisideSlope(x[i]!); },
  },
  hardSigmoid: {
    forward(x, y, p) { for (let i = 0; i < x.length; i++) y[i] = hardSigmoidSingle(x[i]!, p); },
    backward(dy, x, dx, p) { for (let i = 0; i < x.length; i++) dx[i] = dy[i]! * hardSigmoidSlope(x[i]!, p); },
    backwardFromOutput(dy, y, dx, p) { for (let i = 0; i < y.length; i++) dx[i] = dy[i]! * hardSigmoidSlopeFromOutput(y[i]!, p); },
  },
  hardSwish: {
    forward(x, y) { for (let i = 0; i < x.length; i++) y[i] = hardSwishSingle(x[i]!); },
    backward(dy, x, dx) { for (let i = 0; i < x.length; i++) dx[i] = dy[i]! * hardSwishSlopeSingle(x[i]!); },
  },
  affine: {
    forward(x, y, p) { for (let i = 0; i < x.length; i++) y[i] = affine(x[i]!, p); },
    backward(dy, x, dx, p) { for (let i = 0; i < x.length; i++) dx[i] = dy[i]! * affineSlope(x[i]!, p); },
    backwardFromOutput(dy, y, dx, p) { for (let i = 0; i < y.length; i++) dx[i] = dy[i]! * affineSlope(y[i]!, p); },
  },
};

const doubles: Readonly<Record<string, Loops<Float64Array>>> = {
  relu: {
    forward(x, y) { for (let i = 0; i < x.length; i++) y[i] = relu(x[i]!); },
    backward(dy, x, dx) { for (let i = 0; i < x.length; i++) dx[i] = dy[i]! * reluSlope(x[i]!); },
    backwardFromOutput(dy, y, dx) { for (let i = 0; i < y.length; i++) dx[i] = dy[i]! * reluSlope(y[i]!); },
  },
  hardTanh: {
    forward(x, y, p) { for (let i = 0; i < x.length; i++) y[i] = within(x[i]!, p); },
    backward(dy, x, dx, p) { for (let i = 0; i < x.length; i++) dx[i] = dy[i]! * hardTanhSlope(x[i]!, p); },
    backwardFromOutput(dy, y, dx, p) { for (let i = 0; i < y.length; i++) dx[i] = dy[i]! * hardTanhSlope(y[i]!, p); },
  },
  clamp: {
    forward(x, y, p) { for (let i = 0; i < x.length; i++) y[i] = within(x[i]!, p); },
    backward(dy, x, dx, p) { for (let i = 0; i < x.length; i++) dx[i] = dy[i]! * clampSlope(x[i]!, p); },
  },
  leakyRelu: {
    forward(x, y, p) { for (let i = 0; i < x.length; i++) y[i] = leakyRelu(x[i]!, p); },
    backward(dy, x, dx, p) { for (let i = 0; i < x.length; i++) dx[i] = dy[i]! * leakyReluSlope(x[i]!, p); },
    backwardFromOutput(dy, y, dx, p) { for (let i = 0; i < y.length; i++) dx[i] = dy[i]! * leakyReluSlope(y[i]!, p); },
  },
  threshold: {
    forward(x, y, p) { for (let i = 0; i < x.length; i++) y[i] = threshold(x[i]!, p); },
    backward(dy, x, dx, p) { for (let i = 0; i < x.length; i++) dx[i] = dy[i]! * thresholdSlope(x[i]!, p); },
    backwardFromOutput(dy, y, dx, p) { for (let i = 0; i < y.length; i++) dx[i] = dy[i]! * thresholdSlope(y[i]!, p); },
  },
  hardShrink: {
    forward(x, y, p) { for (let i = 0; i < x.length; i++) y[i] = hardShrink(x[i]!, p); },
    backward(dy, x, dx, p) { for (let i = 0; i < x.length; i++) dx[i] = dy[i]! * hardShrinkSlope(x[i]!, p); },
    backwardFromOutput(dy, y, dx) { for (let i = 0; i < y.length; i++) dx[i] = dy[i]! * shrunkSlope(y[i]!); },
  },
  softShrink: {
    forward(x, y, p) { for (let i = 0; i < x.length; i++) y[i] = softShrink(x[i]!, p); },
    backward(dy, x, dx, p) { for (let i = 0; i < x.length; i++) dx[i] = dy[i]! * softShrinkSlope(x[i]!, p); },
    backwardFromOutput(dy, y, dx) { for (let i = 0; i < y.length; i++) dx[i] = dy[i]! * shrunkSlope(y[i]!); },
  },
  heaviside: {
    forward(x, y, p) { for (let i = 0; i < x.length; i++) y[i] = heaviside(x[i]!, p); },
    backward(dy, x, dx) { for (let i = 0; i < x.length; i++) dx[i] = dy[i]! * heavisideSlope(x[i]!); },
  },
  hardSigmoid: {
    forward(x, y, p) { for (let i = 0; i < x.length; i++) y[i] = hardSigmoid(x[i]!, p); },
    backward(dy, x, dx, p) { for (let i = 0; i < x.length; i++) dx[i] = dy[i]! * hardSigmoidSlope(x[i]!, p); },
    backwardFromOutput(dy, y, dx, p) { for (let i = 0; i < y.length; i++) dx[i] = dy[i]! * hardSigmoidSlopeFromOutput(y[i]!, p); },
  },
  hardSwish: {
    forward(x, y) { for (let i = 0; i < x.length; i++) y[i] = hardSwish(x[i]!); },
    backward(dy, x, dx) { for (let i = 0; i < x.length; i++) dx[i] = dy[i]! * hardSwishSlope(x[i]!); },
  },
  affine: {
    forward(x, y, p) { for (let i = 0; i < x.length; i++) y[i] = affine(x[i]!, p); },
    backward(dy, x, dx, p) { for (let i = 0; i < x.length; i++) dx[i] = dy[i]! * affineSlope(x[i]!, p); },
    backwardFromOutput(dy, y, dx, p) { for (let i = 0; i < y.length; i++) dx[i] = dy[i]! * affineSlope(y[i]!, p); },
  },
};

/** What runs in place of a kernel: a loop for either type of elements, and the parameters as its lanes hold them. */
interface ShortWay<Single, Double> {
  readonly single: Single;
  readonly double: Double;
  readonly inSingle: KernelParameters;
  readonly inDouble: KernelParameters;
}

export type UnaryWay = ShortWay<UnaryLoop<Float32Array>, UnaryLoop<Float64Array>>;
export type BinaryWay = ShortWay<BinaryLoop<Float32Array>, BinaryLoop<Float64Array>>;

/** The short way of a kernel, if it has one. */
export function shortWay(stem: string, direction: string, parameters: KernelParameters): UnaryWay | BinaryWay | undefined {
  const single = singles[stem]?.[direction as keyof Loops<Float32Array>];
  const double = doubles[stem]?.[direction as keyof Loops<Float64Array>];
  if (!single || !double) return undefined;
  const { a, b, c, lower, upper } = parameters;
  // Objects made in one place, so that V8 finds them all alike. The lanes of affine are f64 for either type.
  const inDouble = { a, b, c, lower, upper };
  return { single, double, inSingle: stem === 'affine' ? inDouble : inSingle(parameters), inDouble } as UnaryWay | BinaryWay;
}

/** Sees to it that a loop does not write what it has yet to read. */
export class Follower {
  /** An output that is all of its buffer, and so starts where any other array starts or before. */
  #whole: FloatTypedArray | undefined;

  /** Whether writing `out`, from its first element on, never gets ahead of reading x. */
  follows(out: FloatTypedArray, x: FloatTypedArray): boolean {
    return out === x || out === this.#whole || this.#startsBefore(out, x);
  }

  /** By their places, asking for which may take as long as a loop: so a small output is remembered. */
  #startsBefore(out: FloatTypedArray, x: FloatTypedArray): boolean {
    const { byteOffset } = out;
    if (byteOffset === 0 && out.buffer.byteLength === out.byteLength) this.#whole = out;
    return byteOffset <= x.byteOffset;
  }
}
