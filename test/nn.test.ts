/** Layers and networks of them: memory, the order of calls, what is refused. */
import { afterAll, describe, expect, it } from 'vitest';
import * as defaults from '../src/index.js';
import { type DisposableBackend, type FloatArray, type FloatTypedArray, createBackend } from '../src/index.js';
import { Activation, Adam, Batches, type Layer, Linear, MeanSquaredError, SGD, Sequential, SoftmaxCrossEntropy } from '../src/nn/index.js';
import { backends, floatTypes } from './backends.js';
import { type FloatType, errorOf, expectSame, inMemory, ordinary } from './support.js';

/** Sums in whichever order. */
function expectClose(actual: FloatTypedArray, expected: FloatTypedArray): void {
  const bound = expected.BYTES_PER_ELEMENT === 4 ? 1e-4 : 1e-12;
  expectSame(actual.map((value, i) => (Math.abs(value - expected[i]!) <= bound ? expected[i]! : value)), expected);
}

describe.each(backends)('a network, in $name', ({ name, backend }) => {
  const own: DisposableBackend[] = [];
  /** Another backend of the kind, in whose memory there is nothing else. */
  const fresh = async (): Promise<DisposableBackend> => {
    const made = await createBackend(name === 'javascript' ? { wasm: false } : {});
    own.push(made);
    return made;
  };
  afterAll(() => { for (const { dispose } of own) dispose(); });

  const layers = (): Layer[] => [new Linear(4, 5), new Activation('tanh'), new Linear(5, 3)];
  const network = (type: FloatType = Float32Array, seed = 1): Sequential => new Sequential(layers(), { backend, type: type as typeof Float32Array, seed });
  const gradientsOf = (model: Sequential): FloatTypedArray[] => model.parameters.map(({ gradient }) => gradient.data.slice());

  it.each(floatTypes)('gives the gradient of its input only if it is asked for, and adds to gradients if asked to, in $type', ({ FloatArray: type }) => {
    const model = network(type);
    model.forward(ordinary(type, 8));
    const dy = ordinary(type, 6);
    expect(model.backward(dy)).toBeNull();
    const once = gradientsOf(model);
    expect(once.every((gradient) => gradient.some((value) => value !== 0))).toBe(true);
    expect(model.backward(dy, { accumulate: true, dx: true })!.length).toBe(8);
    gradientsOf(model).forEach((gradient, i) => { expectClose(gradient, once[i]!.map((value) => 2 * value)); });
    model.backward(dy);
    gradientsOf(model).forEach((gradient, i) => { expectSame(gradient, once[i]!); });
  });

  it.each(floatTypes)('does the same for ordinary arrays, those in memory, and those of another backend, in $type', async ({ FloatArray: type }) => {
    const model = network(type);
    const [x, dy] = [ordinary(type, 28), ordinary(type, 21, 2)];
    const run = (a: FloatArray, b: FloatArray): FloatTypedArray[] => {
      const y = model.forward(a).data.slice();
      return [y, model.backward(b, { dx: true })!.data.slice(), ...gradientsOf(model)];
    };
    const expected = run(inMemory(backend, x) as FloatArray, inMemory(backend, dy) as FloatArray);
    const other = await fresh();
    for (const [a, b] of [[x, dy], [inMemory(other, x), inMemory(other, dy)]] as [FloatArray, FloatArray][]) {
      // The sums over the rows are taken so many rows at a time, which depends on where the arrays are.
      run(a, b).forEach((values, i) => { expectClose(values, expected[i]!); });
    }
  });

  it.each(floatTypes)('predicts some rows at a time what it computes of all at once, in $type', ({ FloatArray: type }) => {
    const model = network(type);
    for (const rows of [1, 256, 257, 700]) {
      const x = ordinary(type, 4 * rows);
      const expected = model.forward(x).data.slice();
      expectSame(model.predict<FloatTypedArray>(x), expected);
      expectSame(model.predict<FloatTypedArray>(inMemory(backend, x) as FloatArray), expected);
    }
    model.free();
  });

  it('has no backward while it is frozen', () => {
    const model = network();
    model.freeze();
    model.forward(ordinary(Float32Array, 8));
    expect(() => model.backward(ordinary(Float32Array, 6))).toThrow('Linear(5, 3): it is frozen; freeze(false) lets it learn');
    model.freeze(false);
    model.backward(ordinary(Float32Array, 6));
    model.free();
  });

  it('lets go of the outputs for fewer rows where more come than before', () => {
    const model = network();
    model.forward(ordinary(Float32Array, 16));
    const few = model.forward(ordinary(Float32Array, 8));
    expect(few.freed).toBe(false);
    model.forward(ordinary(Float32Array, 64));
    expect(few.freed).toBe(true);
    model.free();
  });

  it('takes backends, and not their promises', () => {
    expect(() => new Sequential(layers(), { backend: createBackend({ wasm: false }) as never })).toThrow('sigmoidal/nn: backend must be what createBackend resolves to, got a Promise');
    expect(() => new Sequential(layers(), { type: 'float64' as never })).toThrow('sigmoidal/nn: type must be Float32Array or Float64Array');
  });

  it('takes rows of another type as its own where they are ordinary, and labels in memory', () => {
    const x = ordinary(Float32Array, 8);
    for (const type of [Float32Array, Float64Array]) {
      expectSame(network(type).predict(Float64Array.from(x)), network(type).predict(x));
      const [inside, outside] = [inMemory(backend, Int32Array.of(2, 1)), Int32Array.of(2, 1)].map((labels) => new SoftmaxCrossEntropy({ backend }).forward(network(type).forward(x), labels));
      expect(inside).toBe(outside);
    }
    const message = errorOf(() => network().forward(inMemory(backend, new Float64Array(8)))).message;
    expect(message).toContain('Float32Array');
  });

  it('takes more rows than before, fewer, one, and none', () => {
    const [model, x] = [network(), ordinary(Float32Array, 400)];
    const all = model.predict(x);
    for (const rows of [3, 1, 0, 64, 100, 7, 100]) expectSame(model.predict(x.subarray(0, 4 * rows)), all.subarray(0, 3 * rows), `${rows} rows`);
    const growing = network();
    for (const rows of [0, 1, 3, 100]) expectSame(growing.predict(x.subarray(0, 4 * rows)), all.subarray(0, 3 * rows), `${rows} rows`);
  });

  it('lets NaN and infinities through, and keeps them to their rows', () => {
    const x = ordinary(Float32Array, 12);
    const clean = network().predict(x);
    const y = network().predict(x.map((value, i) => (i === 5 ? NaN : value)));
    y.forEach((value, i) => { expect(value).toBe(i >= 3 && i < 6 ? NaN : clean[i]); });
    const model = network();
    const loss = new MeanSquaredError({ backend });
    expect(loss.forward(model.forward(x), new Float32Array(9).fill(NaN))).toBeNaN();
    model.backward(loss.backward());
    expect(gradientsOf(model).every((gradient) => gradient.every((value) => Number.isNaN(value)))).toBe(true);
  });

  it('predicts with the weights it was frozen with, and with those it takes from a state', () => {
    const [model, x] = [network(), ordinary(Float32Array, 8)];
    const [before, other] = [model.predict(x), network(Float32Array, 2)];
    const weight = model.parameters[0]!.value;
    model.freeze();
    weight.data.fill(0);
    expectSame(model.predict(x), before);
    model.freeze();
    expect([...model.predict(x)]).not.toEqual([...before]);
    model.loadStateDict(other.stateDict());
    expectSame(model.predict(x), other.predict(x));
    weight.data.fill(0);
    expect([...model.predict(x)]).not.toEqual([...other.predict(x)]);
  });

  it('allocates nothing after the first step, and gives all of it back', async () => {
    const sg = await fresh();
    const model = new Sequential([new Linear(4, 8), new Activation('relu'), new Sequential([new Linear(8, 8, { bias: false }), new Activation('gelu')]), new Linear(8, 3), new Activation('softplus')], { backend: sg });
    const loss = new SoftmaxCrossEntropy({ backend: sg });
    const batches = new Batches(ordinary(Float32Array, 4 * 50), new Int32Array(50).map((_, i) => i % 3), { size: 16, backend: sg });
    const optimizers = [new SGD(model.parameters, { learningRate: 0.01, momentum: 0.9 }), new SGD(model.parameters, { learningRate: 0.01 }), new Adam(model.parameters)];
    const epoch = (): void => {
      for (const { x, targets } of batches) {
        loss.forward(model.forward(x), targets);
        model.backward(loss.backward(), { dx: true });
        for (const optimizer of optimizers) optimizer.step();
        const usage = sg.memoryUsage();
        expect(usage).toEqual(first ??= usage);
      }
    };
    let first: ReturnType<typeof sg.memoryUsage> | undefined;
    for (let i = 0; i < 5; i++) epoch();
    const last = model.forward(new Float32Array(8));
    expect(model.forward(new Float32Array(8))).toBe(last);
    const thawed = sg.memoryUsage();
    for (const frozen of [true, true, false]) model.freeze(frozen);
    expect(sg.memoryUsage()).toEqual(thawed);
    model.freeze();
    expect(first!.arrays).toBeGreaterThan(20);
    for (const part of [model, loss, batches, ...optimizers]) part.free();
    expect(sg.memoryUsage()).toMatchObject({ used: 0, arrays: 0 });
    // Again, and what never was in memory.
    for (const part of [model, loss, ...optimizers, network(), new SoftmaxCrossEntropy()]) part.free();
  });

  it('is of no use once it was freed', () => {
    const model = network();
    const [linear, activation] = model.layers as [Linear, Activation];
    const optimizer = new SGD(model.parameters, { learningRate: 0.1 });
    model.forward(new Float32Array(4));
    model.free();
    const calls = [() => model.forward(new Float32Array(4)), () => model.predict(new Float32Array(4)), () => model.parameters, () => model.backward(new Float32Array(3)), () => model.summary(), () => model.stateDict()];
    for (const call of calls) expect(errorOf(call).message).toBe('Sequential(3): it was freed');
    expect(errorOf(() => linear.forward(new Float32Array(4))).message).toBe('Linear(4, 5): it was freed');
    expect(errorOf(() => activation.forward(new Float32Array(4))).message).toBe('Activation(tanh): it was freed');
    expect(errorOf(() => { optimizer.step(); }).message).toContain('freed');
  });

  it('has no place for what has one, or for what does not fit, and says so every time', async () => {
    const sg = await fresh();
    const [shared, alone] = [new Linear(4, 4), new Linear(4, 4)];
    const model = new Sequential([shared, new Activation('relu')], { backend: sg, seed: 1 });
    const before = model.predict(Float32Array.of(1, 2, 3, 4));
    alone.forward(new Float32Array(4));
    const { used } = sg.memoryUsage();
    const wrong: [Layer[], string][] = [
      [[new Linear(4, 4), shared], 'Sequential: layer 1: Linear(4, 4): it has a place already'],
      [[new Sequential([alone])], 'Sequential: layer 0: Sequential: layer 0: Linear(4, 4): it has a place already'],
      [[new Linear(4, 4), model], 'Sequential: layer 1: Sequential(2): it has a place already'],
      [[new Linear(4, 5), new Activation('relu'), new Linear(4, 4)], 'Sequential: layer 2: Linear(4, 4): it takes 4 features, 5 come in'],
      [[new Activation('softmax'), new Linear(4, 4)], 'Sequential: layer 0: Activation(softmax): a function of rows needs their length as columns'],
      [[new Linear(4, 4), new Activation({ op: 'softmax', beta: 2 })], 'Sequential: layer 1: softmax: there is no option beta'],
      [[new Linear(4, 4), new Activation({ op: 'silu', beta: '2' })], 'Sequential: layer 1: silu: beta must be a number'],
    ];
    for (const [list, message] of wrong) {
      const network_ = new Sequential(list, { backend: sg });
      for (let i = 0; i < 2; i++) expect(errorOf(() => network_.forward(new Float32Array(4))).message).toContain(message);
    }
    expect(sg.memoryUsage().used).toBe(used);
    expectSame(model.predict(Float32Array.of(1, 2, 3, 4)), before);
    const backwardFirst = new Sequential([new Linear(4, 4), new Activation('relu')], { backend: sg, seed: 1 });
    expect(errorOf(() => backwardFirst.backward(new Float32Array(4))).message).toBe('Activation(relu): backward needs a forward before it');
    expectSame(backwardFirst.predict(Float32Array.of(1, 2, 3, 4)), before);
  });

  it('takes no wrong arguments', () => {
    const wrong: [() => unknown, string][] = [
      [() => new Linear(0, 3), 'Linear: inFeatures must be an integer of at least 1, got 0'],
      [() => new Linear(4, 3, false as never), 'Linear(4, 3): the options must be an object, got false'],
      [() => new Linear(4, 3, { activation: 'relu' } as never), 'Linear(4, 3): there is no option activation, only backend, type, seed, bias, initialization'],
      [() => new Linear(4, 3, { bias: 1 as never }), 'Linear(4, 3): bias must be a boolean, got 1'],
      [() => new Linear(4, 3, { initialization: 'glorot' as never }), 'Linear(4, 3): there is no initialization "glorot", only xavierUniform'],
      [() => new Activation('rellu'), 'Activation: there is no activation rellu, only sigmoid, '],
      [() => new Activation(null as never), 'or { op } with one of them, got null'],
      [() => new Activation(Math.tanh as never), 'or { op } with one of them, got a function'],
      [() => new Activation('softmax', { column: 3 } as never), 'Activation: there is no option column'],
      [() => new Sequential([]), 'Sequential: layers must be an array of layers, got an array of 0'],
      [() => new Sequential(new Linear(4, 3) as never), 'Sequential: layers must be an array of layers, got a Linear'],
      [() => new Sequential([new Linear(4, 3), defaults.relu as never]), 'Sequential: layers[1] must be a layer, got a function'],
      [() => new Sequential(new Array<Layer>(2).fill(new Activation('relu'))), 'cannot come twice'],
      [() => new Sequential(layers(), { dtype: 'float32' } as never), 'Sequential: there is no option dtype'],
      [() => new Sequential(layers(), { seed: '1' as never }).parameters, 'seed must be an integer, got "1"'],
      [() => new Sequential(layers(), { type: 'float32' as never }).parameters, 'type must be Float32Array or Float64Array, got "float32"'],
      [() => network().forward(new Float32Array(6)), 'Linear(4, 5): x must consist of rows of 4 elements, got 6'],
      [() => network().forward(undefined as never), 'Linear(4, 5): x must consist of rows of 4 elements, got undefined'],
      [() => network().forward([1, 2, 3, 4] as never), 'linear: x must be a Float32Array, a Float64Array or a WasmArray of one, got an array of 4'],
      [() => { const model = network(); model.forward(new Float32Array(8)); model.backward(new Float32Array(4)); }, 'dy [rows 2, outFeatures 3] has 4'],
    ];
    for (const [call, message] of wrong) expect(errorOf(call).message).toContain(message);
  });
});
