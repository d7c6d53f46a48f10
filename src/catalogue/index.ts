/**
 * The elementwise functions, one row each: from this table come the public functions, their `info`, the pure-JS
 * fallback, the tests, the benchmark and the table in the README.
 */
import { celu, elu, selu } from './exponential-units.js';
import { affine, clamp, erf, exp, expm1, log1p, snake } from './functions.js';
import { gelu, geluQuick, geluWithTanh, hardSwish, mish, silu } from './gated.js';
import { leakyRelu, relu, relu6, rrelu, softplus, squareplus, threshold, thresholdedRelu } from './rectifiers.js';
import { hardShrink, softShrink, tanhShrink } from './shrinkage.js';
import { hardLogistic, hardSigmoid, hardSigmoidTorch, hardTanh, heaviside, logSigmoid, sigmoid, softcap, softsign, tanh } from './sigmoids.js';
import type { Row, Values } from './types.js';

export * from './families.js';
export * from './types.js';

export const catalogue = {
  sigmoid,
  logSigmoid,
  tanh,
  softsign,
  softcap,
  hardSigmoid,
  hardLogistic,
  hardTanh,
  heaviside,
  relu,
  relu6,
  leakyRelu,
  rrelu,
  threshold,
  thresholdedRelu,
  softplus,
  squareplus,
  elu,
  celu,
  selu,
  gelu,
  silu,
  mish,
  hardSwish,
  softShrink,
  hardShrink,
  tanhShrink,
  snake,
  affine,
  clamp,
  exp,
  expm1,
  log1p,
  erf,
} as const;

/** Functions that are public as properties of the one they vary. */
export const variants = {
  hardSigmoid: { torch: hardSigmoidTorch },
  gelu: { tanh: geluWithTanh, quick: geluQuick },
} as const;

/** The parameters of a row as they are if none are given. */
export const defaultsOf = ({ parameters }: Pick<Row, 'parameters'>): Values<string> =>
  Object.fromEntries(Object.entries(parameters).map(([key, parameter]) => [key, parameter.default])) as Values<string>;

/** All rows, those of the variants last. */
export const rows = [...Object.values(catalogue), ...Object.values(variants.hardSigmoid), ...Object.values(variants.gelu)] as const;
