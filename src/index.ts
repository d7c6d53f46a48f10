/**
 * The functions of the default backend, ready at import. `createBackend` gives the same ones over a memory of their own.
 *
 * Every function takes Float32Arrays and Float64Arrays, ordinary ones or WasmArrays, and returns a new array of the kind
 * and element type of its input; `out` takes the result instead and may be the input. A TypeError or RangeError names the
 * operation and the argument, and nothing has been written then.
 *
 * The elementwise ones take a `bias` with one value a column, too, and compute f(x + bias) in one pass: see BiasOption.
 *
 * Facts and figures are those of the default parameters. A parameter that multiplies or divides is 0 or has a magnitude from
 * 1e-100 to 1e100, and with Float32Arrays every parameter but the bounds of clamp and hardTanh
 * is within the range of float32.
 */
import { backend } from './default.js';

/**
 * The logistic function, 1 / (1 + e^-x). Its derivative sigmoid(x) (1 - sigmoid(x)) is at most 1/4: gradients shrink
 * with every layer.
 *
 * Range [0, 1], of f' [0, 0.25]; saturates on both sides; not zero-centred; monotonic; no kinks.
 * Largest error in ULP: f32 2 / 3.28, f64 1.78 / 3.84 (f / f').
 * Rumelhart, Hinton and Williams: Learning representations by back-propagating errors. Nature 323, 1986.
 */
export const sigmoid = backend.sigmoid;

/** Another name of `sigmoid`. */
export const logistic = backend.logistic;

/**
 * The logarithm of the logistic function, ln sigmoid(x) = -ln(1 + e^-x) = -softplus(-x): the log-probability of a yes.
 * Its derivative is sigmoid(-x): it vanishes on the right only, where sigmoid is already 1. Taking ln of sigmoid(x)
 * instead gives -Infinity where sigmoid has gone to 0, and loses all digits where it has gone to 1.
 *
 * Range (-∞, 0], of f' [0, 1]; saturates on the right; not zero-centred; monotonic; no kinks.
 * Largest error in ULP: f32 1.85 / 2, f64 2.2 / 2.58 (f / f').
 * PyTorch, torch.nn.functional.logsigmoid; JAX, jax.nn.log_sigmoid.
 */
export const logSigmoid = backend.logSigmoid;

/**
 * The hyperbolic tangent, (e^x - e^-x) / (e^x + e^-x) = 2 sigmoid(2x) - 1. Its derivative 1 - tanh(x)^2 is 1 at 0.
 *
 * Range [-1, 1], of f' [0, 1]; saturates on both sides; zero-centred; monotonic; no kinks.
 * Largest error in ULP: f32 1.78 / 3.19, f64 2 / 3.83 (f / f').
 * LeCun, Bottou, Orr and Müller: Efficient BackProp. Neural Networks: Tricks of the Trade, 1998.
 */
export const tanh = backend.tanh;

/**
 * x / (1 + |x|). Its derivative 1 / (1 + |x|)^2 is 1 at 0 and falls like 1/x^2, where tanh's falls exponentially:
 * units saturate more slowly.
 *
 * Range [-1, 1], of f' [0, 1]; saturates on both sides; zero-centred; monotonic; no kinks.
 * Largest error in ULP: f32 1.5 / 3.45, f64 1.5 / 3.41 (f / f').
 * Bergstra, Desjardins, Lamblin and Bengio: Quadratic polynomials learn better image features. Technical report 1337,
 * Université de Montréal, 2009.
 */
export const softsign = backend.softsign;

/**
 * cap tanh(x / cap): x near 0, and never beyond -cap and cap; cap is 30 and must be positive. Its derivative is 1 at
 * 0. It keeps logits bounded where a clamp would cut their gradient to 0 at once. Gemma 2 uses 30 for the final logits
 * and 50 for those of attention.
 *
 * Range [-30, 30], of f' [0, 1]; saturates on both sides; zero-centred; monotonic; no kinks.
 * Largest error in ULP: f32 0.51 / 0.51, f64 2.25 / 4.84 (f / f').
 * Gemma Team: Gemma 2: Improving open language models at a practical size. arXiv:2408.00118, 2024.
 */
export const softcap = backend.softcap;

/**
 * min(max(alpha x + beta, 0), 1); alpha is 0.2 and beta 0.5, as in WebNN and ONNX. The line is 0 at the number nearest to
 * -beta/alpha, so that 1/6 and 1/2 are what they stand for. The derivative is alpha between the kinks and 0 at them. `hardSigmoid.torch` has alpha 1/6, as PyTorch.
 *
 * Range [0, 1], of f' [0, 0.2]; saturates on both sides; not zero-centred; monotonic; f'(-beta/alpha) = 0, f'((1 - beta)/alpha) = 0.
 * Largest error in ULP: f32 1.4 / 0.6, f64 1.3 / 0.5 (f / f').
 * W3C: Web Neural Network API, hardSigmoid; ONNX operators, HardSigmoid.
 */
export const hardSigmoid = backend.hardSigmoid;

/**
 * min(max(x/4 + 1/2, 0), 1): the hardSigmoid that touches the logistic function at 0.
 *
 * Range [0, 1], of f' [0, 0.25]; saturates on both sides; not zero-centred; monotonic; f'(-beta/alpha) = 0, f'((1 - beta)/alpha) = 0.
 * Largest error in ULP: f32 0.5 / 0, f64 0.5 / 0 (f / f').
 * The first-order Taylor polynomial of the logistic function at 0.
 */
export const hardLogistic = backend.hardLogistic;

/**
 * min(max(x, min), max); -1 and 1. The derivative is 1 between the kinks and 0 at them.
 *
 * Range [-1, 1], of f' [0, 1]; saturates on both sides; zero-centred; monotonic; f'(min) = 0, f'(max) = 0.
 * Largest error in ULP: f32 0 / 0, f64 0 / 0 (f / f').
 * Collobert: Large scale machine learning. PhD thesis, Université Paris VI, 2004.
 */
export const hardTanh = backend.hardTanh;

/**
 * The unit step: 0 for x < 0, at0 for x = 0 (0.5), 1 for x > 0. Its derivative is 0 everywhere.
 *
 * Range [0, 1], of f' [0, 0]; saturates on both sides; not zero-centred; monotonic; f'(0) = 0.
 * Largest error in ULP: f32 0 / 0, f64 0 / 0 (f / f').
 * McCulloch and Pitts: A logical calculus of the ideas immanent in nervous activity. Bull. Math. Biophysics 5, 1943.
 */
export const heaviside = backend.heaviside;

/** Another name of `heaviside`. */
export const step = backend.step;

/**
 * The rectified linear unit, max(x, 0). Its derivative is 1 for x > 0 and 0 elsewhere, 0 included: a unit whose inputs
 * are all negative gets no gradient and is called dead.
 *
 * Range [0, ∞), of f' [0, 1]; saturates on the left; not zero-centred; monotonic; f'(0) = 0.
 * Largest error in ULP: f32 0 / 0, f64 0 / 0 (f / f').
 * Nair and Hinton: Rectified linear units improve restricted Boltzmann machines. ICML 2010.
 */
export const relu = backend.relu;

/**
 * The rectified linear unit with a ceiling, min(max(x, 0), 6). The derivative is 1 between the kinks and 0 at them.
 * The ceiling keeps activations within what few bits can hold, which is why networks for phones use it.
 *
 * Range [0, 6], of f' [0, 1]; saturates on both sides; not zero-centred; monotonic; f'(0) = 0, f'(6) = 0.
 * Largest error in ULP: f32 0 / 0, f64 0 / 0 (f / f').
 * Krizhevsky: Convolutional deep belief networks on CIFAR-10. Unpublished manuscript, 2010.
 */
export const relu6 = backend.relu6;

/**
 * x for x > 0, alpha x otherwise; alpha is 0.01. The derivative at 0 is alpha.
 *
 * Range (-∞, ∞), of f' [0.01, 1]; does not saturate; not zero-centred; monotonic; f'(0) = alpha.
 * Largest error in ULP: f32 0.84 / 0.84, f64 0.5 / 0.5 (f / f').
 * Maas, Hannun and Ng: Rectifier nonlinearities improve neural network acoustic models. ICML 2013.
 */
export const leakyRelu = backend.leakyRelu;

/**
 * The randomised leaky rectifier as it is after training: x for x > 0, (lower + upper)/2 x otherwise; lower is 1/8 and
 * upper 1/3, as in PyTorch. Training draws the slope of every negative element from [lower, upper]; this function
 * always takes their mean, 11/48 by default, and draws nothing. The derivative at 0 is that mean.
 *
 * Range (-∞, ∞), of f' [0.22917, 1]; does not saturate; not zero-centred; monotonic; f'(0) = (lower + upper)/2.
 * Largest error in ULP: f32 0.84 / 0.84, f64 0.5 / 0.49 (f / f').
 * Xu, Wang, Chen and Li: Empirical evaluation of rectified activations in convolutional network. arXiv:1505.00853,
 * 2015.
 */
export const rrelu = backend.rrelu;

/**
 * x for x > theta, value otherwise; both are 0, which makes it relu. At theta it may jump, and the derivative there is
 * taken to be 0. Monotonic as long as value is not above theta, and only then can the derivative be had from the
 * output.
 *
 * Range [0, ∞), of f' [0, 1]; saturates on the left; not zero-centred; monotonic; f'(theta) = 0.
 * Largest error in ULP: f32 0 / 0, f64 0 / 0 (f / f').
 * PyTorch, torch.nn.functional.threshold.
 */
export const threshold = backend.threshold;

/**
 * x for x > alpha, 0 otherwise; alpha is 1. Values 0 or above alpha: unlike relu(x - alpha) it does not subtract alpha,
 * so it jumps at alpha, and the derivative there is taken to be 0. It makes activations sparse; as with relu, a unit
 * that never exceeds alpha gets no gradient.
 *
 * Range [0, ∞), of f' [0, 1]; saturates on the left; not zero-centred; monotonic; f'(alpha) = 0.
 * Largest error in ULP: f32 0 / 0, f64 0 / 0 (f / f').
 * Konda, Memisevic and Krueger: Zero-bias autoencoders and the benefits of co-adapting features. ICLR 2015.
 */
export const thresholdedRelu = backend.thresholdedRelu;

/**
 * ln(1 + e^(beta x)) / beta, a smooth relu; beta is 1 and must be positive. It is ln 2/beta at 0, never below relu(x),
 * and above it by at most ln 2/beta. Its derivative is sigmoid(beta x), which vanishes on the left. Common where an
 * output has to be positive, such as a variance or a rate; there is no threshold above which it gives way to x, as
 * PyTorch has.
 *
 * Range [0, ∞), of f' [0, 1]; saturates on the left; not zero-centred; monotonic; no kinks.
 * Largest error in ULP: f32 1.87 / 2, f64 2.14 / 2.55 (f / f').
 * Dugas, Bengio, Bélisle, Nadeau and Garcia: Incorporating second-order functional knowledge for better option pricing.
 * NIPS 2000.
 */
export const softplus = backend.softplus;

/**
 * (x + sqrt(x^2 + b)) / 2, a smooth relu without exponentials; b is 4 and must not be negative, and 0 gives relu. It
 * is sqrt(b)/2 at 0. With b 4 it has softplus's slope and curvature at 0. Saturates on the left, but algebraically:
 * the derivative falls like b/(4 x^2) there, not exponentially.
 *
 * Range [0, ∞), of f' [0, 1]; saturates on the left; not zero-centred; monotonic; no kinks.
 * Largest error in ULP: f32 0.5 / 0.51, f64 2.75 / 4.84 (f / f').
 * Barron: Squareplus: a softplus-like algebraic rectifier. arXiv:2112.11687, 2021.
 */
export const squareplus = backend.squareplus;

/**
 * The exponential linear unit, x for x > 0, alpha (e^x - 1) otherwise; alpha is 1. Values are above -alpha: negative
 * outputs bring the mean of the activations nearer to 0 than relu does. Saturates on the left, where the derivative
 * alpha e^x vanishes; smooth at 0 for alpha 1, and for any other alpha the derivative at 0 is alpha.
 *
 * Range [-1, ∞), of f' [0, 1]; saturates on the left; not zero-centred; monotonic; f'(0) = alpha.
 * Largest error in ULP: f32 1.17 / 1.72, f64 1.22 / 2.09 (f / f').
 * Clevert, Unterthiner and Hochreiter: Fast and accurate deep network learning by exponential linear units (ELUs). ICLR
 * 2016.
 */
export const elu = backend.elu;

/**
 * The exponential linear unit with the scale inside, x for x > 0, alpha (e^(x/alpha) - 1) otherwise; alpha is 1 and
 * must be positive. Where elu has a kink for alpha other than 1, this is smooth: the derivative e^(x/alpha) is 1 at 0
 * and never above it. With alpha 1 it is elu.
 *
 * Range [-1, ∞), of f' [0, 1]; saturates on the left; not zero-centred; monotonic; no kinks.
 * Largest error in ULP: f32 1.17 / 1.72, f64 1.22 / 2.09 (f / f').
 * Barron: Continuously differentiable exponential linear units. arXiv:1704.07483, 2017.
 */
export const celu = backend.celu;

/**
 * The scaled exponential linear unit, scale x for x > 0, scale alpha (e^x - 1) otherwise, with scale
 * 1.0507009873554805 and alpha 1.6732632423543772. The two constants make mean 0 and variance 1 a fixed point from
 * layer to layer when weights are drawn with variance 1/fan-in. The derivative jumps at 0 from 1.758 to 1.0507 and is
 * the former there.
 *
 * Range [-1.7581, ∞), of f' [0, 1.7581]; saturates on the left; not zero-centred; monotonic; f'(0) = scale alpha.
 * Largest error in ULP: f32 1.91 / 2.58, f64 2.25 / 2.65 (f / f').
 * Klambauer, Unterthiner, Mayr and Hochreiter: Self-normalizing neural networks. NeurIPS 2017.
 */
export const selu = backend.selu;

/**
 * The Gaussian error linear unit, x Phi(x) with the normal distribution's Phi(x) = (1 + erf(x / sqrt(2))) / 2. Values
 * from -0.169971 (at x = -0.7518) up. The derivative vanishes on the left; it changes sign at the minimum, so it is no
 * function of the output. `approximate` chooses 'none' (the default), 'tanh' or 'quick'; transformers use all three,
 * and weights trained with one want the same one. `gelu.tanh` and `gelu.quick` are the two approximations as functions
 * of their own.
 *
 * Range [-0.16997, ∞), of f' [-0.1289, 1.1289]; saturates on the left; not zero-centred; not monotonic; no kinks.
 * Largest error in ULP: f32 1.92 / 1.82, f64 2.88 / 5.57 (f / f').
 * Hendrycks and Gimpel: Gaussian error linear units (GELUs). arXiv:1606.08415, 2016.
 */
export const gelu = backend.gelu;

/**
 * The sigmoid linear unit or swish, x sigmoid(beta x); beta is 1. Values from -0.278465/beta (at x = -1.278465/beta)
 * up. The derivative vanishes on the left; it changes sign at the minimum, so it is no function of the output. With
 * growing beta it goes to relu.
 *
 * Range [-0.27846, ∞), of f' [-0.099839, 1.0998]; saturates on the left; not zero-centred; not monotonic; no kinks.
 * Largest error in ULP: f32 2 / 0.52, f64 2.63 / 5.5 (f / f').
 * Elfwing, Uchibe and Doya: Sigmoid-weighted linear units for neural network function approximation in reinforcement
 * learning. Neural Networks 107, 2018; Ramachandran, Zoph and Le: Searching for activation functions. arXiv:1710.05941,
 * 2017 (beta).
 */
export const silu = backend.silu;

/** Another name of `silu`. */
export const swish = backend.swish;

/**
 * x tanh(softplus(x)) = x tanh(ln(1 + e^x)). Values from -0.308843 (at x = -1.192431) up. The derivative vanishes on
 * the left; it changes sign at the minimum, so it is no function of the output. Close to silu, with a deeper minimum;
 * YOLOv4 uses it.
 *
 * Range [-0.30884, ∞), of f' [-0.11253, 1.0885]; saturates on the left; not zero-centred; not monotonic; no kinks.
 * Largest error in ULP: f32 0.51 / 0.6, f64 2.52 / 5.73 (f / f').
 * Misra: Mish: a self regularized non-monotonic activation function. BMVC 2020.
 */
export const mish = backend.mish;

/**
 * x min(max(x + 3, 0), 6) / 6: silu with the logistic function replaced by a line between two kinks. 0 up to -3, x
 * from 3 on; values from -0.375 (at x = -1.5) up. The derivative is (x + 1.5) / 3 between the kinks, so within (-0.5,
 * 1.5), and jumps at both: it is 0 at -3 and 1 at 3. It changes sign at -1.5, so it is no function of the output.
 *
 * Range [-0.375, ∞), of f' [-0.5, 1.5]; saturates on the left; not zero-centred; not monotonic; f'(-3) = 0, f'(3) = 1.
 * Largest error in ULP: f32 1.92 / 1.99, f64 1.92 / 1.97 (f / f').
 * Howard et al.: Searching for MobileNetV3. ICCV 2019.
 */
export const hardSwish = backend.hardSwish;

/**
 * Soft thresholding: x - lambda for x > lambda, x + lambda for x < -lambda, 0 between them; lambda is 0.5 and must not
 * be negative. The derivative is 0 between the kinks and at them, and 1 outside. It is the proximal operator of lambda
 * |x|, the step that makes ISTA's and LISTA's codes sparse.
 *
 * Range (-∞, ∞), of f' [0, 1]; does not saturate; zero-centred; monotonic; f'(-lambda) = 0, f'(lambda) = 0.
 * Largest error in ULP: f32 0.5 / 0, f64 0.5 / 0 (f / f').
 * Donoho: De-noising by soft-thresholding. IEEE Transactions on Information Theory 41, 1995.
 */
export const softShrink = backend.softShrink;

/**
 * Hard thresholding: x for |x| > lambda, 0 otherwise; lambda is 0.5 and must not be negative. It jumps by lambda at
 * each of -lambda and lambda. Unlike softShrink it leaves large values as they are. The derivative is 0 between the
 * jumps and at them, and 1 outside: it does not show the jumps.
 *
 * Range (-∞, ∞), of f' [0, 1]; does not saturate; zero-centred; monotonic; f'(-lambda) = 0, f'(lambda) = 0.
 * Largest error in ULP: f32 0 / 0, f64 0 / 0 (f / f').
 * Donoho and Johnstone: Ideal spatial adaptation by wavelet shrinkage. Biometrika 81, 1994.
 */
export const hardShrink = backend.hardShrink;

/**
 * x - tanh(x). It is x^3/3 near 0 and x minus or plus 1 far from it, so small values are all but removed and large
 * ones kept. Its derivative tanh(x)^2 lies in [0, 1), and is 0 at 0 only: gradients vanish for small inputs, not for
 * large ones.
 *
 * Range (-∞, ∞), of f' [0, 1]; does not saturate; zero-centred; monotonic; no kinks.
 * Largest error in ULP: f32 0.51 / 0.53, f64 2.3 / 5.28 (f / f').
 * PyTorch, torch.nn.functional.tanhshrink.
 */
export const tanhShrink = backend.tanhShrink;

/**
 * x + sin(alpha x)^2 / alpha; alpha is 1, and 0 gives x. It goes up with x and adds a periodic part of period
 * pi/alpha, so that a network can continue periodic data beyond its training range; vocoders use it. The derivative 1
 * + sin(2 alpha x) lies in [0, 2] and is 0 at (4k - 1) pi / (4 alpha); at Infinity it has no limit and is NaN.
 *
 * Range (-∞, ∞), of f' [0, 2]; does not saturate; not zero-centred; monotonic; no kinks.
 * Largest error in ULP: f32 0.51 / 0.51, f64 2.42 / 5.69 (f / f').
 * Ziyin, Hartwig and Ueda: Neural networks fail to learn periodic functions and how to fix it. NeurIPS 2020.
 */
export const snake = backend.snake;

/**
 * alpha x + beta; alpha is 1 and beta 0, which makes it the identity. It is 0 at the number nearest to -beta/alpha. Its
 * derivative is alpha everywhere. Called linear
 * in WebNN; that name is the layer's here.
 *
 * Range (-∞, ∞), of f' [1, 1]; does not saturate; zero-centred; monotonic; no kinks.
 * Largest error in ULP: f32 0 / 0, f64 0 / 0 (f / f').
 * W3C: Web Neural Network API, linear.
 */
export const affine = backend.affine;

/**
 * min(max(x, min), max), with no bounds by default. The derivative is 1 between the bounds and at them, 0 outside: this
 * is what distinguishes it from hardTanh, whose derivative is 0 at the bounds. An element that sits on a bound, for
 * instance because it was clamped before, still gets its gradient.
 *
 * Range (-∞, ∞), of f' [1, 1]; does not saturate; zero-centred; monotonic; f'(min) = 1, f'(max) = 1.
 * Largest error in ULP: f32 0 / 0, f64 0 / 0 (f / f').
 * W3C: Web Neural Network API, clamp; ONNX operators, Clip.
 */
export const clamp = backend.clamp;

/**
 * e^x. Its own derivative, so gradients vanish on the left and grow without bound on the right. Overflows to Infinity
 * above 88.72 in f32 and 709.78 in f64; the small results go down through the subnormal numbers to 0.
 *
 * Range [0, ∞), of f' [0, ∞); saturates on the left; not zero-centred; monotonic; no kinks.
 * Largest error in ULP: f32 1.04 / 1.75, f64 1.21 / 2.09 (f / f').
 * W3C: Web Neural Network API, exp; ONNX operators, Exp.
 */
export const exp = backend.exp;

/**
 * e^x - 1, without the cancellation of subtracting 1 afterwards: near 0 it is x to full precision, and -0 stays -0.
 * Its derivative is e^x, which vanishes on the left.
 *
 * Range [-1, ∞), of f' [0, ∞); saturates on the left; not zero-centred; monotonic; no kinks.
 * Largest error in ULP: f32 1.78 / 1.75, f64 1.22 / 2.09 (f / f').
 * ECMAScript Language Specification, Math.expm1.
 */
export const expm1 = backend.expm1;

/**
 * ln(1 + x), accurate near 0, where it is x to full precision and -0 stays -0. Defined from -1 on, where it is
 * -Infinity; NaN below. Its derivative 1 / (1 + x), below -1 too, falls slowly to 0 on the right. Used to compress counts and
 * magnitudes that span orders of magnitude.
 *
 * Range (-∞, ∞), of f' [0, ∞); saturates on the right; not zero-centred; monotonic; no kinks.
 * Largest error in ULP: f32 0.51 / 0.51, f64 0.83 / 2.07 (f / f').
 * ECMAScript Language Specification, Math.log1p.
 */
export const log1p = backend.log1p;

/**
 * The error function, 2/sqrt(pi) times the integral of e^(-t^2) from 0 to x. Its derivative 2/sqrt(pi) e^(-x^2) is at
 * most 1.1284 and vanishes much faster than tanh's: beyond |x| = 10.21 it is 0 in f32. (1 + erf(x / sqrt(2))) / 2 is
 * the normal distribution's Phi, from which gelu is made.
 *
 * Range [-1, 1], of f' [0, 1.1284]; saturates on both sides; zero-centred; monotonic; no kinks.
 * Largest error in ULP: f32 1.54 / 3.03, f64 1.63 / 2.18 (f / f').
 * NIST Digital Library of Mathematical Functions, 7.2(i); W3C: Web Neural Network API, erf.
 */
export const erf = backend.erf;

/** All elementwise functions by name. */
export const activations = backend.activations;

/**
 * e^x_i / sum_j e^x_j over rows of `columns` elements, or along an axis of a shape: `{ shape: [n, c, h, w], axis: 1 }`. The
 * whole array is one row by default.
 *
 * The maximum of a row is taken off first, so nothing overflows. An element of -Infinity gets probability 0; a row with a
 * NaN, with Infinity, or with nothing but -Infinity is NaN, as in PyTorch. `backward` is the whole vector-Jacobian product.
 *
 * Range [0, 1], of f' [-0.25, 0.25]; saturates on both sides; not zero-centred; monotonic; no kinks.
 * Largest error in ULP: f32 3.43 / 3.49, f64 2.96 / 3.22 (f / f').
 * Bridle: Probabilistic interpretation of feedforward classification network outputs. Neurocomputing, NATO ASI Series F 68,
 * 1990.
 */
export const softmax = backend.softmax;

/**
 * ln softmax(x), without the underflow of taking them one after the other. An element of -Infinity stays so and gets the
 * gradient 0.
 *
 * Range (-∞, 0], of f' [-1, 1]; saturates on the right; not zero-centred; monotonic; no kinks.
 * Largest error in ULP: f32 1.7 / 2.13, f64 1.59 / 2.23 (f / f').
 * Bridle: Probabilistic interpretation of feedforward classification network outputs. Neurocomputing, NATO ASI Series F 68,
 * 1990 (its logarithm).
 */
export const logSoftmax = backend.logSoftmax;

/**
 * softmax(-x): the largest share for the smallest element. An element of Infinity gets 0.
 *
 * Range [0, 1], of f' [-0.25, 0.25]; saturates on both sides; not zero-centred; monotonic; no kinks.
 * Largest error in ULP: f32 2.63 / 2.6, f64 2.71 / 3.32 (f / f').
 * Bridle: Probabilistic interpretation of feedforward classification network outputs. Neurocomputing, NATO ASI Series F 68,
 * 1990 (of -x).
 */
export const softmin = backend.softmin;

/**
 * max(x_i - tau, 0) with the tau for which a row sums to 1: the probabilities nearest to the row, which unlike those of
 * softmax may be 0. The gradient of the elements with y > 0 is dy less its mean over them, that of the others 0. An element of
 * -Infinity gets 0; a row with a NaN, with Infinity, or with nothing but -Infinity is NaN.
 *
 * Range [0, 1], of f' [-0.5, 1]; saturates on both sides; not zero-centred; monotonic; f'(tau) = 0.
 * Largest error in ULP: f32 1.5 / 1.19, f64 1 / 0.73 (f / f').
 * Martins and Astudillo: From softmax to sparsemax: a sparse model of attention and multi-label classification. ICML 2016.
 */
export const sparsemax = backend.sparsemax;

/**
 * 1 at the first maximum of a row, 0 elsewhere; its derivatives are 0. A row with a NaN, or with nothing but -Infinity, is NaN.
 *
 * Range [0, 1], of f' [0, 0]; saturates on both sides; not zero-centred; monotonic; f'(the maximum of the others) = 0.
 * Largest error in ULP: f32 0 / 0, f64 0 / 0 (f / f').
 * ONNX operators, Hardmax.
 */
export const hardmax = backend.hardmax;

/**
 * ln sum_j e^x_j, one value a row, without overflow. A row of nothing but -Infinity has -Infinity, one with Infinity has
 * Infinity, one with a NaN has NaN. `backward` takes one dy a row: dy softmax(x).
 *
 * Range (-∞, ∞), of f' [0, 1]; saturates on the left; not zero-centred; monotonic; no kinks.
 * Largest error in ULP: f32 1.77 / 2.83, f64 1.96 / 2.83 (f / f').
 * Blanchard, Higham and Higham: Accurately computing the log-sum-exp and softmax functions. IMA J. Numer. Anal. 41, 2021.
 */
export const logSumExp = backend.logSumExp;

/**
 * The index of each row's first maximum, as an Int32Array; the first NaN where there is one.
 *
 * Range [0, ∞), of f' [0, 0]; saturates on both sides; not zero-centred; not monotonic; no kinks.
 * Largest error in ULP: f32 0 / 0, f64 0 / 0 (f / f').
 * ONNX operators, ArgMax; W3C: Web Neural Network API, argMax.
 */
export const argmax = backend.argmax;

/**
 * The loss of a classifier, -ln softmax(logits)[label], with its gradient, in one call. Logits are rows of `columns`
 * classes, or `{ shape, axis }` with the classes along any axis (PyTorch: axis 1 of [n, c, d1, ...]); labels are an Int32Array
 * with one index a row, or rows of probabilities p shaped like the logits, for -sum_j p_j ln softmax(logits)_j.
 *
 * `weight` has one weight a class: the loss of a label is taken weight[label] times, and a `mean` is divided by the sum of
 * the labels' weights (for probabilities each class's term is weighted, and a `mean` is divided by the rows). `ignoreIndex`
 * (-100) is the label of rows that count nothing: loss 0, gradient 0. `labelSmoothing` e makes of the label 1 - e, and e/columns of
 * every class. `reduction` is `mean`, `sum` or `none`, and the gradient that of what is returned.
 *
 * A logit of -Infinity masks its class: its gradient is 0, and it counts nothing as long as no probability is asked of it. A
 * label that is nearly certain leaves a loss and a gradient that are small, not 0. A label that is no class is a RangeError, a
 * mean of no rows too; where all rows are ignored it is NaN, as in PyTorch.
 *
 * Range [0, ∞), of f' [-1, 1]; saturates on the right; not zero-centred; not monotonic; no kinks.
 * Largest error in ULP: f32 2.56 / 3.2, f64 2.4 / 2.85 (f / f').
 * PyTorch: torch.nn.CrossEntropyLoss; Szegedy et al.: Rethinking the Inception architecture. CVPR 2016 (label smoothing).
 */
export const softmaxCrossEntropy = backend.softmaxCrossEntropy;

/**
 * The negative log-likelihood -weight[label] logProbabilities[label], with its gradient: softmaxCrossEntropy for what
 * logSoftmax has gone over already. Shapes, `weight`, `ignoreIndex` and `reduction` as there; labels are indices.
 *
 * Range [0, ∞), of f' [-1, 0]; does not saturate; not zero-centred; not monotonic; no kinks.
 * Largest error in ULP: f32 0 / 0, f64 0 / 0 (f / f').
 * PyTorch: torch.nn.NLLLoss.
 */
export const nllLoss = backend.nllLoss;

/**
 * The loss of a two-class classifier with one logit, -p t ln sigmoid(x) - (1 - t) ln(1 - sigmoid(x)), with its gradient.
 * Targets t are shaped like the logits. `posWeight` p (1) is a number, or an array with one a column: that of a row, or with
 * `{ shape, axis }` of any axis. `reduction` is `mean`, `sum` or `none`: one loss an element.
 *
 * Range [0, ∞), of f' [-1, 1]; saturates on the right; not zero-centred; not monotonic; no kinks.
 * Largest error in ULP: f32 2.01 / 2.08, f64 1.79 / 2.25 (f / f').
 * PyTorch: torch.nn.BCEWithLogitsLoss.
 */
export const binaryCrossEntropyWithLogits = backend.binaryCrossEntropyWithLogits;

/**
 * The mean of (y - t)^2 over all elements, with its gradient 2 (y - t) / n; `reduction` may be `sum` or `none` (one loss an
 * element) instead. Targets t are shaped like y. The sum is one of squares in double precision.
 *
 * Range [0, ∞), of f' (-∞, ∞); does not saturate; not zero-centred; not monotonic; no kinks.
 * Largest error in ULP: f32 1.91 / 0.5, f64 0.5 / 0 (f / f').
 * PyTorch: torch.nn.MSELoss.
 */
export const meanSquaredError = backend.meanSquaredError;

/**
 * The gated linear unit, value sigmoid(gate): a row of `columns` elements, an even number, is a value and a gate side by side,
 * and the result has half as many. The gate is the `second` half, as in PyTorch, or with `gate: 'first'` the first. `{ shape,
 * axis }` halves any axis. `backward(dy, x)` gives dy sigmoid(gate) for the values and dy value sigmoid'(gate) for the gates.
 *
 * Range (-∞, ∞), of f' (-∞, ∞); does not saturate; not zero-centred; not monotonic; no kinks.
 * Largest error in ULP: f32 2.33 / 3.32, f64 2.34 / 3.59 (f / f').
 * Dauphin, Fan, Auli and Grangier: Language modeling with gated convolutional networks. ICML 2017.
 */
export const glu = backend.glu;

/**
 * As `glu` with silu for sigmoid: value silu(gate), of the feed-forward layers of Llama and most language models after it.
 * Their fused projection has the gate in the first half: `gate: 'first'`.
 *
 * Range (-∞, ∞), of f' (-∞, ∞); does not saturate; not zero-centred; not monotonic; no kinks.
 * Largest error in ULP: f32 2.5 / 2.51, f64 2.81 / 4.74 (f / f').
 * Shazeer: GLU variants improve transformer. arXiv:2002.05202, 2020.
 */
export const swiglu = backend.swiglu;

/**
 * As `glu` with gelu (the exact one) for sigmoid: value gelu(gate).
 *
 * Range (-∞, ∞), of f' (-∞, ∞); does not saturate; not zero-centred; not monotonic; no kinks.
 * Largest error in ULP: f32 12.38 / 11.75, f64 2.92 / 4.87 (f / f').
 * Shazeer: GLU variants improve transformer. arXiv:2002.05202, 2020.
 */
export const geglu = backend.geglu;

/**
 * As `glu` with relu for sigmoid: value max(gate, 0).
 *
 * Range (-∞, ∞), of f' (-∞, ∞); does not saturate; not zero-centred; not monotonic; f'(0) = 0.
 * Largest error in ULP: f32 0.5 / 0.5, f64 0.5 / 0.5 (f / f').
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
 * Range (-∞, ∞), of f' (-∞, ∞); does not saturate; not zero-centred; monotonic; f'(0) = slope.
 * Largest error in ULP: f32 0.5 / 0.5, f64 0.5 / 1.18 (f / f').
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
 * The linear layer y = f(x W^T + b). x is [rows, inFeatures], the weight [outFeatures, inFeatures], as in PyTorch, the bias
 * [outFeatures], y [rows, outFeatures]; f is an elementwise `activation`, if one is given, applied while the sums are in the
 * cache. Sizes are inferred where the lengths decide them. An element of y has the same bits for one row and for a thousand.
 *
 *     linear(x, weight, bias, { activation: 'relu' });
 *     linear(x, packWeights(weight, { inFeatures: 784 }), bias, { activation: { op: leakyRelu, alpha: 0.1 }, z });
 *
 * `backward(dy, x, weight, { activation, y | z, out, accumulate })` gives `{ dx, dWeight, dBias }`. With an activation dy is the
 * gradient of its output, and the derivative is taken of y, the output, where it is a function of it (f has
 * `backwardFromOutput`), or of z, the sums before, which `linear` keeps if it is given an array for them. `accumulate` adds to
 * `out.dWeight` and `out.dBias`. A target of null is not computed.
 */
export const linear = backend.linear;

/**
 * A weight [outFeatures, inFeatures] in the order in which the kernel of `linear` reads it, in wasm memory: packed once, it
 * takes the weight's place in every call. `out`, packed weights of the same sizes, is overwritten: after a step of training.
 * Give it back with `free()` or `using`.
 */
export const packWeights = backend.packWeights;

/** The matrix product, [m, k] by [k, n]; with `transposeA` a is stored as [k, m], with `transposeB` b as [n, k]. */
export const matmul = backend.matmul;

/**
 * One step of stochastic gradient descent, in place: d = gradient + weightDecay weights, then weights -= learningRate d. With a
 * momentum and a `velocity`, an array like the weights that begins as zeros: velocity = momentum velocity + d and
 * weights -= learningRate velocity, or with `nesterov` learningRate (d + momentum velocity). These are PyTorch's formulas, but that a velocity below the normal numbers becomes 0.
 *
 * Sutskever, Martens, Dahl and Hinton: On the importance of initialization and momentum in deep learning. ICML 2013.
 */
export const gradientStep = backend.gradientStep;

/**
 * One step of Adam, in place, or with `decoupled` of AdamW. `mean` and `variance` are arrays like the weights that begin as
 * zeros, `step` counts from 1. Defaults as in PyTorch: learningRate 0.001, beta1 0.9, beta2 0.999, epsilon 1e-8, weightDecay 0.
 *
 * Kingma and Ba: Adam: a method for stochastic optimization. ICLR 2015. Loshchilov and Hutter: Decoupled weight decay
 * regularization. ICLR 2019.
 */
export const adamStep = backend.adamStep;

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
export { PackedWeights } from './packed-weights.js';

export type { FloatArray, IntArray } from './arrays.js';
export type { FloatTypedArray, NumericArray, NumericArrayConstructor } from './numeric.js';
export type { Activations, Backend, BackendOptions, DisposableBackend, MemoryUsage } from './backend.js';
export type { Accuracy, Approximation, ChoiceParameter, Info, Interval, NumberParameter, Parameter } from './catalogue/index.js';
export type { Features } from './engine.js';
export type { AdamStep, AdamStepOptions, GradientStep, GradientStepOptions } from './descent.js';
export type { Linear, LinearBackwardOptions, LinearGradients, LinearGradientTargets, LinearOptions } from './linear.js';
export type { Matmul, MatmulOptions } from './matmul.js';
export type { PackWeights, PackWeightsOptions } from './packed-weights.js';
export type { LinearSizes } from './sizes.js';
export type { Diagnose, DiagnoseOptions, Diagnosed, Diagnosis } from './diagnosis.js';
export type { ActivationLike } from './named.js';
export type { BinaryCrossEntropyOptions, BinaryCrossEntropyWithLogits, MeanSquaredError } from './element-losses.js';
export type { GateOptions, GatedUnit } from './gates.js';
export type { ClassLossOptions, Loss, LossOptions, NllLoss, Reduction, SoftmaxCrossEntropy, SoftmaxCrossEntropyOptions } from './losses.js';
export type { Prelu, PreluGradientTargets, PreluGradients } from './prelu.js';
export type { Activation, Binary, InvertibleActivation, OutOption, ParameterOptions, Unary } from './operations.js';
export type { RowsOption } from './axis.js';
export type { BiasOption } from './bias.js';
export type { Argmax, Jacobian, RowsActivation, RowsBackward, RowsForward, RowsFunction, Softmax } from './rows.js';
export type { WasmSource } from './wasm/instantiate.js';
