// The ABI of the module. Every class exported here is instantiated for f32 and f64 by scripts/type-exports.mjs, in
// which pointers are in bytes, lengths, rows and columns in elements:
//
// an Activation      <name>_forward_f32(x, y, length), <name>_derivative_f32(x, dx, length),
//                    <name>_backward_f32(dy, x, dx, length) and, if it is an InvertibleActivation,
//                    <name>_backwardFromOutput_f32(dy, y, dx, length)
// any other class    <name>_<method>_f32(...) for each of its public static methods
import { Parameters } from "./activation";
import { Scaled } from "./math/exponent";

export { Affine } from "./activations/affine";
export { Celu } from "./activations/celu";
export { Clamp } from "./activations/clamp";
export { Elu } from "./activations/elu";
export { Erf } from "./activations/erf";
export { Exp } from "./activations/exp";
export { Expm1 } from "./activations/expm1";
export { Gelu } from "./activations/gelu";
export { GeluTanh } from "./activations/gelu-tanh";
export { HardShrink } from "./activations/hard-shrink";
export { HardSigmoid } from "./activations/hard-sigmoid";
export { HardSwish } from "./activations/hard-swish";
export { HardTanh } from "./activations/hard-tanh";
export { Heaviside } from "./activations/heaviside";
export { LeakyRelu } from "./activations/leaky-relu";
export { Log1p } from "./activations/log1p";
export { LogSigmoid } from "./activations/log-sigmoid";
export { Mish } from "./activations/mish";
export { Relu } from "./activations/relu";
export { Sigmoid } from "./activations/sigmoid";
export { Silu } from "./activations/silu";
export { Snake } from "./activations/snake";
export { SoftShrink } from "./activations/soft-shrink";
export { Softcap } from "./activations/softcap";
export { Softplus } from "./activations/softplus";
export { Softsign } from "./activations/softsign";
export { Squareplus } from "./activations/squareplus";
export { Swish } from "./activations/swish";
export { Tanh } from "./activations/tanh";
export { TanhShrink } from "./activations/tanh-shrink";
export { Threshold } from "./activations/threshold";

export { Descent } from "./linear/descent";
export { Matmul } from "./linear/matmul";
export { Vectors } from "./linear/vectors";
export { BinaryCrossEntropy } from "./loss/binary-cross-entropy";
export { SoftmaxCrossEntropy } from "./loss/softmax-cross-entropy";
export { SquaredError } from "./loss/squared-error";
export { Argmax } from "./rows/argmax";
export { Diagnosis } from "./rows/diagnosis";
export { Gate } from "./rows/gate";
export { Hardmax } from "./rows/hardmax";
export { LogSoftmax } from "./rows/log-softmax";
export { LogSumExp } from "./rows/log-sum-exp";
export { Prelu } from "./rows/prelu";
export { Softmax } from "./rows/softmax";
export { Softmin } from "./rows/softmin";
export { Sparsemax } from "./rows/sparsemax";
export { Transpose } from "./rows/transpose";

/** Which build this is. */
export function isRelaxed(): bool {
  return ASC_FEATURE_RELAXED_SIMD;
}

export function setParameters(a: f64, b: f64, c: f64, lower: f64, upper: f64): void {
  Parameters.set(a, b, c, lower, upper);
  Scaled.set(a, b);
}
