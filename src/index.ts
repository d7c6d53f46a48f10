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
 * e^x_i / sum_j e^x_j over rows of `columns` elements, or along an axis of a shape: `{ shape: [n, c, h, w], axis: 1 }`. The
 * whole array is one row by default.
 *
 * The maximum of a row is taken off first, so nothing overflows. An element of -Infinity gets probability 0; a row with a
 * NaN, with Infinity, or with nothing but -Infinity is NaN, as in PyTorch. `backward` is the whole vector-Jacobian product.
 * Bridle: Probabilistic interpretation of feedforward classification network outputs. Neurocomputing, NATO ASI F 68, 1990.
 */
export const softmax = backend.softmax;

/** ln softmax(x), without the underflow of taking them one after the other. An element of -Infinity stays so and gets the gradient 0. */
export const logSoftmax = backend.logSoftmax;

/** softmax(-x): the largest share for the smallest element. An element of Infinity gets 0. */
export const softmin = backend.softmin;

/**
 * max(x_i - tau, 0) with the tau for which a row sums to 1: the probabilities nearest to the row, which unlike those of
 * softmax may be 0. The gradient of the elements with y > 0 is dy less its mean over them, that of the others 0. An element of
 * -Infinity gets 0; a row with a NaN, with Infinity, or with nothing but -Infinity is NaN.
 *
 * Martins and Astudillo: From softmax to sparsemax: a sparse model of attention and multi-label classification. ICML 2016.
 */
export const sparsemax = backend.sparsemax;

/**
 * 1 at the first maximum of a row, 0 elsewhere; its derivatives are 0. A row with a NaN, or with nothing but -Infinity, is NaN.
 * ONNX operators, Hardmax.
 */
export const hardmax = backend.hardmax;

/**
 * ln sum_j e^x_j, one value a row, without overflow. A row of nothing but -Infinity has -Infinity, one with Infinity has
 * Infinity, one with a NaN has NaN. `backward` takes one dy a row: dy softmax(x).
 *
 * Largest error in ULP: f32 0.5, f64 2.9, of the larger one where the maximum and the logarithm of the rest cancel.
 */
export const logSumExp = backend.logSumExp;

/** The index of each row's first maximum, as an Int32Array; the first NaN where there is one. */
export const argmax = backend.argmax;

/**
 * The loss of a classifier, -ln softmax(logits)[label], with its gradient, in one call. Logits are rows of `columns`
 * classes, or `{ shape, axis }` with the classes along any axis (PyTorch: axis 1 of [n, c, d1, ...]); labels are an Int32Array
 * with one index a row, or rows of probabilities p shaped like the logits, for -sum_j p_j ln softmax(logits)_j.
 *
 * `weight` has one weight a class: the loss of a label is taken weight[label] times, and a `mean` is divided by the sum of
 * the labels' weights (for probabilities each class's term is weighted, and a `mean` is divided by the rows). `ignoreIndex` is
 * the label of rows that count nothing: loss 0, gradient 0. `labelSmoothing` e makes of the label 1 - e, and e/columns of
 * every class. `reduction` is `mean`, `sum` or `none`, and the gradient that of what is returned.
 *
 * A logit of -Infinity masks its class: its gradient is 0, and it counts nothing as long as no probability is asked of it. A
 * label that is no class is a RangeError, a mean of no rows too; where all rows are ignored it is NaN, as in PyTorch.
 * PyTorch: torch.nn.CrossEntropyLoss; Szegedy et al.: Rethinking the Inception architecture. CVPR 2016 (label smoothing).
 */
export const softmaxCrossEntropy = backend.softmaxCrossEntropy;

/**
 * The negative log-likelihood -weight[label] logProbabilities[label], with its gradient: softmaxCrossEntropy for what
 * logSoftmax has gone over already. Shapes, `weight`, `ignoreIndex` and `reduction` as there; labels are indices.
 *
 * PyTorch: torch.nn.NLLLoss.
 */
export const nllLoss = backend.nllLoss;

/**
 * The loss of a two-class classifier with one logit, -p t ln sigmoid(x) - (1 - t) ln(1 - sigmoid(x)), with its gradient.
 * Targets t are shaped like the logits. `posWeight` p (1) is a number, or an array with one a column: that of a row, or with
 * `{ shape, axis }` of any axis. `reduction` is `mean`, `sum` or `none`: one loss an element.
 *
 * PyTorch: torch.nn.BCEWithLogitsLoss.
 */
export const binaryCrossEntropyWithLogits = backend.binaryCrossEntropyWithLogits;

/**
 * The mean of (y - t)^2 over all elements, with its gradient 2 (y - t) / n; `reduction` may be `sum` or `none` (one loss an
 * element) instead. Targets t are shaped like y. The sum is one of squares in double precision.
 *
 * PyTorch: torch.nn.MSELoss.
 */
export const meanSquaredError = backend.meanSquaredError;

/**
 * The gated linear unit, value sigmoid(gate): a row of `columns` elements, an even number, is a value and a gate side by side,
 * and the result has half as many. The gate is the `second` half, as in PyTorch, or with `gate: 'first'` the first. `{ shape,
 * axis }` halves any axis. `backward(dy, x)` gives dy sigmoid(gate) for the values and dy value sigmoid'(gate) for the gates.
 *
 * Dauphin, Fan, Auli and Grangier: Language modeling with gated convolutional networks. ICML 2017.
 */
export const glu = backend.glu;

/**
 * As `glu` with relu for sigmoid: value max(gate, 0).
 *
 * Shazeer: GLU variants improve transformer. arXiv:2002.05202, 2020.
 */
export const reglu = backend.reglu;

/**
 * The rectified linear unit with learned slopes: x for x > 0, slope x otherwise. The slope is a number, an array of one, or an
 * array with one a column, whose length x is a multiple of; with `{ shape, axis }` the slopes go along any axis (PyTorch:
 * axis 1). The derivative at 0 is the slope; a slope of 0 makes 0 of -Infinity.
 *
 * `backward(dy, x, slope)` gives `{ dx, dSlope }`, dSlope shaped like the slope: the sum of dy x over x <= 0, added in double
 * precision with compensation, the same wherever the arrays are. Both may be given as `out: { dx, dSlope }`.
 *
 * He, Zhang, Ren and Sun: Delving deep into rectifiers. ICCV 2015.
 */
export const prelu = backend.prelu;

/**
 * How the outputs y of a layer are spread: which part of them is dead (equal to a limit of the activation, so that no gradient
 * passes), saturated on the left and on the right (within `tolerance`, 0.01, of the distance between the limits from one, or
 * within `tolerance` itself where the other is infinite), NaN or infinite, and the mean, variance, minimum and maximum of what
 * is finite, in one pass. With `columns` also `deadUnits`: the part of the columns in which all rows are dead.
 *
 * The activation is a name or a function, its parameters are options or stand beside it:
 *
 *     diagnose(y, 'relu', { columns: 64 });
 *     diagnose(y, { op: hardTanh, min: 0, max: 6 });
 *
 * Lu, Shin, Su and Karniadakis: Dying ReLU and initialization. Commun. Comput. Phys. 28, 2020.
 */
export const diagnose = backend.diagnose;

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
export type { Diagnose, DiagnoseOptions, Diagnosed, Diagnosis } from './diagnosis.js';
export type { BinaryCrossEntropyOptions, BinaryCrossEntropyWithLogits, MeanSquaredError } from './element-losses.js';
export type { GateOptions, GatedUnit } from './gates.js';
export type { ClassLossOptions, Loss, LossOptions, NllLoss, Reduction, SoftmaxCrossEntropy, SoftmaxCrossEntropyOptions } from './losses.js';
export type { Prelu, PreluGradientTargets, PreluGradients } from './prelu.js';
export type { Activation, Binary, InvertibleActivation, OutOption, ParameterOptions, Unary } from './operations.js';
export type { RowsOption } from './axis.js';
export type { Argmax, Jacobian, RowsActivation, RowsBackward, RowsForward, RowsFunction, RowsInfo, Softmax } from './rows.js';
export type { WasmSource } from './wasm/instantiate.js';
