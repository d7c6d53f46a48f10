import { expect } from 'vitest';
import type { Activation, Backend, Binary, FloatArray, FloatTypedArray, NumericArray, NumericArrayConstructor } from '../src/index.js';
import { WasmArray } from '../src/index.js';

/** What Float32Array and Float64Array have in common. */
export type FloatType = NumericArrayConstructor<FloatTypedArray> & {
  of(...values: number[]): FloatTypedArray;
  from(values: Iterable<number>): FloatTypedArray;
  from<T>(values: ArrayLike<T> | Iterable<T>, map: (value: T, i: number) => number): FloatTypedArray;
};
export const FLOAT_TYPES: readonly FloatType[] = [Float32Array, Float64Array];
export const typeOf = (array: { readonly BYTES_PER_ELEMENT: number }): FloatType => (array.BYTES_PER_ELEMENT === 4 ? Float32Array : Float64Array);

export type AnyActivation = Activation & { readonly backwardFromOutput?: Binary<never> };

/** All elementwise functions, aliases left out, by the name they give themselves. */
export function activationsOf(backend: Backend): AnyActivation[] {
  const functions: readonly AnyActivation[] = [...Object.values(backend.activations), backend.hardSigmoid.torch];
  return [...new Set(functions)];
}

/** An elementwise function of one or two arrays. */
export interface Elementwise {
  readonly title: string;
  readonly arguments: readonly ('x' | 'dy' | 'y')[];
  readonly run: (inputs: readonly FloatArray[], out?: FloatArray) => FloatArray;
}

const VARIANTS: Readonly<Record<string, readonly object[]>> = {
  leakyRelu: [{}, { alpha: 0.3 }],
  rrelu: [{}, { lower: 0.5, upper: 0.75 }],
  thresholdedRelu: [{}, { alpha: 0.25 }],
  threshold: [{}, { theta: 0.5, value: -2 }],
  elu: [{}, { alpha: 0.3 }],
  celu: [{}, { alpha: 0.3 }],
  gelu: [{}, { approximate: 'tanh' }, { approximate: 'quick' }],
  silu: [{}, { beta: 1.5 }],
  softplus: [{}, { beta: 2.5 }],
  squareplus: [{}, { b: 1.5 }, { b: 0 }],
  hardSigmoid: [{}, { alpha: -0.7, beta: 0.3 }],
  hardTanh: [{}, { min: -0.3, max: 3 }],
  heaviside: [{}, { at0: 0.75 }],
  softShrink: [{}, { lambda: 0.3 }],
  hardShrink: [{}, { lambda: 0.3 }],
  snake: [{}, { alpha: 2.5 }, { alpha: 0 }],
  affine: [{}, { alpha: -1.7, beta: 0.3 }],
  clamp: [{}, { min: -0.3, max: 3 }],
  softcap: [{}, { cap: 2 }],
};

/** Every direction of every activation, with default parameters and with others. */
export function elementwiseOf(backend: Backend): Elementwise[] {
  return activationsOf(backend).flatMap((f) => (VARIANTS[f.info.name] ?? [{}]).flatMap((parameters) => directionsOf(f, parameters)));
}

function directionsOf(f: AnyActivation, parameters: object): Elementwise[] {
  const names = Object.keys(parameters);
  const options = (out?: FloatArray): object => (!out ? parameters : names.length === 0 ? { out } : { ...parameters, out });
  const suffix = names.length > 0 ? ` ${JSON.stringify(parameters)}` : '';
  const named = (name: string): string => `${name}${suffix}`;
  const { name } = f.info;
  const { backwardFromOutput } = f;
  return [
    { title: named(name), arguments: ['x'], run: ([x], out) => f(x!, options(out)) },
    { title: named(`${name}.derivative`), arguments: ['x'], run: ([x], out) => f.derivative(x!, options(out)) },
    { title: named(`${name}.backward`), arguments: ['dy', 'x'], run: ([dy, x], out) => f.backward(dy!, x!, options(out)) },
    ...(backwardFromOutput
      ? [{
          title: named(`${name}.backwardFromOutput`),
          arguments: ['dy', 'y'] as const,
          run: ([dy, y]: readonly FloatArray[], out?: FloatArray) => backwardFromOutput(dy!, y!, options(out)),
        }]
      : []),
  ];
}

/** A generator of numbers in [0, 1): mulberry32. */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Ordinary numbers from -6 to 6. */
export function ordinary<A extends FloatTypedArray>(type: NumericArrayConstructor<A>, length: number, seed = 1): A {
  const next = random(seed);
  const result = new type(length);
  for (let i = 0; i < length; i++) result[i] = 12 * next() - 6;
  return result;
}

const SPECIAL = [
  0, -0, 1, -1, 0.3, -0.3, 2.5, -2.5, 3, -3, Infinity, -Infinity, NaN, 1e-45, -1e-45, 5e-324, 3.4e38, -3.4e38, 20, -88, -104, 710, -745,
];

/** Ordinary numbers, any bit patterns, and the numbers where functions behave differently, mixed. */
export function mixed<A extends FloatTypedArray>(type: NumericArrayConstructor<A>, length: number, seed = 1): A {
  const next = random(seed);
  const result = ordinary(type, length, seed + 1);
  const bits = new Uint32Array(result.buffer);
  const words = result.BYTES_PER_ELEMENT / 4;
  for (let i = 0; i < length; i++) {
    const kind = next();
    if (kind < 0.2) result[i] = SPECIAL[Math.floor(next() * SPECIAL.length)]!;
    else if (kind < 0.4) for (let word = 0; word < words; word++) bits[i * words + word] = next() * 2 ** 32;
  }
  return result;
}

/** An array in the memory of a backend with these elements. */
export function inMemory<A extends NumericArray>(backend: Backend, values: A): WasmArray<A> {
  const array = backend.allocate(values.constructor as NumericArrayConstructor<A>, values.length);
  array.data.set(values);
  return array;
}

/** The elements of either kind of array. */
export function elements(array: FloatArray): FloatTypedArray {
  return array instanceof WasmArray ? array.data : array;
}

/** Leaves at most so many bytes free. */
export function fillMemory(backend: Backend, left: number): WasmArray {
  return backend.allocate(Float32Array, Math.floor((backend.memoryUsage().free - left) / 4));
}

export function free(...arrays: readonly unknown[]): void {
  for (const array of arrays) if (array instanceof WasmArray) array.free();
}

/** A block of `length` elements, the whole of it, and parts of it as arguments. */
export interface Home {
  whole(): FloatTypedArray;
  part(start: number, length: number): FloatArray;
  release(): void;
}

function ordinaryHome(_: Backend, type: FloatType, length: number): Home {
  // From the second element on: no multiple of 16 bytes.
  const whole = new type(length + 1).subarray(1);
  return { whole: () => whole, part: (start, count) => whole.subarray(start, start + count), release: () => undefined };
}

function memoryHome(backend: Backend, type: FloatType, length: number): Home {
  const block = backend.allocate(type, length);
  return {
    whole: () => block.data,
    part: (start, count) => backend.wrap(type, block.pointer + start * type.BYTES_PER_ELEMENT, count) as FloatArray,
    release: () => { block.free(); },
  };
}

function viewHome(backend: Backend, type: FloatType, length: number): Home {
  const home = memoryHome(backend, type, length);
  return { ...home, part: (start, count) => home.whole().subarray(start, start + count) };
}

/** What stands around an output, to see that it stays. */
export const GUARD = 12345;

export const HOMES: Readonly<Record<string, (backend: Backend, type: FloatType, length: number) => Home>> = {
  'ordinary arrays': ordinaryHome,
  'arrays in memory': memoryHome,
  'views of the memory': viewHome,
};

/** Fails unless the elements are the same, -0 and 0 told apart; which bits a NaN has is nobody's business. */
export function expectSame(actual: ArrayLike<number>, expected: ArrayLike<number>, label = ''): void {
  if (sameBits(actual, expected)) return;
  let i = actual.length === expected.length ? 0 : -1;
  while (i >= 0 && i < expected.length && Object.is(actual[i], expected[i])) i++;
  // One assertion an array: millions of them would take longer than what is tested.
  if (i >= 0 && i === expected.length) return;
  if (i < 0) expect.fail(`${label}: ${actual.length} elements, not ${expected.length}`);
  expect.fail(`${label}: [${i}] is ${show(actual[i])}, not ${show(expected[i])}`);
}

/** The same bytes: the quick answer for long arrays of one type. */
function sameBits(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (!ArrayBuffer.isView(a) || !ArrayBuffer.isView(b) || a.constructor !== b.constructor) return false;
  const [first, second] = [a, b].map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength));
  return Buffer.compare(first!, second!) === 0;
}

const show = (value: number | undefined): string => (Object.is(value, -0) ? '-0' : String(value));

const f32 = new Float32Array(1);
const i32 = new Int32Array(f32.buffer);
const f64 = new Float64Array(1);
const i64 = new BigInt64Array(f64.buffer);

/** How many numbers of the type lie between two of them, and one more; 0 for two NaNs, Infinity for one. */
export function ulps(type: FloatType, a: number, b: number): number {
  if (Object.is(a, b) || a === b) return 0;
  if (a !== a || b !== b) return Infinity;
  if (type.BYTES_PER_ELEMENT === 4) return Math.abs(order32(a) - order32(b));
  const distance = order64(a) - order64(b);
  return Number(distance < 0n ? -distance : distance);
}

// Numbers one after the other as integers one after the other.

function order32(value: number): number {
  f32[0] = value;
  return i32[0]! < 0 ? -2147483648 - i32[0]! : i32[0]!;
}

function order64(value: number): bigint {
  f64[0] = value;
  return i64[0]! < 0n ? -(2n ** 63n) - i64[0]! : i64[0]!;
}

/** The error an action throws. */
export function errorOf(action: () => unknown): Error {
  try {
    action();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  expect.fail('no error was thrown');
}

/** Fails unless the call throws an error of the type that says all the parts, and leaves its output as it was. */
export function failure(call: (out: Float32Array) => unknown, type: new (message: string) => Error, ...parts: readonly string[]): void {
  const out = Float32Array.of(9, 8, 7, 6);
  const error = errorOf(() => call(out));
  expect(error, error.message).toBeInstanceOf(type);
  for (const part of parts) expect(error.message).toContain(part);
  expectSame(out, [9, 8, 7, 6], `out after "${error.message}"`);
}
