/** A user of the package: compiled against its declarations, in which every line that must not compile says so, and run. */
import {
  type Activation, type Backend, type FloatArray, type Info, WasmArray, activations, allocate, argmax, binaryCrossEntropyWithLogits,
  createBackend, diagnose, features, glu, gradientStep, hardSigmoid, hardTanh, hardmax, heaviside, leakyRelu, linear, logSumExp, logistic, matmul,
  meanSquaredError, memoryUsage, nllLoss, prelu, ready, reglu, relu, sigmoid, softmax, softmaxCrossEntropy, softmin, sparsemax, step, tanh, wrap,
} from 'sigmoidal';
import {
  Activation as ActivationLayer, Adam, AdamW, type Batch, Batches, type Layer, Linear, MeanSquaredError, SGD, Sequential, SoftmaxCrossEntropy, type StateDict, readSafetensors,
} from 'sigmoidal/nn';

/** typed<Expected>()(value) compiles if the value is of the type expected, and not of `any`. */
const typed = <Expected>() => <Actual extends Expected>(value: Actual, ..._any: 0 extends Actual & 1 ? [never] : []): Actual => value;

const singles = (length = 4): Float32Array => new Float32Array(length);
const doubles = (length = 4): Float64Array => new Float64Array(length);
const labels = new Int32Array(2);
const x = allocate(Float32Array, 4);
const wide = typed<WasmArray<Float64Array>>()(allocate(Float64Array, 4));

export function results(): void {
  // The result is of the kind of the input, or is `out`.
  typed<Float32Array>()(sigmoid(singles()));
  typed<Float64Array>()(sigmoid(doubles()));
  typed<number>()(sigmoid(8));
  typed<WasmArray>()(sigmoid(x));
  typed<WasmArray<Float64Array>>()(tanh(wide));
  typed<WasmArray>()(sigmoid(singles(), { out: x }));
  typed<Float32Array>()(sigmoid(x, { out: singles() }));
  const either: FloatArray = Math.random() < 2 ? singles() : x;
  typed<FloatArray>()(relu(either));

  typed<Float32Array>()(sigmoid.backward(singles(), singles()));
  typed<WasmArray>()(sigmoid.backward(singles(), x));
  typed<number>()(sigmoid.backward(1, 2));
  typed<Float64Array>()(tanh.backwardFromOutput(wide, doubles()));
  typed<Float32Array>()(leakyRelu.derivative(singles(), { alpha: 0.1 }));
  typed<Float32Array>()(hardTanh(singles(), { min: -2, max: 2, out: singles() }));
  typed<WasmArray>()(hardTanh(x, { min: -2, bias: singles(2), columns: 2 }));
  typed<Float32Array>()(sigmoid.backward(singles(), x, { bias: allocate(Float32Array, 2), shape: [2, 2], axis: 0, out: singles() }));
  typed<number>()(heaviside(0, { at0: 1 }));
  typed<Float32Array>()(hardSigmoid.torch(singles(), { alpha: 0.2, beta: 0.5 }));
  typed<boolean>()(logistic === sigmoid && step === heaviside && activations.sigmoid === sigmoid);
  typed<'alpha' | 'beta'>()('alpha' as keyof typeof hardSigmoid.info.parameters);
  typed<readonly [low: number, high: number]>()(sigmoid.info.range);
  const info: Info = relu.info;
  const simple: Activation = activations.tanh;
  typed<string>()(info.formula + simple.info.name);
}

export function rows(): void {
  typed<Float32Array>()(softmax(singles(), { columns: 2 }));
  typed<WasmArray>()(softmax.backward(singles(), x, { columns: 2 }));
  typed<Float64Array>()(softmax.jacobian(doubles()));
  typed<WasmArray>()(softmax.jacobian(singles(2), { out: x }));
  typed<Float32Array>()(softmin(singles(), { shape: [2, 2], axis: 0 }));
  typed<WasmArray>()(sparsemax.backwardFromOutput(singles(), x, { shape: [2, 2] }));
  typed<Float64Array>()(hardmax.backward(doubles(), doubles(), { columns: 2 }));
  typed<Float32Array>()(logSumExp(singles(), { columns: 2 }));
  typed<WasmArray>()(logSumExp.backward(singles(2), x, { columns: 2 }));
  typed<string>()(sparsemax.info.source);
  typed<Int32Array>()(argmax(singles()));
  typed<WasmArray<Int32Array>>()(argmax(x, { columns: 2, out: allocate(Int32Array, 2) }));
  typed<number>()(softmaxCrossEntropy(singles(), labels, { columns: 2 }).loss);
  typed<Float32Array>()(softmaxCrossEntropy(singles(), labels, { columns: 2 }).gradient);
  typed<number>()(softmaxCrossEntropy(x, singles(), { columns: 2, reduction: 'sum' }).loss);
  const each = binaryCrossEntropyWithLogits(doubles(), doubles(), { reduction: 'none' });
  typed<number>()(each.loss.length);
  typed<Float64Array>()(each.gradient);
  typed<number>()(softmaxCrossEntropy(x, labels, { shape: [1, 2, 2], axis: 1, weight: singles(2), ignoreIndex: -100, labelSmoothing: 0.1 }).loss);
  typed<WasmArray>()(nllLoss(x, labels, { columns: 2, weight: singles(2) }).gradient);
  typed<Float64Array>()(meanSquaredError(doubles(), doubles()).gradient);
  typed<number>()(binaryCrossEntropyWithLogits(doubles(), doubles(), { posWeight: 2 }).loss);
  typed<WasmArray>()(glu(x, { columns: 2, gate: 'first' }));
  typed<Float32Array>()(reglu.backward(singles(2), singles(), { columns: 2 }));
  typed<WasmArray>()(prelu(x, 0.25));
  typed<number>()(prelu.backward(singles(), singles(), 0.25).dSlope);
  typed<Float32Array>()(prelu.backward(singles(), x, singles(2)).dSlope);
  typed<Float32Array>()(prelu.backward(singles(), x, 0.25, { out: { dx: singles() } }).dx);
  typed<WasmArray>()(prelu.backward(singles(), x, singles(2)).dx);
  typed<number>()(diagnose(singles(), 'relu', { columns: 2 }).dead + diagnose(x, hardTanh, { min: -2 }).variance + diagnose(x, { op: leakyRelu, alpha: 0.1 }).mean);
}

export function layers(): void {
  typed<Float32Array>()(linear(singles(), singles(), singles(2)));
  typed<WasmArray>()(linear(x, singles(), null, { inFeatures: 2 }));
  typed<Float32Array>()(linear(x, singles(), null, { inFeatures: 2, out: singles() }));
  const gradients = linear.backward(singles(), x, singles(), { inFeatures: 2, out: { dx: null, dBias: singles(2) } });
  typed<null>()(gradients.dx);
  typed<WasmArray>()(gradients.dWeight);
  typed<Float32Array>()(gradients.dBias);
  typed<Float64Array>()(matmul(doubles(), doubles(), { k: 2, transposeB: true }));
  typed<WasmArray>()(gradientStep(x, singles(), { learningRate: 0.1 }));
}

export function networks(): void {
  const model = new Sequential([new Linear(2, 8), new ActivationLayer(leakyRelu), new ActivationLayer({ op: 'softcap', cap: 10 }), new Linear(8, 2, { bias: false, initialization: 'heUniform' })], { seed: 1 });
  const loss = new SoftmaxCrossEntropy({ labelSmoothing: 0.1 });
  const optimizer = new SGD(model.parameters, { learningRate: 0.1, momentum: 0.9 });
  for (const { x: rows, targets } of new Batches(singles(), labels, { size: 2, seed: 1 })) {
    typed<number>()(loss.forward(model.forward(rows), targets));
    typed<WasmArray | WasmArray<Float64Array> | null>()(model.backward(loss.backward()));
    optimizer.step();
  }
  optimizer.learningRate = 0.01;
  new AdamW(model.parameters).step();
  new Adam(model.parameters, { learningRate: 0.01, beta1: 0.8 }).step();
  typed<Float32Array>()(model.predict(singles()));
  typed<Float64Array>()(model.predict<Float64Array>(doubles()));
  const squares = new MeanSquaredError();
  for (const { x: rows, targets } of new Batches(singles(), singles(), { rows: 2 })) typed<number>()(squares.forward(model.forward(rows), targets));
  typed<number>()(new MeanSquaredError({ reduction: 'sum' }).forward(model.forward(singles()), singles()));
  typed<StateDict>()(readSafetensors(model.save()).tensors);
  const copy: Layer = new Sequential([...model.layers].map((layer) => (layer instanceof Linear ? new Linear(layer.inFeatures, layer.outFeatures) : new ActivationLayer('relu'))), { type: Float64Array });
  typed<number | undefined>()(copy.features);
  typed<string>()(model.summary());
  typed<number | undefined>()(model.diagnose()[0]?.gradientNorm);
  // One class in both files.
  if (!(model.forward(x) instanceof WasmArray)) throw new Error('sigmoidal/nn has its own WasmArray');
  model.free();
}

export async function memory(): Promise<void> {
  typed<number>()(memoryUsage().bytes + x.pointer + x.length);
  typed<Float64Array>()(wide.data);
  typed<WasmArray<Float64Array>>()(wrap(Float64Array, wide.pointer, 2));
  typed<boolean>()(x instanceof WasmArray);
  const sg: Backend = await createBackend({ wasm: false });
  typed<Float32Array>()(sg.sigmoid(singles()));
  typed<'wasm' | 'javascript'>()(features.backend);
  typed<string | undefined>()((await ready).reason);
  using scoped = allocate(Float32Array, 1);
  typed<WasmArray>()(scoped);
  const own = await createBackend();
  own.dispose();
}

/** Must not compile; never run. */
export async function misuse(): Promise<void> {
  // @ts-expect-error a derivative that is no function of the output
  heaviside.backwardFromOutput(singles(), singles());
  // @ts-expect-error a list of numbers
  sigmoid([1, 2, 3]);
  // @ts-expect-error integers
  sigmoid(new Int32Array(2));
  // @ts-expect-error another function's option
  sigmoid(singles(), { alpha: 1 });
  // @ts-expect-error a misspelt option
  leakyRelu(singles(), { aplha: 1 });
  // @ts-expect-error a parameter that is no number
  leakyRelu(singles(), { alpha: '1' });
  // @ts-expect-error a bias for a number
  sigmoid(1, { bias: singles() });
  // @ts-expect-error a bias where the derivative is told from the output
  sigmoid.backwardFromOutput(singles(), singles(), { bias: singles() });
  // @ts-expect-error out for a number
  sigmoid(1, { out: singles() });
  // @ts-expect-error a number and an array
  sigmoid.backward(1, singles());
  // @ts-expect-error an output that is no array
  sigmoid(singles(), { out: [] });
  // @ts-expect-error a misspelt option
  softmax(singles(), { colums: 2 });
  // @ts-expect-error derivatives that are no function of the output
  hardmax.backwardFromOutput(singles(), singles());
  // @ts-expect-error a shape that is a number
  softmax(singles(), { shape: 4 });
  // @ts-expect-error labels that are a list
  softmaxCrossEntropy(singles(), [0, 1], { columns: 2 });
  // @ts-expect-error another reduction
  softmaxCrossEntropy(singles(), labels, { columns: 2, reduction: 'average' });
  // @ts-expect-error indices only
  nllLoss(singles(), singles(), { columns: 2 });
  // @ts-expect-error another half
  glu(singles(), { gate: 'left' });
  // @ts-expect-error the slope is missing
  prelu(singles());
  // @ts-expect-error another function's parameter
  diagnose(singles(), relu, { alpha: 1 });
  // @ts-expect-error indices go into integers
  argmax(singles(), { out: singles() });
  // @ts-expect-error weights are missing
  linear(singles());
  // @ts-expect-error sizes are missing
  matmul(singles(), singles());
  // @ts-expect-error the learning rate is missing
  gradientStep(singles(), singles(), {});
  // @ts-expect-error a misspelt option
  new Linear(2, 2, { biass: false });
  // @ts-expect-error an activation is a layer of its own
  new Linear(2, 2, { activation: 'relu' });
  // @ts-expect-error another initialization
  new Linear(2, 2, { initialization: 'glorot' });
  // @ts-expect-error a function that is no layer
  new Sequential([relu]);
  // @ts-expect-error the learning rate is missing
  new SGD([], {});
  // @ts-expect-error a loss for each row
  new MeanSquaredError({ reduction: 'none' });
  // @ts-expect-error a batch is read, not changed
  (({} as Batch).x = x);
  // @ts-expect-error a type there are no kernels for
  allocate(Uint8Array, 4);
  // @ts-expect-error an option there is not
  await createBackend({ thread: 4 });
  // @ts-expect-error a fact, not to be changed
  sigmoid.info.name = 'another';
  // @ts-expect-error the view is read, not set
  x.data = singles();
}

results();
rows();
layers();
networks();
await memory();
console.log('the consumer ran');
