/** What is wrong is said: the operation, the argument, what came and what was expected. And nothing is written. */
import { describe, expect, it } from 'vitest';
import { gates } from '../src/gates.js';
import type { Backend, WasmArray } from '../src/index.js';
import { backends } from './backends.js';
import { activationsOf, failure } from './support.js';

const array = (): Float32Array => Float32Array.of(1, 2, 3, 4);

/** What is no array of floating-point numbers, and how a message calls it. */
const NO_ARRAYS: readonly (readonly [came: string, value: unknown])[] = [
  ['an array of 4', [1, 2, 3, 4]],
  ['null', null],
  ['undefined', undefined],
  ['Uint8Array(4)', new Uint8Array(4)],
  ['BigInt64Array(4)', new BigInt64Array(4)],
  ['a DataView', new DataView(new ArrayBuffer(16))],
  ['"text"', 'text'],
  ['an Object', { length: 4 }],
  ['true', true],
  ['a function', () => 0],
];

/** Calls with one argument left open. TypeScript would not let most values through. */
interface Call {
  readonly operation: string;
  readonly argument: string;
  /** Names of the types it may be. */
  readonly expected: 'float' | 'integer' | 'either';
  /** null and undefined mean something. */
  readonly optional?: 'undefined' | 'null';
  readonly call: (value: never, out: Float32Array) => unknown;
}

function callsOf(backend: Backend): Call[] {
  const { argmax, binaryCrossEntropyWithLogits, diagnose, gradientStep, hardmax, linear, logSoftmax, logSumExp, matmul, meanSquaredError, nllLoss, prelu, softmax, softmaxCrossEntropy, softmin, sparsemax } = backend;
  const gated = (Object.keys(gates) as (keyof typeof gates)[]).map((name) => [name, backend[name]] as const);
  const x = array();
  const call = (operation: string, argument: string, f: Call['call'], more: Partial<Call> = {}): Call =>
    ({ operation, argument, expected: 'float', call: f, ...more });
  const out = (operation: string, f: Call['call'], argument = 'out'): Call =>
    call(operation, argument, f, { optional: argument === 'out' ? 'undefined' : 'null' });
  const elementwise = activationsOf(backend).flatMap((f) => {
    const { name } = f.info;
    const { backwardFromOutput } = f;
    return [
      call(name, 'x', (v, to) => f(v as Float32Array, { out: to })),
      out(name, (v) => f(x, { out: v })),
      call(`${name}.derivative`, 'x', (v, to) => f.derivative(v, { out: to })),
      out(`${name}.derivative`, (v) => f.derivative(x, { out: v })),
      call(`${name}.backward`, 'dy', (v, to) => f.backward(v, x, { out: to })),
      call(`${name}.backward`, 'x', (v, to) => f.backward(x, v, { out: to })),
      out(`${name}.backward`, (v) => f.backward(x, x, { out: v })),
      ...(backwardFromOutput
        ? [
            call(`${name}.backwardFromOutput`, 'dy', (v, to) => backwardFromOutput(v as Float32Array, x, { out: to })),
            call(`${name}.backwardFromOutput`, 'y', (v, to) => backwardFromOutput(x, v as Float32Array, { out: to })),
            out(`${name}.backwardFromOutput`, (v) => backwardFromOutput(x, x, { out: v })),
          ]
        : []),
    ];
  });
  const rows = [softmax, logSoftmax, softmin, sparsemax, hardmax].flatMap((f) => [
    call(f.name, 'x', (v, to) => f(v, { columns: 2, out: to })),
    out(f.name, (v) => f(x, { columns: 2, out: v })),
    call(`${f.name}.backward`, 'dy', (v, to) => f.backward(v, x, { columns: 2, out: to })),
    call(`${f.name}.backward`, 'x', (v, to) => f.backward(x, v, { columns: 2, out: to })),
    out(`${f.name}.backward`, (v) => f.backward(x, x, { columns: 2, out: v })),
  ]);
  const fromOutput = [softmax, logSoftmax, softmin, sparsemax].flatMap((f) => [
    call(`${f.name}.backwardFromOutput`, 'y', (v, to) => f.backwardFromOutput(x, v, { columns: 2, out: to })),
    out(`${f.name}.backwardFromOutput`, (v) => f.backwardFromOutput(x, x, { columns: 2, out: v })),
  ]);
  return [
    ...elementwise,
    ...rows,
    ...fromOutput,
    call('softmax.jacobian', 'x', (v) => softmax.jacobian(v)),
    out('softmax.jacobian', (v) => softmax.jacobian(x.subarray(0, 2), { out: v })),
    call('logSumExp', 'x', (v) => logSumExp(v, { columns: 1 })),
    out('logSumExp', (v) => logSumExp(x, { columns: 1, out: v })),
    call('logSumExp.backward', 'dy', (v, to) => logSumExp.backward(v, x, { columns: 1, out: to })),
    call('logSumExp.backward', 'x', (v, to) => logSumExp.backward(x, v, { columns: 1, out: to })),
    out('logSumExp.backward', (v) => logSumExp.backward(x, x, { columns: 1, out: v })),
    call('argmax', 'x', (v) => argmax(v, { columns: 2 })),
    call('argmax', 'out', (v) => argmax(x, { columns: 2, out: v }), { expected: 'integer', optional: 'undefined' }),
    call('softmaxCrossEntropy', 'logits', (v, to) => softmaxCrossEntropy(v, Int32Array.of(0, 1), { columns: 2, out: to })),
    call('softmaxCrossEntropy', 'labels', (v, to) => softmaxCrossEntropy(x, v, { columns: 2, out: to }), { expected: 'either' }),
    out('softmaxCrossEntropy', (v) => softmaxCrossEntropy(x, Int32Array.of(0, 1), { columns: 2, out: v })),
    call('binaryCrossEntropyWithLogits', 'logits', (v, to) => binaryCrossEntropyWithLogits(v, x, { out: to })),
    call('binaryCrossEntropyWithLogits', 'targets', (v, to) => binaryCrossEntropyWithLogits(x, v, { out: to })),
    out('binaryCrossEntropyWithLogits', (v) => binaryCrossEntropyWithLogits(x, x, { out: v })),
    call('softmaxCrossEntropy', 'weight', (v, to) => softmaxCrossEntropy(x, Int32Array.of(0, 1), { columns: 2, weight: v, out: to }), { optional: 'undefined' }),
    call('nllLoss', 'logProbabilities', (v, to) => nllLoss(v, Int32Array.of(0, 1), { columns: 2, out: to })),
    call('nllLoss', 'labels', (v) => nllLoss(x, v, { columns: 2 }), { expected: 'integer' }),
    out('nllLoss', (v) => nllLoss(x, Int32Array.of(0, 1), { columns: 2, out: v })),
    call('meanSquaredError', 'y', (v, to) => meanSquaredError(v, x, { out: to })),
    call('meanSquaredError', 'targets', (v, to) => meanSquaredError(x, v, { out: to })),
    out('meanSquaredError', (v) => meanSquaredError(x, x, { out: v })),
    ...gated.flatMap(([name, f]) => [
      call(name, 'x', (v, to) => f(v, { columns: 2, out: to })),
      out(name, (v) => f(Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8), { columns: 2, out: v })),
      call(`${name}.backward`, 'dy', (v, to) => f.backward(v, Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8), { columns: 2, out: to })),
      call(`${name}.backward`, 'x', (v, to) => f.backward(x, v, { columns: 2, out: to })),
      out(`${name}.backward`, (v) => f.backward(Float32Array.of(1, 2), x, { columns: 2, out: v })),
    ]),
    call('prelu', 'x', (v, to) => prelu(v, 0.1, { out: to })),
    out('prelu', (v) => prelu(x, 0.1, { out: v })),
    call('prelu.derivative', 'x', (v, to) => prelu.derivative(v, 0.1, { out: to })),
    out('prelu.derivative', (v) => prelu.derivative(x, 0.1, { out: v })),
    call('prelu.backward', 'dy', (v, to) => prelu.backward(v, x, 0.1, { out: { dx: to } })),
    call('prelu.backward', 'x', (v, to) => prelu.backward(x, v, 0.1, { out: { dx: to } })),
    out('prelu.backward', (v) => prelu.backward(x, x, x, { out: { dx: v } }), 'out.dx'),
    out('prelu.backward', (v, to) => prelu.backward(x, x, x, { out: { dx: to, dSlope: v } }), 'out.dSlope'),
    call('diagnose', 'y', (v) => diagnose(v, 'relu')),
    call('linear', 'x', (v, to) => linear(v, x, null, { inFeatures: 2, out: to })),
    call('linear', 'weight', (v, to) => linear(x, v, null, { inFeatures: 2, out: to })),
    call('linear', 'bias', (v, to) => linear(x, x, v, { inFeatures: 2, out: to }), { optional: 'null' }),
    out('linear', (v) => linear(x, x, null, { inFeatures: 2, out: v })),
    call('linear.backward', 'dy', (v, to) => linear.backward(v, x, x, { inFeatures: 2, out: { dx: to } })),
    call('linear.backward', 'x', (v, to) => linear.backward(x, v, x, { inFeatures: 2, out: { dx: to } })),
    call('linear.backward', 'weight', (v, to) => linear.backward(x, x, v, { inFeatures: 2, out: { dx: to } })),
    out('linear.backward', (v) => linear.backward(x, x, x, { inFeatures: 2, out: { dx: v } }), 'out.dx'),
    out('linear.backward', (v, to) => linear.backward(x, x, x, { inFeatures: 2, out: { dx: to, dWeight: v } }), 'out.dWeight'),
    out('linear.backward', (v, to) => linear.backward(x, x, x, { inFeatures: 2, out: { dx: to, dBias: v } }), 'out.dBias'),
    call('matmul', 'a', (v, to) => matmul(v, x, { k: 2, out: to })),
    call('matmul', 'b', (v, to) => matmul(x, v, { k: 2, out: to })),
    out('matmul', (v) => matmul(x, x, { k: 2, out: v })),
    call('gradientStep', 'weights', (v) => gradientStep(v, x, { learningRate: 1 })),
    call('gradientStep', 'gradient', (v, to) => gradientStep(to, v, { learningRate: 1 })),
  ];
}

function detached<A extends Float32Array | Int32Array>(view: A): A {
  structuredClone(view.buffer, { transfer: [view.buffer as ArrayBuffer] });
  return view;
}

describe.each(backends)('$name', ({ backend }) => {
  const calls = callsOf(backend).map((call) => ({ title: `${call.operation}: ${call.argument}`, ...call }));

  it.each(calls)('$title of a wrong type', ({ operation, argument, expected, optional, call }) => {
    const allowed = { float: ['Float32Array'], integer: ['Int32Array'], either: ['Float32Array'] }[expected];
    const strangers: Readonly<Record<Call['expected'], typeof NO_ARRAYS>> = {
      float: [['Int32Array(4)', new Int32Array(4)]],
      integer: [['Float32Array(4)', new Float32Array(4)]],
      either: [],
    };
    for (const [came, value] of [...NO_ARRAYS, ...strangers[expected]]) {
      if (value === undefined && optional) continue;
      // What null means to argmax has a test of its own.
      if (value === null && (optional === 'null' || operation === 'argmax')) continue;
      failure((out) => call(value as never, out), TypeError, `${operation}: `, argument, ...allowed, `got ${came}`);
    }
  });

  it.each(calls)('$title detached or freed', ({ operation, argument, expected, call }) => {
    const gone = expected === 'integer' ? detached(new Int32Array(2)) : detached(array());
    failure((out) => call(gone as never, out), TypeError, `${operation}: `, argument, 'detached');
    const freed: WasmArray<Int32Array> | WasmArray = expected === 'integer' ? backend.allocate(Int32Array, 2) : backend.allocate(Float32Array, 4);
    freed.free();
    failure((out) => call(freed as never, out), Error, `${operation}: `, argument, 'freed');
  });

  // One argument of an operation decides the element type and the length for the others.
  const followers = calls.filter(({ operation, argument, expected }) =>
    expected === 'float' && !['x', 'y', 'a', 'weights', 'logits', 'logProbabilities'].includes(argument) && operation !== 'argmax');

  it.each(followers)('$title of another element type', ({ operation, argument, call }) => {
    failure((out) => call(new Float64Array(4) as never, out), TypeError, `${operation}: `, argument, 'Float32Array', 'got Float64Array(4)');
    const stored = backend.allocate(Float64Array, 4);
    failure((out) => call(stored as never, out), TypeError, `${operation}: `, argument, 'Float32Array', 'got Float64Array(4)');
    stored.free();
  });

  const shapedByAll = ['weight', 'bias', 'b'];
  it.each(followers.filter(({ operation, argument }) => !shapedByAll.includes(argument) && !(operation === 'linear.backward' && argument === 'dy')))(
    '$title of another length', ({ operation, argument, call }) => {
      const length = argument === 'out.dBias' ? 2 : 4;
      for (const wrong of [length - 1, length + 1, 0]) {
        failure((out) => call(new Float32Array(wrong) as never, out), RangeError, `${operation}: `, argument, `${length} elements`, `got ${wrong}`);
      }
    },
  );

  it('argmax: out of another length', () => {
    failure(() => backend.argmax(array(), { columns: 2, out: new Int32Array(3) }), RangeError, 'argmax: ', 'out', '2 elements', 'got 3');
  });

  it('numbers and arrays do not mix', () => {
    const { sigmoid, leakyRelu } = backend;
    failure((out) => sigmoid(1, { out } as never), TypeError, 'sigmoid: ', 'out', 'numbers');
    failure((out) => sigmoid.backward(1, 2, { out } as never), TypeError, 'sigmoid.backward: ', 'out', 'numbers');
    failure((out) => sigmoid.backward(array(), 2 as never, { out }), TypeError, 'sigmoid.backward: ', 'x', 'got 2');
    failure((out) => leakyRelu.backward(2 as never, array(), { out }), TypeError, 'leakyRelu.backward: ', 'dy', 'got 2');
    failure(() => [1, 2, 3].map(sigmoid), TypeError, 'sigmoid: ', 'the options must be an object, got 0');
  });

  it('what may be empty, and what may not', () => {
    const none = new Float32Array(0);
    for (const f of activationsOf(backend)) {
      expect(f(none)).toHaveLength(0);
      expect(f.backward(none, none)).toHaveLength(0);
    }
    expect(backend.softmax(none, { columns: 3 })).toHaveLength(0);
    expect(backend.argmax(none, { columns: 3 })).toHaveLength(0);
    expect(backend.gradientStep(none, none, { learningRate: 1 })).toHaveLength(0);
    expect(backend.binaryCrossEntropyWithLogits(none, none, { reduction: 'sum' }).loss).toBe(0);
    for (const f of [backend.softmax, backend.logSoftmax, backend.sparsemax, backend.hardmax, backend.logSumExp]) failure(() => f(none), RangeError, `${f.name}: `, 'x', 'no elements');
    failure(() => backend.argmax(none), RangeError, 'argmax: ', 'x', 'no elements');
    failure(() => backend.softmaxCrossEntropy(none, new Int32Array(0), { columns: 2 }), RangeError, 'softmaxCrossEntropy: ', 'logits', 'mean');
    failure(() => backend.binaryCrossEntropyWithLogits(none, none), RangeError, 'binaryCrossEntropyWithLogits: ', 'logits', 'mean');
  });
});
