// Presents the package to a conformance runner that hands over tensors: see .ci/run.
import * as sigmoidal from '../../build/index.js';

export const name = 'sigmoidal';
export const dtypes = ['float32', 'float64'];

// Operations on x alone, under the runner's names, and the attributes that are options of the same name.
const elementwise = {
  sigmoid: [],
  tanh: [],
  relu: [],
  relu6: [],
  mish: [],
  softsign: [],
  hardSwish: [],
  logSigmoid: [],
  gelu: ['approximate'],
  leakyRelu: ['alpha'],
  elu: ['alpha'],
  celu: ['alpha'],
  thresholdedRelu: ['alpha'],
  hardSigmoid: ['alpha', 'beta'],
  hardTanh: ['min', 'max'],
  hardShrink: ['lambda'],
  softShrink: ['lambda'],
};

// Operations on x alone that are put together, or have attributes of other names.
const composed = {
  linear: (x, { alpha = 1, beta = 0 }) => sigmoidal.affine(x, { alpha, beta }),
  silu: (x, { alpha = 1 }) => sigmoidal.silu(x, { beta: alpha }),
  // A negative steepness turns the function round its origin.
  softplus: (x, { steepness = 1 }) => (steepness > 0 ? sigmoidal.softplus(x, { beta: steepness }) : negated(sigmoidal.softplus(negated(x), { beta: -steepness }))),
  selu: (x, { alpha, gamma }) => (alpha === undefined ? sigmoidal.selu(x) : sigmoidal.elu(x, { alpha }).map((y) => gamma * y)),
  shrink: (x, { lambda, bias }) => sigmoidal.hardShrink(x, { lambda }).map((y) => (y === 0 ? 0 : y - Math.sign(y) * bias)),
  // NaN is no bound. Where min is above max, max wins.
  clamp: (x, { min = NaN, max = NaN }) => bounded(bounded(x, { min }), { max }),
};

const negated = (x) => x.map((value) => -value);
const bounded = (x, bound) => (Object.values(bound).some(Number.isNaN) ? x : sigmoidal.clamp(x, bound));

const size = (shape) => shape.reduce((product, length) => product * length, 1);

export function run(op, inputs, attrs) {
  const [x, y, z] = inputs;
  if (op in elementwise) {
    const options = Object.fromEntries(elementwise[op].filter((key) => key in attrs).map((key) => [key, attrs[key]]));
    return { shape: x.shape, data: sigmoidal[op](x.data, options) };
  }
  if (op in composed) return { shape: x.shape, data: composed[op](x.data, attrs) };
  if (['softmax', 'logSoftmax', 'hardmax'].includes(op)) return { shape: x.shape, data: sigmoidal[op](x.data, { shape: x.shape, axis: attrs.axis ?? -1 }) };
  if (op === 'argmax') return argmax(x, attrs);
  if (op === 'gemm') return gemm(x, y, z, attrs);
  if (op === 'matmul') return matmul(x, y);
  if (op === 'softmaxCrossEntropy' || op === 'nllLoss') return classLoss(op, x, y, z, attrs);
  if (op === 'prelu') return prelu(x, y);
  return undefined;
}

/** The last maximum of a row is the first one of the row turned round. */
function argmax({ shape, data }, { axis = 0, keepdims = 1, selectLastIndex = 0 }) {
  const at = axis < 0 ? axis + shape.length : axis;
  const [columns, inner] = [shape[at], size(shape.slice(at + 1))];
  const mirrored = (i) => i + (columns - 1 - 2 * (Math.floor(i / inner) % columns)) * inner;
  const indices = sigmoidal.argmax(selectLastIndex ? data.map((_, i) => data[mirrored(i)]) : data, { shape, axis });
  return {
    shape: shape.flatMap((length, i) => (i === at ? (keepdims ? [1] : []) : [length])),
    data: selectLastIndex ? indices.map((index) => columns - 1 - index) : indices,
  };
}

/** Products of the last two dimensions, the others broadcast; a vector is a row on the left and a column on the right. */
function matmul(a, b) {
  const left = a.shape.length === 1 ? [1, ...a.shape] : a.shape;
  const right = b.shape.length === 1 ? [...b.shape, 1] : b.shape;
  const [[m, k], n] = [left.slice(-2), right.at(-1)];
  const rank = Math.max(left.length, right.length) - 2;
  const [outerLeft, outerRight] = [left, right].map((shape) => [...new Array(rank).fill(1), ...shape.slice(0, -2)].slice(shape.length - 2));
  const outer = outerLeft.map((length, i) => Math.max(length, outerRight[i]));
  const data = new a.data.constructor(size(outer) * m * n);
  for (let batch = 0; batch < size(outer); batch++) {
    const [p, q] = [part(outerLeft, outer, batch) * m * k, part(outerRight, outer, batch) * k * n];
    data.set(sigmoidal.matmul(a.data.subarray(p, p + m * k), b.data.subarray(q, q + k * n), { m, k, n }), batch * m * n);
  }
  return { shape: [...outer, ...(a.shape.length === 1 ? [] : [m]), ...(b.shape.length === 1 ? [] : [n])], data };
}

/** Which part of an array with dimensions of `lengths` goes with the part `index` of one with those of `outer`. */
function part(lengths, outer, index) {
  let at = 0;
  for (let axis = outer.length - 1, stride = 1, rest = index; axis >= 0; axis--) {
    if (lengths[axis] > 1) at += (rest % outer[axis]) * stride;
    rest = Math.floor(rest / outer[axis]);
    stride *= lengths[axis];
  }
  return at;
}

function gemm(a, b, c, { alpha = 1, beta = 1, transA = 0, transB = 0 }) {
  const [m, k] = transA ? [...a.shape].reverse() : a.shape;
  const n = transB ? b.shape[0] : b.shape[1];
  const product = sigmoidal.matmul(a.data, b.data, { m, k, n, transposeA: Boolean(transA), transposeB: Boolean(transB) });
  const [cRows, cColumns] = c ? [1, 1, ...c.shape].slice(-2) : [1, 1];
  const added = (i) => (c ? beta * c.data[(cRows === 1 ? 0 : Math.floor(i / n)) * cColumns + (cColumns === 1 ? 0 : i % n)] : 0);
  return { shape: [m, n], data: product.map((value, i) => alpha * value + added(i)) };
}

/** Outputs a loss and, for softmaxCrossEntropy, the logarithms of the probabilities. */
function classLoss(op, scores, labels, weights, { reduction, ignoreIndex, classAxis }) {
  const { shape, data } = scores;
  const along = { shape, axis: classAxis };
  const options = { ...along, reduction, ...(ignoreIndex != null && { ignoreIndex }), ...(weights && { weight: weights.data }) };
  const { loss } = sigmoidal[op](data, Int32Array.from(labels.data), options);
  const output = typeof loss === 'number' ? { shape: [], data: Float64Array.of(loss) } : { shape: labels.shape, data: loss };
  return op === 'nllLoss' ? output : [output, { shape, data: sigmoidal.logSoftmax(data, along) }];
}

/** The slope is broadcast to the shape of x; one that varies along a single axis goes there as it is. */
function prelu(x, slope) {
  const lengths = [...x.shape.map(() => 1), ...slope.shape].slice(-x.shape.length);
  const axes = lengths.flatMap((length, axis) => (length > 1 ? [axis] : []));
  if (axes.length === 0) return { shape: x.shape, data: sigmoidal.prelu(x.data, slope.data) };
  if (axes.length === 1) return { shape: x.shape, data: sigmoidal.prelu(x.data, slope.data, { shape: x.shape, axis: axes[0] }) };
  return { shape: x.shape, data: sigmoidal.prelu(x.data, x.data.map((_, i) => slope.data[part(lengths, x.shape, i)])) };
}
