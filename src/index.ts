/**
 * The functions of the default backend, ready at import. `createBackend` gives the same ones over a memory of their own.
 *
 * Every function takes Float32Arrays and Float64Arrays, ordinary ones or WasmArrays, and returns a new array of the kind
 * and element type of its input; `out` takes the result instead and may be the input. A TypeError or RangeError names the
 * operation and the argument, and nothing has been written then.
 */
import { backend } from './default.js';

/**
 * The logistic function, 1 / (1 + e^-x). Values in (0, 1); saturates on both sides; not zero-centred. Its derivative
 * sigmoid(x) (1 - sigmoid(x)) is at most 1/4: gradients shrink with every layer.
 *
 * Largest error in ULP: f32 1.78 / 3, f64 1.66 / 3.13 (f / f').
 * Rumelhart, Hinton and Williams: Learning representations by back-propagating errors. Nature 323, 1986.
 */
export const sigmoid = backend.sigmoid;

/** Another name of `sigmoid`. */
export const logistic = backend.logistic;

/**
 * The hyperbolic tangent, (e^x - e^-x) / (e^x + e^-x) = 2 sigmoid(2x) - 1. Values in (-1, 1); saturates on both sides;
 * zero-centred. Its derivative 1 - tanh(x)^2 is 1 at 0.
 *
 * Largest error in ULP: f32 1.82 / 3.06, f64 1.51 / 3.08 (f / f').
 * LeCun, Bottou, Orr and Müller: Efficient BackProp. Neural Networks: Tricks of the Trade, 1998.
 */
export const tanh = backend.tanh;

/**
 * The rectified linear unit, max(x, 0). Its derivative is 1 for x > 0 and 0 elsewhere, 0 included: a unit whose inputs
 * are all negative gets no gradient and is called dead.
 *
 * Largest error in ULP: f32 0 / 0, f64 0 / 0 (f / f').
 * Nair and Hinton: Rectified linear units improve restricted Boltzmann machines. ICML 2010.
 */
export const relu = backend.relu;

/**
 * x for x > 0, alpha x otherwise; alpha is 0.01. The derivative at 0 is alpha.
 *
 * Largest error in ULP: f32 0.84 / 0.84, f64 0.5 / 0.5 (f / f').
 * Maas, Hannun and Ng: Rectifier nonlinearities improve neural network acoustic models. ICML 2013.
 */
export const leakyRelu = backend.leakyRelu;

/**
 * min(max(alpha x + beta, 0), 1); alpha is 0.2 and beta 0.5, as in WebNN and ONNX. The derivative is alpha between the
 * kinks and 0 at them. `hardSigmoid.torch` has alpha 1/6, as PyTorch.
 *
 * Largest error in ULP: f32 1.4 / 0.6, f64 1.3 / 0.5 (f / f').
 * W3C: Web Neural Network API, hardSigmoid; ONNX operators, HardSigmoid.
 */
export const hardSigmoid = backend.hardSigmoid;

/**
 * min(max(x/4 + 1/2, 0), 1): the hardSigmoid that touches the logistic function at 0.
 *
 * Largest error in ULP: f32 0.5 / 0, f64 0.5 / 0 (f / f').
 * The first-order Taylor polynomial of the logistic function at 0.
 */
export const hardLogistic = backend.hardLogistic;

/**
 * min(max(x, min), max); -1 and 1. The derivative is 1 between the kinks and 0 at them.
 *
 * Largest error in ULP: f32 0 / 0, f64 0 / 0 (f / f').
 * Collobert: Large scale machine learning. PhD thesis, Université Paris VI, 2004.
 */
export const hardTanh = backend.hardTanh;

/**
 * The unit step: 0 for x < 0, at0 for x = 0 (0.5), 1 for x > 0. Its derivative is 0 everywhere.
 *
 * Largest error in ULP: f32 0 / 0, f64 0 / 0 (f / f').
 * McCulloch and Pitts: A logical calculus of the ideas immanent in nervous activity. Bull. Math. Biophysics 5, 1943.
 */
export const heaviside = backend.heaviside;

/** Another name of `heaviside`. */
export const step = backend.step;

/** All elementwise functions by name. */
export const activations = backend.activations;

/**
 * e^x_i / sum_j e^x_j over rows of `columns` elements; the whole array is one row by default. Bridle, 1990.
 *
 * The maximum of a row is taken off first, so nothing overflows. An element of -Infinity gets probability 0; a row with a
 * NaN, with Infinity, or with nothing but -Infinity is NaN, as in PyTorch. `backward` is the whole vector-Jacobian product.
 */
export const softmax = backend.softmax;

/** ln softmax(x), without the underflow of taking them one after the other. */
export const logSoftmax = backend.logSoftmax;

/** The index of each row's first maximum, as an Int32Array; the first NaN where there is one. */
export const argmax = backend.argmax;

/** The loss of a classifier, -ln softmax(logits)[label], with its gradient, in one call. */
export const softmaxCrossEntropy = backend.softmaxCrossEntropy;

/** The loss of a two-class classifier with one logit, -ln sigmoid(x) or -ln(1 - sigmoid(x)), with its gradient. */
export const binaryCrossEntropyWithLogits = backend.binaryCrossEntropyWithLogits;

/**
 * The linear layer y = x W^T + b. x is [rows, inFeatures], the weight [outFeatures, inFeatures], as in PyTorch, the bias
 * [outFeatures], y [rows, outFeatures]. Sizes are inferred where the lengths decide them.
 */
export const linear = backend.linear;

/** The matrix product, [m, k] by [k, n]. */
export const matmul = backend.matmul;

/** One step of gradient descent, weights -= learningRate gradient, in place. */
export const gradientStep = backend.gradientStep;

/**
 * A zeroed array in wasm memory, on which the functions work without a copy.
 *
 *     const x = allocate(Float32Array, 1_000_000);
 *     x.data.set(values);
 *     sigmoid(x, { out: x });
 *     x.free();
 */
export const allocate = backend.allocate;

/** Elements that are in the memory already, as an array that does not own them; the pointer is in bytes. */
export const wrap = backend.wrap;

/** How much of the memory is in use. */
export const memoryUsage = backend.memoryUsage;

/** What the functions run on, and why something is off. */
export const features = backend.features;

export { createBackend } from './backend.js';
export { ready } from './default.js';
export { WasmArray } from './arrays.js';

export type { FloatArray, IntArray } from './arrays.js';
export type { FloatTypedArray, NumericArray, NumericArrayConstructor } from './numeric.js';
export type { Activations, Backend, BackendOptions, DisposableBackend, MemoryUsage } from './backend.js';
export type { Info, Interval, Parameter } from './catalogue.js';
export type { Features } from './engine.js';
export type { GradientStep, Linear, LinearGradients, LinearGradientTargets, LinearSizes, Matmul, MatmulOptions } from './linear.js';
export type { BinaryCrossEntropyWithLogits, Loss, LossOptions, Reduction, SoftmaxCrossEntropy } from './losses.js';
export type { Activation, Binary, InvertibleActivation, OutOption, ParameterOptions, Unary } from './operations.js';
export type { RowsOption } from './axis.js';
export type { Argmax, RowsActivation, Softmax } from './rows.js';
export type { WasmSource } from './wasm/instantiate.js';
