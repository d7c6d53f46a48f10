/** What is learned: plain random data of the shapes of well-known ones. */
import { normal, seeded, spirals } from '../../examples/data.js';
import { type Sizes, batchStarts } from '../../examples/training.js';

/** Everything that the contenders begin with. All have tanh between the layers. */
export interface Problem {
  readonly sizes: Sizes;
  readonly learningRate: number;
  readonly momentum: number;
  readonly features: Float32Array;
  readonly labels: Int32Array;
  /** Of each layer the weight, output by output, then the bias. */
  readonly parameters: Float32Array;
  readonly batch: number;
  /** The first row of each batch, in the order of an epoch. */
  readonly starts: readonly number[];
}

/** One that learns a problem, and goes through its examples once at every call. */
export interface Learner {
  /** The mean loss of the batches, each before its step. */
  readonly epoch: () => number;
  /** Of the library, where there is one. */
  readonly version?: string;
}

interface Shape {
  readonly sizes: Sizes;
  readonly examples: number;
  readonly learningRate: number;
}

const BATCH = 32;
const MOMENTUM = 0.9;

const shapes = {
  /** Two coordinates on three arms of a spiral. */
  spirals: { sizes: [2, 32, 32, 3], examples: 3000, learningRate: 0.1 },
  /** As many examples as there are in the UCI's handwritten digits of 8 by 8 pixels. */
  digits: { sizes: [64, 64, 10], examples: 1797, learningRate: 0.1 },
  /** Images of 28 by 28 pixels. With a rate of 0.1 it would diverge. */
  images: { sizes: [784, 128, 10], examples: 800, learningRate: 0.01 },
} as const satisfies Record<string, Shape>;

export type ProblemName = keyof typeof shapes;
export const problemNames = Object.keys(shapes) as ProblemName[];

/** 2-32-32-3 */
export const shapeOf = (name: ProblemName): string => shapes[name].sizes.join('-');

/** The same for the same seed. */
export function problem(name: ProblemName, seed: number): Problem {
  const random = seeded(seed);
  const { sizes, examples, learningRate } = shapes[name];
  const [columns, classes] = [sizes[0], sizes.at(-1)!];
  const { features, labels } = name === 'spirals'
    ? spirals(examples, classes, random)
    : { features: Float32Array.from({ length: examples * columns }, random), labels: Int32Array.from({ length: examples }, () => Math.floor(classes * random())) };
  const parameters = Float32Array.from(
    sizes.slice(1).flatMap((outputs, i) => {
      const inputs = sizes[i]!;
      return Array.from({ length: (inputs + 1) * outputs }, (_, j) => (j < inputs * outputs ? normal(random) / Math.sqrt(inputs) : 0));
    }),
  );
  return { sizes, learningRate, momentum: MOMENTUM, features, labels, parameters, batch: BATCH, starts: batchStarts(examples, BATCH) };
}

/** A layer's share of `parameters`. */
export interface LayerParameters {
  readonly inputs: number;
  readonly outputs: number;
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

export function layersOf({ sizes, parameters }: Problem): LayerParameters[] {
  let end = 0;
  const next = (length: number): Float32Array => parameters.subarray(end, (end += length));
  return sizes.slice(1).map((outputs, i) => {
    const inputs = sizes[i]!;
    return { inputs, outputs, weight: next(inputs * outputs), bias: next(outputs) };
  });
}

const base64 = ({ buffer, byteOffset, byteLength }: Float32Array | Int32Array): string => Buffer.from(buffer, byteOffset, byteLength).toString('base64');

export type Written = Omit<Problem, 'features' | 'labels' | 'parameters'> & Readonly<Record<'features' | 'labels' | 'parameters', string>>;

/** A problem as it is sent to another process in JSON. */
export const written = ({ features, labels, parameters, ...rest }: Problem): Written => ({ ...rest, features: base64(features), labels: base64(labels), parameters: base64(parameters) });

export function read({ features, labels, parameters, ...rest }: Written): Problem {
  const bytes = (text: string): ArrayBuffer => Uint8Array.from(Buffer.from(text, 'base64')).buffer;
  return { ...rest, features: new Float32Array(bytes(features)), labels: new Int32Array(bytes(labels)), parameters: new Float32Array(bytes(parameters)) };
}
