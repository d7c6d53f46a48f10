/** As errors.test.ts for options, sizes and memory. */
import { describe, expect, it } from 'vitest';
import type { FloatTypedArray, RowsOption } from '../src/index.js';
import { backends } from './backends.js';
import { type AnyActivation, activationsOf, failure } from './support.js';

const array = (...values: number[]): Float32Array => Float32Array.from(values);

describe.each(backends)('$name', ({ backend }) => {
  const x = array(1, 2, 3, 4);
  const labels = Int32Array.of(0, 1);
  /** Every operation with options of its own, which come last. */
  const operations: readonly (readonly [operation: string, call: (options: never) => unknown])[] = [
    ...activationsOf(backend).flatMap((f) => [
      [f.info.name, (options: never) => f(x, options)],
      [f.info.name, (options: never) => f(1, options)],
      [`${f.info.name}.derivative`, (options: never) => f.derivative(x, options)],
      [`${f.info.name}.backward`, (options: never) => f.backward(x, x, options)],
    ] as const),
    ['sigmoid.backwardFromOutput', (options) => backend.sigmoid.backwardFromOutput(x, x, options)],
    ['softmax', (options) => backend.softmax(x, options)],
    ['logSoftmax.backward', (options) => backend.logSoftmax.backward(x, x, options)],
    ['softmax.backwardFromOutput', (options) => backend.softmax.backwardFromOutput(x, x, options)],
    ['softmin', (options) => backend.softmin(x, options)],
    ['sparsemax.backwardFromOutput', (options) => backend.sparsemax.backwardFromOutput(x, x, options)],
    ['hardmax', (options) => backend.hardmax(x, options)],
    ['hardmax.backward', (options) => backend.hardmax.backward(x, x, options)],
    ['logSumExp', (options) => backend.logSumExp(x, options)],
    ['logSumExp.backward', (options) => backend.logSumExp.backward(x, x, options)],
    ['softmax.jacobian', (options) => backend.softmax.jacobian(x, options)],
    ['argmax', (options) => backend.argmax(x, options)],
    ['softmaxCrossEntropy', (options) => backend.softmaxCrossEntropy(x, labels, options)],
    ['nllLoss', (options) => backend.nllLoss(x, labels, options)],
    ['meanSquaredError', (options) => backend.meanSquaredError(x, x, options)],
    ['glu', (options) => backend.glu(x, options)],
    ['reglu.backward', (options) => backend.reglu.backward(array(1, 2), x, options)],
    ['prelu', (options) => backend.prelu(x, 0.1, options)],
    ['prelu.derivative', (options) => backend.prelu.derivative(x, 0.1, options)],
    ['prelu.backward', (options) => backend.prelu.backward(x, x, 0.1, options)],
    ['prelu.backward: out', (out) => backend.prelu.backward(x, x, 0.1, { out })],
    ['diagnose', (options) => backend.diagnose(x, 'relu', options)],
    ['binaryCrossEntropyWithLogits', (options) => backend.binaryCrossEntropyWithLogits(x, x, options)],
    ['linear', (options) => backend.linear(x, x, null, options)],
    ['linear.backward', (options) => backend.linear.backward(x, x, x, options)],
    ['linear.backward: out', (out) => backend.linear.backward(x, x, x, { inFeatures: 2, out })],
    ['matmul', (options) => backend.matmul(x, x, options)],
    ['gradientStep', (options) => backend.gradientStep(x, x, options)],
  ];

  it.each(operations)('%s: no object, or an option that is not there', (operation, call) => {
    const list = [['0', 0], ['"relu"', 'relu'], ['null', null], ['an array of 1', [1]], ['Float32Array(1)', array(1)], ['a function', () => 0]];
    for (const [came, options] of list) {
      failure(() => call(options as never), TypeError, `${operation}: `, 'object', `got ${came as string}`);
    }
    for (const name of ['colums', 'Out']) failure(() => call({ [name]: 1 } as never), TypeError, `${operation}: `, `no option ${name}`);
  });

  it('an option that is not there, with a name that every object has', () => {
    failure((out) => backend.sigmoid(x, { constructor: 1, out } as never), TypeError, 'sigmoid: ', 'no option constructor');
    failure((out) => backend.softmax(x, { toString: 1, out } as never), TypeError, 'softmax: ', 'no option toString');
  });

  it.each<[operation: string, parameter: string, f: AnyActivation, infinite: boolean]>([
    ['leakyRelu', 'alpha', backend.leakyRelu, false],
    ['hardSigmoid', 'alpha', backend.hardSigmoid, false],
    ['hardLogistic', 'beta', backend.hardLogistic, false],
    ['hardTanh', 'min', backend.hardTanh, true],
    ['hardTanh', 'max', backend.hardTanh, true],
    ['heaviside', 'at0', backend.heaviside, false],
  ])('%s: a wrong %s', (name, parameter, f, infinite) => {
    const directions = [
      [name, (options: never, out: Float32Array) => f(x, { ...(options as object), out })],
      [`${name}.derivative`, (options: never, out: Float32Array) => f.derivative(x, { ...(options as object), out })],
      [`${name}.backward`, (options: never, out: Float32Array) => f.backward(x, x, { ...(options as object), out })],
    ] as const;
    for (const [operation, call] of directions) {
      for (const [came, value] of [['"1"', '1'], ['true', true], ['an array of 1', [1]]] as const) {
        failure((out) => call({ [parameter]: value } as never, out), TypeError, `${operation}: `, `${parameter} must be a number`, `got ${came}`);
      }
      failure((out) => call({ [parameter]: NaN } as never, out), RangeError, `${operation}: `, parameter, 'number', 'got NaN');
      if (infinite) continue;
      failure((out) => call({ [parameter]: -Infinity } as never, out), RangeError, `${operation}: `, parameter, 'finite', 'got -Infinity');
    }
  });

  it('null is not the default of a parameter, of a reduction or of out', () => {
    failure((out) => backend.leakyRelu(x, { alpha: null, out } as never), TypeError, 'leakyRelu: ', 'alpha', 'got null');
    failure((out) => backend.binaryCrossEntropyWithLogits(x, x, { reduction: null, out } as never), RangeError, 'reduction', 'got null');
    failure(() => backend.argmax(x, { columns: 2, out: null } as never), TypeError, 'argmax: ', 'out', 'got null');
  });

  it('parameters that do not go together', () => {
    const { hardTanh, leakyRelu } = backend;
    failure((out) => hardTanh(x, { min: 2, out }), RangeError, 'hardTanh: ', 'min 2', 'max 1');
    failure((out) => hardTanh.backward(x, x, { min: 1, max: -1, out }), RangeError, 'hardTanh.backward: ', 'min', 'max');
    const invert = (out: Float32Array): unknown => leakyRelu.backwardFromOutput(x, x, { alpha: -0.1, out });
    failure(invert, RangeError, 'leakyRelu.backwardFromOutput: ', 'alpha', 'negative', '-0.1');
    expect(leakyRelu(-1, { alpha: -0.5 })).toBe(0.5);
    expect(leakyRelu.backward(1, -1, { alpha: -0.5 })).toBe(-0.5);
  });

  const ofRows = operations.filter(([operation]) => /softm|max|logSumExp/i.test(operation) && operation !== 'softmax.jacobian');

  it.each(ofRows)('%s: columns', (operation, call) => {
    for (const columns of [0, -2, 1.5, NaN, Infinity]) {
      failure(() => call({ columns } as never), RangeError, `${operation}: `, 'columns', 'integer of at least 1', `got ${columns}`);
    }
    for (const columns of [3, 8]) failure(() => call({ columns } as never), RangeError, `${operation}: `, '4 elements', `${columns} columns`);
    for (const [came, columns] of [['"2"', '2'], ['null', null]] as const) {
      failure(() => call({ columns } as never), TypeError, `${operation}: `, 'columns', `got ${came}`);
    }
  });

  it.each(ofRows)('%s: shape and axis', (operation, call) => {
    const refused = (options: object, type: ErrorConstructor, ...parts: string[]): void => {
      failure(() => call(options as never), type, `${operation}: `, ...parts);
    };
    refused({ shape: [2, 3] }, RangeError, 'shape [2, 3] has 6 elements', 'has 4');
    refused({ shape: [] }, RangeError, 'shape [] has 1 element', 'has 4');
    refused({ shape: [2, 2, 0], axis: 0 }, RangeError, 'shape [2, 2, 0] has 0 elements', 'has 4');
    refused({ shape: [2, 2], columns: 2 }, TypeError, 'columns and shape');
    refused({ axis: 0 }, TypeError, 'axis', 'shape');
    refused({ axis: 0, columns: 2 }, TypeError, 'axis', 'shape');
    for (const axis of [2, -3, 0.5, NaN, Infinity]) refused({ shape: [2, 2], axis }, RangeError, `axis is ${axis}`, 'from -2 to 1', '[2, 2]');
    for (const [came, wrong] of [['"1"', '1'], ['null', null]] as const) refused({ shape: [2, 2], axis: wrong }, TypeError, 'axis must be a number', `got ${came}`);
    for (const [came, wrong] of [['4', 4], ['"2,2"', '2,2'], ['null', null], ['Int32Array(2)', Int32Array.of(2, 2)], ['an Object', { 0: 4, length: 1 }]] as const) {
      refused({ shape: wrong }, TypeError, 'shape must be an array', `got ${came}`);
    }
    for (const wrong of [-2, 1.5, NaN, Infinity]) refused({ shape: [2, wrong] }, RangeError, 'shape[1] must be an integer', `got ${wrong}`);
    refused({ shape: [2, '2'] }, TypeError, 'shape[1] must be a number', 'got "2"');
    // A place without a value.
    const sparse = [4];
    sparse[2] = 1;
    refused({ shape: sparse }, TypeError, 'shape[1]', 'got undefined');
  });

  it('rows of none, and shapes of nothing', () => {
    const none = new Float32Array(0);
    const { softmax, sparsemax, hardmax, logSumExp, argmax } = backend;
    const functions: readonly ((at: Float32Array, options: RowsOption) => Float32Array | Int32Array)[] = [softmax, sparsemax, hardmax, logSumExp, argmax];
    for (const f of functions) {
      failure(() => f(none, { shape: [3, 0] }), RangeError, 'shape [3, 0]', 'axis -1', 'no maximum');
      failure(() => f(none, { shape: [0, 3], axis: 0 }), RangeError, 'shape [0, 3]', 'axis 0');
      failure(() => f(x.subarray(0, 1), { shape: [] }), RangeError, 'axis', 'shape []');
      expect(f(none, { shape: [0, 3] })).toHaveLength(0);
    }
  });

  it('losses: labels out of range, of a wrong number, and reductions', () => {
    const { binaryCrossEntropyWithLogits, softmaxCrossEntropy } = backend;
    const refused = (truth: Int32Array | FloatTypedArray, type: ErrorConstructor, ...parts: string[]): void => {
      failure((out) => softmaxCrossEntropy(x, truth, { columns: 2, out }), type, 'softmaxCrossEntropy: ', ...parts);
    };
    for (const [at, wrong] of [[0, -1], [1, 2], [1, 2 ** 31 - 1]] as const) {
      const bad = Int32Array.of(0, 1);
      bad[at] = wrong;
      refused(bad, RangeError, `labels[${at}]`, 'from 0 to 1', `got ${wrong}`);
    }
    refused(Int32Array.of(0), RangeError, 'labels', '2 elements', 'got 1');
    refused(array(1, 0), RangeError, 'labels', '4 elements', 'got 2');
    refused(new Float64Array(4), TypeError, 'labels', 'got Float64Array(4)');
    for (const wrong of ['average', 1]) {
      const reduction = wrong as never;
      failure((out) => softmaxCrossEntropy(x, labels, { columns: 2, reduction, out }), RangeError, 'softmaxCrossEntropy: ', 'reduction', "'mean'");
      failure((out) => binaryCrossEntropyWithLogits(x, x, { reduction, out }), RangeError, 'binaryCrossEntropyWithLogits: ', 'reduction', "'mean'");
    }
  });

  it('linear and matmul show the shapes that do not fit, and ask for sizes that nothing decides', () => {
    const { linear, matmul } = backend;
    const weight = array(1, 2, 3, 4, 5, 6);
    const parts = ['x [rows 3, inFeatures 2] has 4', 'weight [outFeatures 3, inFeatures 2] has 6'];
    failure((out) => linear(x, weight, null, { inFeatures: 2, rows: 3, out }), RangeError, 'linear: ', ...parts);
    failure((out) => linear(x, x, array(1, 2, 3), { out }), RangeError, 'linear: ', 'bias [outFeatures 3] has 3', 'weight', 'has 4');
    const backward = (dx: Float32Array): unknown => linear.backward(array(1, 2, 3), x, x, { inFeatures: 2, out: { dx } });
    failure(backward, RangeError, 'linear.backward: ', 'dy [rows 2, outFeatures 2] has 3');
    failure((out) => matmul(x, array(1, 2, 3), { k: 2, out }), RangeError, 'matmul: ', 'a [m 2, k 2] has 4', 'b [k 2, n 1] has 3');
    failure((out) => linear(x, x, null, { out }), RangeError, 'linear: ', 'rows, inFeatures, outFeatures', 'option');
    failure((out) => matmul(x, x, { out }), RangeError, 'matmul: ', 'm, k, n', 'option');
    failure(() => matmul(x, x, undefined as never), RangeError, 'matmul: ', 'm, k, n', 'option');
    for (const inFeatures of [-1, 1.5, NaN]) {
      failure((out) => linear(x, x, null, { inFeatures, out }), RangeError, 'linear: ', 'inFeatures', 'integer', `got ${inFeatures}`);
    }
    failure((out) => linear(x, x, null, { rows: '2' as never, out }), TypeError, 'linear: ', 'rows', 'got "2"');
  });

  it('gradientStep: learningRate', () => {
    const { gradientStep } = backend;
    for (const options of [undefined, {}, { learningRate: undefined }]) {
      failure((w) => gradientStep(w, x, options as never), TypeError, 'gradientStep: ', 'learningRate', 'got undefined');
    }
    failure((w) => gradientStep(w, x, { learningRate: '1' } as never), TypeError, 'gradientStep: ', 'learningRate', 'got "1"');
    for (const learningRate of [NaN, Infinity]) {
      failure((w) => gradientStep(w, x, { learningRate }), RangeError, 'gradientStep: ', 'learningRate', 'finite', `got ${learningRate}`);
    }
  });

  it('allocate and wrap', () => {
    const { allocate, memoryUsage, wrap } = backend;
    const before = memoryUsage();
    const types = [['Uint8Array', Uint8Array], ['"Float32Array"', 'Float32Array'], ['undefined', undefined], ['Object', Object]] as const;
    for (const [came, type] of types) {
      failure(() => allocate(type as never, 4), TypeError, 'allocate: ', 'type', 'Float32Array, Float64Array or Int32Array', `got ${came}`);
      failure(() => wrap(type as never, 1024, 4), TypeError, 'wrap: ', 'type', 'Float32Array, Float64Array or Int32Array', `got ${came}`);
    }
    for (const wrong of [-1, 1.5, NaN, Infinity]) {
      failure(() => allocate(Float32Array, wrong), RangeError, 'allocate: ', 'length', `got ${wrong}`);
      failure(() => wrap(Float32Array, 1024, wrong), RangeError, 'wrap: ', 'length', `got ${wrong}`);
      failure(() => wrap(Float32Array, wrong, 4), RangeError, 'wrap: ', 'pointer', `got ${wrong}`);
    }
    for (const [came, wrong] of [['"4"', '4'], ['undefined', undefined], ['4n', 4n]] as const) {
      failure(() => allocate(Float32Array, wrong as never), TypeError, 'allocate: ', 'length', `got ${came}`);
      failure(() => wrap(Float32Array, wrong as never, 4), TypeError, 'wrap: ', 'pointer', `got ${came}`);
    }
    failure(() => wrap(Float32Array, 1026, 4), RangeError, 'wrap: ', 'pointer', 'multiple of 4', 'got 1026');
    failure(() => wrap(Float64Array, 1028, 4), RangeError, 'wrap: ', 'pointer', 'multiple of 8', 'got 1028');
    failure(() => wrap(Float32Array, memoryUsage().bytes, 1), RangeError, 'wrap: ', String(memoryUsage().bytes));
    failure(() => wrap(Float32Array, 1024, 2 ** 40), RangeError, 'wrap: ', String(memoryUsage().bytes));
    expect(wrap(Float32Array, memoryUsage().bytes, 0)).toHaveLength(0);
    expect(memoryUsage()).toEqual(before);
  });

  it('allocate: more than there can be', () => {
    const before = backend.memoryUsage();
    failure(() => backend.allocate(Float32Array, 2 ** 40), RangeError, 'allocate: ', 'memory', String(before.bytes));
    expect(backend.memoryUsage()).toEqual(before);
  });

  it('an array that was freed', () => {
    const freed = backend.allocate(Float64Array, 3);
    freed.free();
    expect(freed.freed).toBe(true);
    for (const use of [() => { freed.free(); }, () => freed.data, () => freed.pointer]) failure(use, Error, 'Float64Array of 3', 'freed');
    freed[Symbol.dispose]();
  });
});
