import { type Activation, type FloatTypedArray, type NumericArrayConstructor, activations, allocate, argmax, gradientStep, linear, logSoftmax, softmax, softmaxCrossEntropy } from '../src/index.js';
import { catalogue } from '../src/catalogue/index.js';
import { fastest, plainArgmax, plainCrossEntropy, plainGradientStep, plainLinear, plainLogSoftmax, plainLoops, plainSoftmax } from './plain.js';

/** One operation at one size, four ways. Each call does all of it once. */
export interface Case {
  readonly plain: () => void;
  readonly typed: () => void;
  readonly zeroCopy: () => void;
  /** memory.copy of the input, or nothing where it is no measure. */
  readonly copy?: () => void;
}

export interface Operation {
  readonly name: string;
  /** Elements of the input for a size; undefined: the size does not apply. */
  readonly elements: (size: number) => number | undefined;
  readonly make: (type: FloatType, size: number) => Case;
}

export type FloatType = NumericArrayConstructor<Float32Array> | NumericArrayConstructor<Float64Array>;

/** Rows of the softmax family, and classes of the cross-entropy. */
const COLUMNS = 128;
const CLASSES = 10;

/** Inputs between -6 and 6, the same in every run: neither all saturated nor all linear. */
function fill<A extends FloatTypedArray>(array: A, seed = 1): A {
  let state = seed;
  for (let i = 0; i < array.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    array[i] = (state / 2 ** 32 - 0.5) * 12;
  }
  return array;
}

interface Operands {
  readonly typed: FloatTypedArray;
  readonly wasm: ReturnType<typeof allocate<Float32Array>>;
}

function operands(type: FloatType, length: number, seed: number): Operands {
  const typed = fill(new type(length), seed);
  const wasm = allocate(type as NumericArrayConstructor<Float32Array>, length);
  wasm.data.set(typed);
  return { typed, wasm };
}

/** memory.copy over the heap of the arrays. */
function copy({ wasm: x }: Operands, { wasm: y }: Operands): () => void {
  const bytes = new Uint8Array(x.data.buffer);
  const [to, from, end] = [y.pointer, x.pointer, x.pointer + x.data.byteLength];
  return () => void bytes.copyWithin(to, from, end);
}

type ActivationName = keyof typeof catalogue;

function elementwise(name: ActivationName): Operation[] {
  const f = activations[name] as Activation;
  return [
    {
      name,
      elements: (size) => size,
      make(type, size) {
        const [x, y] = [operands(type, size, 1), operands(type, size, 2)];
        const loop = fastest(plainLoops(catalogue[name]).forward, (candidate) => candidate(x.typed, y.typed));
        return {
          plain: () => loop(x.typed, y.typed),
          typed: () => void f(x.typed, { out: y.typed }),
          zeroCopy: () => void f(x.wasm, { out: y.wasm }),
          copy: copy(x, y),
        };
      },
    },
    {
      name: `${name}.backward`,
      elements: (size) => size,
      make(type, size) {
        const [dy, x, dx] = [operands(type, size, 1), operands(type, size, 2), operands(type, size, 3)];
        const loop = fastest(plainLoops(catalogue[name]).backward, (candidate) => candidate(dy.typed, x.typed, dx.typed));
        return {
          plain: () => loop(dy.typed, x.typed, dx.typed),
          typed: () => void f.backward(dy.typed, x.typed, { out: dx.typed }),
          zeroCopy: () => void f.backward(dy.wasm, x.wasm, { out: dx.wasm }),
          copy: copy(x, dx),
        };
      },
    },
  ];
}

function rowwise(name: string, f: typeof softmax | typeof logSoftmax, plain: (x: FloatTypedArray, out: FloatTypedArray, columns: number) => void): Operation {
  return {
    name: `${name} (rows of ${COLUMNS})`,
    elements: (size) => (size % COLUMNS === 0 ? size : undefined),
    make(type, size) {
      const [x, y] = [operands(type, size, 1), operands(type, size, 2)];
      return {
        plain: () => plain(x.typed, y.typed, COLUMNS),
        typed: () => void f(x.typed, { columns: COLUMNS, out: y.typed }),
        zeroCopy: () => void f(x.wasm, { columns: COLUMNS, out: y.wasm }),
        copy: copy(x, y),
      };
    },
  };
}

const argmaxRows: Operation = {
  name: `argmax (rows of ${COLUMNS})`,
  elements: (size) => (size % COLUMNS === 0 ? size : undefined),
  make(type, size) {
    const x = operands(type, size, 1);
    const typed = new Int32Array(size / COLUMNS);
    const wasm = allocate(Int32Array, size / COLUMNS);
    return {
      plain: () => plainArgmax(x.typed, typed, COLUMNS),
      typed: () => void argmax(x.typed, { columns: COLUMNS, out: typed }),
      zeroCopy: () => void argmax(x.wasm, { columns: COLUMNS, out: wasm }),
    };
  },
};

const crossEntropy: Operation = {
  name: `softmaxCrossEntropy (${CLASSES} classes)`,
  elements: (size) => Math.floor(size / CLASSES) * CLASSES,
  make(type, size) {
    const rows = Math.floor(size / CLASSES);
    const [x, gradient] = [operands(type, rows * CLASSES, 1), operands(type, rows * CLASSES, 2)];
    const labels = Int32Array.from({ length: rows }, (_, row) => row % CLASSES);
    const wasmLabels = allocate(Int32Array, rows);
    wasmLabels.data.set(labels);
    return {
      plain: () => void plainCrossEntropy(x.typed, labels, gradient.typed, CLASSES),
      typed: () => void softmaxCrossEntropy(x.typed, labels, { columns: CLASSES, out: gradient.typed }),
      zeroCopy: () => void softmaxCrossEntropy(x.wasm, wasmLabels, { columns: CLASSES, out: gradient.wasm }),
    };
  },
};

const step: Operation = {
  name: 'gradientStep',
  elements: (size) => size,
  make(type, size) {
    const [w, g] = [operands(type, size, 1), operands(type, size, 2)];
    const options = { learningRate: 1e-9 };
    return {
      plain: () => plainGradientStep(w.typed, g.typed, options.learningRate),
      typed: () => void gradientStep(w.typed, g.typed, options),
      zeroCopy: () => void gradientStep(w.wasm, g.wasm, options),
      copy: copy(w, g),
    };
  },
};

/** The linear layer with n x n matrices, n^2 the size. */
const layer: Operation = {
  name: 'linear (n rows, n in, n out)',
  elements: (size) => (size >= 256 && size <= 65536 && Number.isInteger(Math.sqrt(size)) ? size : undefined),
  make(type, size) {
    const n = Math.sqrt(size);
    const [x, w, b, y] = [operands(type, size, 1), operands(type, size, 2), operands(type, n, 3), operands(type, size, 4)];
    return {
      plain: () => plainLinear(x.typed, w.typed, b.typed, y.typed, n, n, n),
      typed: () => void linear(x.typed, w.typed, b.typed, { out: y.typed }),
      zeroCopy: () => void linear(x.wasm, w.wasm, b.wasm, { out: y.wasm }),
    };
  },
};

export const operations: readonly Operation[] = [
  ...(Object.keys(catalogue) as ActivationName[]).flatMap(elementwise),
  rowwise('softmax', softmax, plainSoftmax),
  rowwise('logSoftmax', logSoftmax, plainLogSoftmax),
  argmaxRows,
  crossEntropy,
  step,
  layer,
];
