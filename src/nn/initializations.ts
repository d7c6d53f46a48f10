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

/** No gain beyond: functions that are 0 almost everywhere have no inverse. */
const MOST_GAIN = 4;

/**
 * What keeps the signal's size on its way through layers of any activation: normal with variance 1 / (in E), where E is the mean
 * square of f(u) for a standard normal u and the activation f before the layer. For relu this is heNormal, for selu and where
 * nothing is before, lecunNormal (the derivation is that of He, Zhang, Ren and Sun, 2015).
 */
export function fitting(meanSquare = 1): Initialize {
  // Without the last bits of the mean square, which are not the same in every engine and build.
  const gain = meanSquare > 0 && meanSquare < Infinity ? Math.fround(Math.min(1 / Math.sqrt(meanSquare), MOST_GAIN)) : 1;
  return normal((inFeatures) => gain / Math.sqrt(inFeatures));
}

/** The mean of f(u)^2 for a standard normal u: of so many values of u between -8 and 8, by their density. */
export function meanSquareOf(f: (u: Float64Array) => FloatTypedArray): number {
  const u = Float64Array.from({ length: 641 }, (_, i) => (i - 320) / 40);
  const density = u.map((value) => Math.exp(-value * value / 2));
  const y = f(u);
  let [sum, total] = [0, 0];
  density.forEach((weight, i) => {
    sum += weight * y[i]! * y[i]!;
    total += weight;
  });
  return sum / total;
}
