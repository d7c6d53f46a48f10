/**
 * The facts of the functions that are not elementwise: of rows, of halves of rows, of targets. Ranges and limits are those
 * of one value as a function of one element, the others held: the element of the same place, for a loss the label's logit.
 */
import { accuracy } from '../accuracy.js';
import type { Info, Interval, Parameter } from './types.js';

export type FamilyInfo = Info;

type Facts = Omit<FamilyInfo, 'name' | 'accuracy'>;

const BRIDLE = 'Bridle: Probabilistic interpretation of feedforward classification network outputs. Neurocomputing, NATO ASI Series F 68, 1990';
const SHAZEER = 'Shazeer: GLU variants improve transformer. arXiv:2002.05202, 2020';

const EVERYTHING: Interval = [-Infinity, Infinity];

/** The facts that most of them have, with what is given beside them. */
const facts = (own: Pick<Facts, 'formula' | 'range' | 'derivativeRange' | 'source'> & Partial<Facts>): Facts =>
  ({ saturates: 'none', zeroCentered: false, monotonic: false, parameters: {}, kinks: [], ...own });

const probabilities = { range: [0, 1], saturates: 'both', monotonic: true } as const;
const unbounded = { range: EVERYTHING, derivativeRange: EVERYTHING } as const;
const reduction: Parameter = { default: 'mean', values: ['mean', 'sum', 'none'] };
const ofLabels = { reduction, ignoreIndex: { default: -100 } };
const gated = { ...unbounded, parameters: { gate: { default: 'second', values: ['second', 'first'] } } } as const;

const table = {
  softmax: facts({ ...probabilities, formula: 'e^x_i / sum_j e^x_j', derivativeRange: [-0.25, 0.25], source: BRIDLE }),
  logSoftmax: facts({ formula: 'x_i - ln sum_j e^x_j', range: [-Infinity, 0], derivativeRange: [-1, 1], saturates: 'right', monotonic: true, source: `${BRIDLE} (its logarithm)` }),
  softmin: facts({ ...probabilities, formula: 'e^-x_i / sum_j e^-x_j', derivativeRange: [-0.25, 0.25], source: `${BRIDLE} (of -x)` }),
  sparsemax: facts({
    ...probabilities,
    formula: 'max(x_i - tau, 0) with the tau for which the row sums to 1',
    derivativeRange: [-0.5, 1],
    kinks: [{ x: 'tau', derivative: '0' }],
    source: 'Martins and Astudillo: From softmax to sparsemax: a sparse model of attention and multi-label classification. ICML 2016',
  }),
  hardmax: facts({
    ...probabilities,
    formula: '1 at the first maximum of the row, 0 elsewhere',
    derivativeRange: [0, 0],
    kinks: [{ x: 'the maximum of the others', derivative: '0' }],
    source: 'ONNX operators, Hardmax',
  }),
  logSumExp: facts({
    formula: 'ln sum_j e^x_j',
    range: EVERYTHING,
    derivativeRange: [0, 1],
    saturates: 'left',
    monotonic: true,
    source: 'Blanchard, Higham and Higham: Accurately computing the log-sum-exp and softmax functions. IMA J. Numer. Anal. 41, 2021',
  }),
  argmax: facts({ formula: 'the index of the first maximum of the row', range: [0, Infinity], derivativeRange: [0, 0], saturates: 'both', source: 'ONNX operators, ArgMax; W3C: Web Neural Network API, argMax' }),
  prelu: facts({
    formula: 'x for x > 0, slope x otherwise',
    ...unbounded,
    monotonic: true,
    kinks: [{ x: '0', derivative: 'slope' }],
    source: 'He, Zhang, Ren and Sun: Delving deep into rectifiers. ICCV 2015',
  }),
  glu: facts({ ...gated, formula: 'value sigmoid(gate)', source: 'Dauphin, Fan, Auli and Grangier: Language modeling with gated convolutional networks. ICML 2017' }),
  swiglu: facts({ ...gated, formula: 'value silu(gate)', source: SHAZEER }),
  geglu: facts({ ...gated, formula: 'value gelu(gate)', source: SHAZEER }),
  reglu: facts({ ...gated, formula: 'value max(gate, 0)', kinks: [{ x: '0', derivative: '0' }], source: SHAZEER }),
  softmaxCrossEntropy: facts({
    formula: '-ln softmax(x)[label]',
    range: [0, Infinity],
    derivativeRange: [-1, 1],
    saturates: 'right',
    parameters: { ...ofLabels, labelSmoothing: { default: 0, least: 0 } },
    source: 'PyTorch: torch.nn.CrossEntropyLoss',
  }),
  nllLoss: facts({ formula: '-x[label]', range: [0, Infinity], derivativeRange: [-1, 0], parameters: ofLabels, source: 'PyTorch: torch.nn.NLLLoss' }),
  binaryCrossEntropyWithLogits: facts({
    range: [0, Infinity],
    saturates: 'right',
    parameters: { reduction, posWeight: { default: 1 } },
    formula: '-posWeight t ln sigmoid(x) - (1 - t) ln(1 - sigmoid(x))',
    derivativeRange: [-1, 1],
    source: 'PyTorch: torch.nn.BCEWithLogitsLoss',
  }),
  meanSquaredError: facts({ formula: '(y - t)^2', range: [0, Infinity], derivativeRange: EVERYTHING, parameters: { reduction }, source: 'PyTorch: torch.nn.MSELoss' }),
} as const;

export type FamilyName = keyof typeof table;

export const families = Object.fromEntries(
  Object.entries(table).map(([name, own]) => [name, { name, ...own, accuracy: accuracy[name as FamilyName] }]),
) as Readonly<Record<FamilyName, FamilyInfo>>;
