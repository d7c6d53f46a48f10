/** What is measured, as data: nothing here needs Node, so that a web page can run the same. */
import { catalogue } from '../src/catalogue/index.js';
import type { Backend, FloatArray, FloatTypedArray, NumericArray } from '../src/index.js';
import { compile } from './compile.js';
import { plainArgmax, plainCrossEntropy, plainGradientStep, plainLinear, plainLogSoftmax, plainLoops, plainSoftmax } from './plain.js';

export const types = { f32: Float32Array, f64: Float64Array } as const;
export type TypeName = keyof typeof types;

/** Arrays by name, as the calls have them. `out` takes the result. */
export type Arrays = Readonly<Record<string, NumericArray> & { out: NumericArray }>;

/** One function to measure. It is called on arrays of each kind by the same source, with the function as `f`. */
export interface Operation {
  readonly name: string;
  /** What the name does not say. */
  readonly note?: string;
  /** How many elements are taken for a size; 0: none, the size does not go. */
  readonly elements: (size: number) => number;
  readonly arrays: (type: TypeName, elements: number, random: Filler) => Arrays;
  readonly call: string;
  readonly ours: (sg: Backend) => unknown;
  /** What is made of the arrays beforehand, and takes their places. */
  readonly prepare?: (sg: Backend, arrays: Readonly<Record<string, FloatArray>>) => Readonly<Record<string, { free: () => void }>>;
  readonly plain: string;
  /** The loops in plain JavaScript; the fastest counts. */
  readonly loops: (type: TypeName) => readonly unknown[];
  /** The array that memory.copy copies to `out` for comparison, if that is a measure. */
  readonly copied?: string;
  /** Of a layer: its rows, and its features in and out. */
  readonly layer?: readonly [rows: number, inFeatures: number, outFeatures: number];
  /** What the peers get, by name, with its shape. */
  readonly shapes?: (elements: number) => Readonly<Record<string, readonly number[]>>;
}

/** Makes an array of random values. */
export type Filler = (type: TypeName, length: number) => FloatTypedArray;

/** Rows of the softmax family, and classes of the cross-entropy. */
const COLUMNS = 128;
const CLASSES = 10;

/** Values between -6 and 6, the same for the same seed: neither all saturated nor all linear. */
export function filler(seed: number): Filler {
  let state = seed >>> 0;
  return (type, length) => {
    const array = new types[type](length);
    for (let i = 0; i < length; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      array[i] = (state / 2 ** 32 - 0.5) * 12;
    }
    return array;
  };
}

type Loop = (...operands: never[]) => unknown;

/** The same function once more, for calls that others do not share. */
const copyOf = (f: Loop): unknown => compile(`(${String(f)})`);

type Name = keyof typeof catalogue;

function elementwise(name: Name): Operation[] {
  return [
    {
      name,
      elements: (size) => size,
      arrays: (type, n, random) => ({ x: random(type, n), out: new types[type](n) }),
      call: 'f(x, { out })',
      ours: (sg) => sg[name],
      plain: 'f(x, out)',
      loops: (type) => plainLoops(catalogue[name], type === 'f32').forward,
      copied: 'x',
      shapes: (n) => ({ x: [n] }),
    },
    {
      name: `${name}.backward`,
      elements: (size) => size,
      arrays: (type, n, random) => ({ dy: random(type, n), x: random(type, n), out: new types[type](n) }),
      call: 'f(dy, x, { out })',
      ours: (sg) => sg[name].backward,
      plain: 'f(dy, x, out)',
      loops: (type) => plainLoops(catalogue[name], type === 'f32').backward,
      copied: 'x',
    },
  ];
}

/** Functions of rows; the loops take the same arrays. */
const rowwise = (name: 'softmax' | 'logSoftmax' | 'argmax', loop: Loop): Operation => ({
  name,
  note: `rows of ${COLUMNS}`,
  elements: (size) => (size % COLUMNS === 0 ? size : 0),
  arrays: (type, n, random) => ({ x: random(type, n), out: name === 'argmax' ? new Int32Array(n / COLUMNS) : new types[type](n) }),
  call: `f(x, { columns: ${COLUMNS}, out })`,
  ours: (sg) => sg[name],
  plain: `f(x, out, ${COLUMNS})`,
  loops: () => [copyOf(loop)],
  ...(name !== 'argmax' && { copied: 'x' }),
  shapes: (n) => ({ x: [n / COLUMNS, COLUMNS] }),
});

const crossEntropy: Operation = {
  name: 'softmaxCrossEntropy',
  note: `${CLASSES} classes`,
  elements: (size) => size - (size % CLASSES),
  arrays: (type, n, random) => ({ x: random(type, n), labels: Int32Array.from({ length: n / CLASSES }, (_, row) => row % CLASSES), out: new types[type](n) }),
  call: `f(x, labels, { columns: ${CLASSES}, out })`,
  ours: (sg) => sg.softmaxCrossEntropy,
  plain: `f(x, labels, out, ${CLASSES})`,
  loops: () => [copyOf(plainCrossEntropy)],
};

const step: Operation = {
  name: 'gradientStep',
  elements: (size) => size,
  arrays: (type, n, random) => ({ out: random(type, n), gradient: random(type, n) }),
  call: 'f(out, gradient, { learningRate: 1e-9 })',
  ours: (sg) => sg.gradientStep,
  plain: 'f(out, gradient, 1e-9)',
  loops: () => [copyOf(plainGradientStep)],
  copied: 'gradient',
};

/** n rows, n features in and n out, n^2 the size: from 16 to 256, that the run does not take all day. */
const layer: Operation = {
  name: 'linear',
  note: 'n rows, n in, n out',
  elements: (size) => (size >= 256 && size <= 65536 && Number.isInteger(Math.sqrt(size)) ? size : 0),
  arrays: (type, n, random) => ({ x: random(type, n), weight: random(type, n), bias: random(type, Math.sqrt(n)), out: new types[type](n) }),
  call: 'f(x, weight, bias, { out })',
  ours: (sg) => sg.linear,
  plain: 'f(x, weight, bias, out, bias.length, bias.length, bias.length)',
  loops: () => [copyOf(plainLinear)],
  shapes(n) {
    const side = Math.sqrt(n);
    return { x: [side, side], weight: [side, side], bias: [side] };
  },
};

/** A layer of given sizes, whose weight is packed beforehand: the peers do so, too. */
const packedLayer = (rows: number, inFeatures: number, outFeatures: number): Operation => ({
  ...layer,
  name: `linear.${rows}x${inFeatures}x${outFeatures}`,
  note: 'packed weight',
  layer: [rows, inFeatures, outFeatures],
  elements: (size) => (size === rows * outFeatures ? size : 0),
  arrays: (type, n, random) => ({ x: random(type, rows * inFeatures), weight: random(type, outFeatures * inFeatures), bias: random(type, outFeatures), out: new types[type](n) }),
  prepare: (sg, { weight }) => ({ weight: sg.packWeights(weight!, { inFeatures }) }),
  plain: `f(x, weight, bias, out, ${rows}, ${inFeatures}, ${outFeatures})`,
  shapes: () => ({ x: [rows, inFeatures], weight: [outFeatures, inFeatures], bias: [outFeatures] }),
});

export const operations: readonly Operation[] = [
  ...(Object.keys(catalogue) as Name[]).flatMap(elementwise),
  rowwise('softmax', plainSoftmax),
  rowwise('logSoftmax', plainLogSoftmax),
  rowwise('argmax', plainArgmax),
  crossEntropy,
  step,
  layer,
  packedLayer(1, 784, 128),
  packedLayer(64, 256, 256),
  packedLayer(256, 256, 256),
  packedLayer(512, 512, 512),
  packedLayer(1024, 1024, 1024),
];

/** The sizes of an operation that is a layer of given sizes. */
export const layerOf = (name: string): Operation['layer'] => operations.find((operation) => operation.name === name)?.layer;

/** The operations a list of names stands for: `tanh` is tanh and tanh.backward, `tanh.backward` that alone. */
export function operationsNamed(names: readonly string[]): Operation[] {
  const stands = (given: string, name: string): boolean => name === given || name.startsWith(`${given}.`);
  const unknown = names.filter((given) => !operations.some(({ name }) => stands(given, name)));
  if (unknown.length > 0) throw new RangeError(`there is no operation ${unknown.join(', ')}, only ${operations.map(({ name }) => name).join(', ')}`);
  return operations.filter(({ name }) => names.some((given) => stands(given, name)));
}
