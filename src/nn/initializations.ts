import type { FloatTypedArray } from '../index.js';
import type { Random } from './random.js';

/** What a weight [outFeatures, inFeatures] begins as. */
type Initialize = (weight: FloatTypedArray, random: Random, inFeatures: number, outFeatures: number) => void;

const uniform = (bound: (inFeatures: number, outFeatures: number) => number): Initialize => (weight, random, inFeatures, outFeatures) => {
  const limit = bound(inFeatures, outFeatures);
  for (let i = 0; i < weight.length; i++) weight[i] = (2 * random.uniform() - 1) * limit;
};

const normal = (deviation: (inFeatures: number, outFeatures: number) => number): Initialize => (weight, random, inFeatures, outFeatures) => {
  const factor = deviation(inFeatures, outFeatures);
  for (let i = 0; i < weight.length; i++) weight[i] = random.normal() * factor;
};

/** The initial weights by name, with `in` and `out` for the numbers of features. */
export const initializations = {
  /** Uniform within sqrt(6 / (in + out)): for functions that are like x near 0 (Glorot and Bengio, 2010). */
  xavierUniform: uniform((inFeatures, outFeatures) => Math.sqrt(6 / (inFeatures + outFeatures))),
  /** Normal with variance 2 / (in + out). */
  xavierNormal: normal((inFeatures, outFeatures) => Math.sqrt(2 / (inFeatures + outFeatures))),
  /** Uniform within sqrt(6 / in): for functions that are 0 on one side (He, Zhang, Ren and Sun, 2015). */
  heUniform: uniform((inFeatures) => Math.sqrt(6 / inFeatures)),
  /** Normal with variance 2 / in. */
  heNormal: normal((inFeatures) => Math.sqrt(2 / inFeatures)),
  /** Uniform within sqrt(3 / in) (LeCun, Bottou, Orr and Müller, 1998). */
  lecunUniform: uniform((inFeatures) => Math.sqrt(3 / inFeatures)),
  /** Normal with variance 1 / in: for selu (Klambauer, Unterthiner, Mayr and Hochreiter, 2017). */
  lecunNormal: normal((inFeatures) => Math.sqrt(1 / inFeatures)),
  /** Uniform within sqrt(1 / in), which is PyTorch's default. */
  torchUniform: uniform((inFeatures) => Math.sqrt(1 / inFeatures)),
  zeros: ((weight) => { weight.fill(0); }) as Initialize,
} as const;

export type Initialization = keyof typeof initializations;

/** What fits the activation that follows: what keeps the signal's size on its way. */
export function fittingInitialization(activation: { readonly name: string; readonly saturates?: string } | undefined): Initialization {
  if (activation?.name === 'selu') return 'lecunNormal';
  return activation?.saturates === 'left' || activation?.saturates === 'none' ? 'heNormal' : 'xavierUniform';
}
