import { backend } from './default.js';

export const {
  activations,
  allocate,
  argmax,
  binaryCrossEntropyWithLogits,
  features,
  gradientStep,
  hardLogistic,
  hardSigmoid,
  hardTanh,
  heaviside,
  leakyRelu,
  linear,
  logistic,
  logSoftmax,
  matmul,
  memoryUsage,
  relu,
  sigmoid,
  softmax,
  softmaxCrossEntropy,
  step,
  tanh,
  wrap,
} = backend;

export { createBackend } from './backend.js';
export { ready } from './default.js';
export { WasmArray } from './arrays.js';

export type { FloatArray, FloatTypedArray, IntArray, NumericArray, NumericArrayConstructor } from './arrays.js';
export type { Activations, Backend, BackendOptions, DisposableBackend, MemoryUsage } from './backend.js';
export type { Info, Interval, Parameter } from './catalogue.js';
export type { Features } from './engine.js';
export type { GradientStep, Linear, LinearGradients, LinearGradientTargets, LinearSizes, Matmul, MatmulOptions } from './linear.js';
export type { BinaryCrossEntropyWithLogits, Loss, LossOptions, Reduction, SoftmaxCrossEntropy } from './losses.js';
export type { Activation, Binary, InvertibleActivation, OutOption, ParameterOptions, Unary } from './operations.js';
export type { Argmax, RowsActivation, RowsOption, Softmax } from './rows.js';
export type { WasmSource } from './wasm/instantiate.js';
