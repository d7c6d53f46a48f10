// Presents the package to a conformance runner that hands over tensors: see .ci/run.
import * as sigmoidal from '../../build/index.js';

export const name = 'sigmoidal';
export const dtypes = ['float32', 'float64'];

// Operations on x alone, under the runner's names, and the attributes that are options of the same name.
const elementwise = {
  sigmoid: [],
  tanh: [],
  relu: [],
  leakyRelu: ['alpha'],
  hardSigmoid: ['alpha', 'beta'],
  hardTanh: ['min', 'max'],
};

const size = (shape) => shape.reduce((product, length) => product * length, 1);

export function run(op, inputs, attrs) {
  const [x, y, z] = inputs;
  if (op in elementwise) {
    const options = Object.fromEntries(elementwise[op].filter((key) => key in attrs).map((key) => [key, attrs[key]]));
    return { shape: x.shape, data: sigmoidal[op](x.data, options) };
  }
  if (op === 'softmax' || op === 'logSoftmax') return alongAxis(x, attrs.axis, (rows, columns) => sigmoidal[op](rows, { columns }));
  if (op === 'argmax' && !attrs.selectLastIndex) return argmax(x, attrs);
  if (op === 'gemm') return gemm(x, y, z, attrs);
  if (op === 'matmul' && x.shape.length === 2 && y.shape.length === 2) {
    const [m, k] = x.shape;
    return { shape: [m, y.shape[1]], data: sigmoidal.matmul(x.data, y.data, { m, k }) };
  }
  if (op === 'softmaxCrossEntropy') return crossEntropy(x, y, z, attrs);
  return undefined;
}

/** The axis as the last one, the function over rows of it, and back. */
function alongAxis({ shape, data }, axis = -1, f) {
  const at = axis < 0 ? axis + shape.length : axis;
  const columns = shape[at];
  const inner = size(shape.slice(at + 1));
  const place = (i) => Math.floor(i / (inner * columns)) * inner * columns + (i % columns) * inner + (Math.floor(i / columns) % inner);
  const y = f(data.map((_, i) => data[place(i)]), columns);
  const result = y.slice();
  y.forEach((value, i) => (result[place(i)] = value));
  return { shape, data: result };
}

function argmax(x, { axis = 0, keepdims = 1 }) {
  const at = axis < 0 ? axis + x.shape.length : axis;
  const columns = x.shape[at];
  const inner = size(x.shape.slice(at + 1));
  let indices;
  alongAxis(x, at, (rows) => {
    indices = sigmoidal.argmax(rows, { columns });
    return rows;
  });
  const shape = x.shape.flatMap((length, i) => (i === at ? (keepdims ? [1] : []) : [length]));
  return inner > 0 ? { shape, data: indices } : undefined;
}

function gemm(a, b, c, { alpha = 1, beta = 1, transA = 0, transB = 0 }) {
  const [m, k] = transA ? [...a.shape].reverse() : a.shape;
  const n = transB ? b.shape[0] : b.shape[1];
  const product = sigmoidal.matmul(a.data, b.data, { m, k, n, transposeA: Boolean(transA), transposeB: Boolean(transB) });
  const [cRows, cColumns] = c ? [1, 1, ...c.shape].slice(-2) : [1, 1];
  const added = (i) => (c ? beta * c.data[(cRows === 1 ? 0 : Math.floor(i / n)) * cColumns + (cColumns === 1 ? 0 : i % n)] : 0);
  return { shape: [m, n], data: product.map((value, i) => alpha * value + added(i)) };
}

function crossEntropy(scores, labels, weights, { reduction, ignoreIndex, classAxis }) {
  if (weights || ignoreIndex != null || scores.shape.length !== 2 || classAxis !== 1) return undefined;
  const columns = scores.shape[1];
  const { loss } = sigmoidal.softmaxCrossEntropy(scores.data, Int32Array.from(labels.data), { columns, reduction });
  const outputs = [typeof loss === 'number' ? { shape: [], data: Float64Array.of(loss) } : { shape: [scores.shape[0]], data: loss }];
  return [...outputs, { shape: scores.shape, data: sigmoidal.logSoftmax(scores.data, { columns }) }];
}
