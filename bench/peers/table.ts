/**
 * Each operation as a user of the other libraries would write it, with the parameters that are our defaults. What a library
 * has no kernel for is composed of those it has; a gap is what cannot reasonably be composed.
 */
import type { Tensor, TensorFlow } from './tfjs.js';
import type { Graph, Value } from './onnx-model.js';

export interface PeerRow {
  readonly tfjs?: (tf: TensorFlow, x: Tensor, weight: Tensor, bias: Tensor) => Tensor;
  readonly onnx?: (g: Graph, x: Value, weight: Value, bias: Value) => Value;
  /** An expression in Python, with torch, torch.nn.functional as F, and half, a tensor of 1/2. */
  readonly torch: string;
}

const SELU_ALPHA = 1.6732632423543772;

export const table: Readonly<Record<string, PeerRow>> = {
  sigmoid: { tfjs: (tf, x) => tf.sigmoid(x), onnx: (g, x) => g.node('Sigmoid', [x]), torch: 'torch.sigmoid(x)' },
  logSigmoid: {
    tfjs: (tf, x) => tf.logSigmoid(x),
    onnx: (g, x) => g.node('Neg', [g.node('Softplus', [g.node('Neg', [x])])]),
    torch: 'F.logsigmoid(x)',
  },
  tanh: { tfjs: (tf, x) => tf.tanh(x), onnx: (g, x) => g.node('Tanh', [x]), torch: 'torch.tanh(x)' },
  softsign: { tfjs: (tf, x) => tf.tidy(() => tf.div(x, tf.add(tf.abs(x), 1))), onnx: (g, x) => g.node('Softsign', [x]), torch: 'F.softsign(x)' },
  softcap: {
    tfjs: (tf, x) => tf.tidy(() => tf.mul(tf.tanh(tf.div(x, 30)), 30)),
    onnx: (g, x) => g.node('Mul', [g.node('Tanh', [g.node('Div', [x, g.number(30)])]), g.number(30)]),
    torch: 'torch.tanh(x / 30) * 30',
  },
  hardSigmoid: {
    tfjs: (tf, x) => tf.tidy(() => tf.clipByValue(tf.add(tf.mul(x, 0.2), 0.5), 0, 1)),
    onnx: (g, x) => g.node('HardSigmoid', [x], { alpha: 0.2, beta: 0.5 }),
    torch: 'torch.clamp(x * 0.2 + 0.5, 0, 1)',
  },
  hardLogistic: {
    tfjs: (tf, x) => tf.tidy(() => tf.clipByValue(tf.add(tf.mul(x, 0.25), 0.5), 0, 1)),
    onnx: (g, x) => g.node('HardSigmoid', [x], { alpha: 0.25, beta: 0.5 }),
    torch: 'torch.clamp(x * 0.25 + 0.5, 0, 1)',
  },
  hardTanh: { tfjs: (tf, x) => tf.clipByValue(x, -1, 1), onnx: (g, x) => g.node('Clip', [x, g.number(-1), g.number(1)]), torch: 'F.hardtanh(x)' },
  heaviside: { tfjs: (tf, x) => tf.step(x), torch: 'torch.heaviside(x, half)' },
  relu: { tfjs: (tf, x) => tf.relu(x), onnx: (g, x) => g.node('Relu', [x]), torch: 'torch.relu(x)' },
  relu6: { tfjs: (tf, x) => tf.relu6(x), onnx: (g, x) => g.node('Clip', [x, g.number(0), g.number(6)]), torch: 'F.relu6(x)' },
  leakyRelu: { tfjs: (tf, x) => tf.leakyRelu(x, 0.01), onnx: (g, x) => g.node('LeakyRelu', [x], { alpha: 0.01 }), torch: 'F.leaky_relu(x)' },
  rrelu: { tfjs: (tf, x) => tf.leakyRelu(x, 11 / 48), onnx: (g, x) => g.node('LeakyRelu', [x], { alpha: 11 / 48 }), torch: 'F.rrelu(x)' },
  threshold: { tfjs: (tf, x) => tf.relu(x), onnx: (g, x) => g.node('ThresholdedRelu', [x], { alpha: 0 }), torch: 'F.threshold(x, 0, 0)' },
  thresholdedRelu: {
    tfjs: (tf, x) => tf.tidy(() => tf.mul(x, tf.cast(tf.greater(x, 1), 'float32'))),
    onnx: (g, x) => g.node('ThresholdedRelu', [x], { alpha: 1 }),
    torch: 'F.threshold(x, 1, 0)',
  },
  softplus: { tfjs: (tf, x) => tf.softplus(x), onnx: (g, x) => g.node('Softplus', [x]), torch: 'F.softplus(x)' },
  squareplus: {
    tfjs: (tf, x) => tf.tidy(() => tf.mul(tf.add(x, tf.sqrt(tf.add(tf.square(x), 4))), 0.5)),
    onnx: (g, x) => g.node('Mul', [g.node('Add', [x, g.node('Sqrt', [g.node('Add', [g.node('Mul', [x, x]), g.number(4)])])]), g.number(0.5)]),
    torch: '(x + torch.sqrt(x * x + 4)) * 0.5',
  },
  elu: { tfjs: (tf, x) => tf.elu(x), onnx: (g, x) => g.node('Elu', [x], { alpha: 1 }), torch: 'F.elu(x)' },
  celu: { tfjs: (tf, x) => tf.elu(x), onnx: (g, x) => g.node('Celu', [x], { alpha: 1 }), torch: 'F.celu(x)' },
  selu: { tfjs: (tf, x) => tf.selu(x), onnx: (g, x) => g.node('Selu', [x], { alpha: SELU_ALPHA, gamma: 1.0507009873554805 }), torch: 'F.selu(x)' },
  gelu: {
    tfjs: (tf, x) => tf.tidy(() => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1))),
    onnx: (g, x) => g.node('Gelu', [x]),
    torch: 'F.gelu(x)',
  },
  silu: { tfjs: (tf, x) => tf.tidy(() => tf.mul(x, tf.sigmoid(x))), onnx: (g, x) => g.node('Mul', [x, g.node('Sigmoid', [x])]), torch: 'F.silu(x)' },
  mish: { tfjs: (tf, x) => tf.tidy(() => tf.mul(x, tf.tanh(tf.softplus(x)))), onnx: (g, x) => g.node('Mish', [x]), torch: 'F.mish(x)' },
  hardSwish: { tfjs: (tf, x) => tf.tidy(() => tf.mul(tf.mul(x, tf.relu6(tf.add(x, 3))), 1 / 6)), onnx: (g, x) => g.node('HardSwish', [x]), torch: 'F.hardswish(x)' },
  softShrink: {
    tfjs: (tf, x) => tf.tidy(() => tf.sub(x, tf.clipByValue(x, -0.5, 0.5))),
    onnx: (g, x) => g.node('Shrink', [x], { lambd: 0.5, bias: 0.5 }),
    torch: 'F.softshrink(x)',
  },
  hardShrink: {
    tfjs: (tf, x) => tf.tidy(() => tf.mul(x, tf.cast(tf.greater(tf.abs(x), 0.5), 'float32'))),
    onnx: (g, x) => g.node('Shrink', [x], { lambd: 0.5, bias: 0 }),
    torch: 'F.hardshrink(x)',
  },
  tanhShrink: { tfjs: (tf, x) => tf.tidy(() => tf.sub(x, tf.tanh(x))), onnx: (g, x) => g.node('Sub', [x, g.node('Tanh', [x])]), torch: 'F.tanhshrink(x)' },
  snake: {
    tfjs: (tf, x) => tf.tidy(() => tf.add(x, tf.square(tf.sin(x)))),
    onnx(g, x) {
      const sine = g.node('Sin', [x]);
      return g.node('Add', [x, g.node('Mul', [sine, sine])]);
    },
    torch: 'x + torch.sin(x) ** 2',
  },
  clamp: { tfjs: (tf, x) => tf.clipByValue(x, -Infinity, Infinity), torch: 'torch.clamp(x, -math.inf, math.inf)' },
  affine: { tfjs: (tf, x) => tf.tidy(() => tf.add(tf.mul(x, 1), 0)), torch: 'x * 1.0 + 0.0' },
  exp: { tfjs: (tf, x) => tf.exp(x), onnx: (g, x) => g.node('Exp', [x]), torch: 'torch.exp(x)' },
  expm1: { tfjs: (tf, x) => tf.expm1(x), onnx: (g, x) => g.node('Sub', [g.node('Exp', [x]), g.number(1)]), torch: 'torch.expm1(x)' },
  log1p: { tfjs: (tf, x) => tf.log1p(x), onnx: (g, x) => g.node('Log', [g.node('Add', [x, g.number(1)])]), torch: 'torch.log1p(x)' },
  erf: { tfjs: (tf, x) => tf.erf(x), onnx: (g, x) => g.node('Erf', [x]), torch: 'torch.erf(x)' },
  softmax: { tfjs: (tf, x) => tf.softmax(x), onnx: (g, x) => g.node('Softmax', [x], { axis: 1 }), torch: 'torch.softmax(x, 1)' },
  logSoftmax: { tfjs: (tf, x) => tf.logSoftmax(x), onnx: (g, x) => g.node('LogSoftmax', [x], { axis: 1 }), torch: 'torch.log_softmax(x, 1)' },
  argmax: { tfjs: (tf, x) => tf.argMax(x, 1), torch: 'torch.argmax(x, 1)' },
  linear: {
    tfjs: (tf, x, weight, bias) => tf.fused.matMul({ a: x, b: weight, bias }),
    onnx: (g, x, weight, bias) => g.node('Gemm', [x, weight, bias], { transB: 1 }),
    torch: 'F.linear(x, weight, bias)',
  },
};

/** The row of an operation; layers of all sizes have one. */
export const entryFor = (operation: string): PeerRow | undefined => table[/^linear\.\d/.test(operation) ? 'linear' : operation];
