import { catalogue } from '../catalogue/index.js';
import type { Kernel } from '../engine.js';
import type { View } from './memory.js';
import { exponentialSum, sumOf } from './rows.js';

const sigmoid = (x: number): number => catalogue.sigmoid.scalar.forward(x);

/** The losses: see assembly/loss. */
export function kernels(view: View, integers: (pointer: number) => Int32Array): Record<string, Kernel> {
  return {
    softmaxCrossEntropy_labels(x, labels, gradient, losses, rows, columns, scale, ignored, weights, smoothing) {
      const [logits, target, loss, indices] = [view(x), view(gradient), view(losses), integers(labels)];
      const weight = weights === 0 ? undefined : view(weights).subarray(0, columns);
      const share = smoothing / columns;
      let spread = 0;
      if (smoothing > 0) for (let j = 0; j < columns; j++) spread += share * weight![j]!;
      let total = 0;
      for (let row = 0; row < rows; row++) {
        const start = row * columns;
        const label = indices[row]!;
        if (label === ignored) {
          target.fill(0, start, start + columns);
          loss[row] = 0;
          continue;
        }
        const { maximum, sum } = exponentialSum(logits, start, start + columns);
        const w = weight ? weight[label]! : 1;
        const atLabel = (1 - smoothing) * w;
        const mass = atLabel + spread;
        // A class without weight counts nothing, also where its logit is -Infinity.
        let distance = atLabel === 0 ? 0 : atLabel * (maximum - logits[start + label]!);
        if (smoothing > 0) {
          for (let j = 0; j < columns; j++) if (weight![j] !== 0) distance += share * weight![j]! * (maximum - logits[start + j]!);
        }
        const own = Math.exp(logits[start + label]! - maximum);
        // The sum of the others: what is left of the loss and of the gradient where the label is nearly certain.
        const others = sumOf(0, columns, (j) => (j === label ? 0 : Math.exp(logits[start + j]! - maximum)));
        for (let j = 0; j < columns; j++) {
          if (j === label) continue;
          const e = Math.exp(logits[start + j]! - maximum);
          target[start + j] = ((e / sum) * mass - (smoothing > 0 ? share * weight![j]! : 0)) * scale;
        }
        target[start + label] = (((spread - share * w) * own - (atLabel + share * w) * others) / (own + others)) * scale;
        const value = mass * Math.log1p(own - 1 + others) + distance;
        total += value;
        loss[row] = value;
      }
      return total;
    },
    softmaxCrossEntropy_probabilities(x, p, gradient, losses, rows, columns, scale) {
      const logits = view(x);
      const truth = view(p);
      const target = view(gradient);
      const loss = view(losses);
      let total = 0;
      for (let row = 0; row < rows; row++) {
        const start = row * columns;
        const end = start + columns;
        const { maximum, sum } = exponentialSum(logits, start, end);
        let mass = 0;
        let distance = 0;
        for (let i = start; i < end; i++) {
          mass += truth[i]!;
          // A class with probability 0 counts nothing, also where its logit is -Infinity.
          if (truth[i] !== 0) distance += truth[i]! * (maximum - logits[i]!);
        }
        const value = mass * Math.log(sum) + distance;
        total += value;
        loss[row] = value;
        for (let i = start; i < end; i++) target[i] = ((Math.exp(logits[i]! - maximum) / sum) * mass - truth[i]!) * scale;
      }
      return total;
    },
    softmaxCrossEntropy_weigh(p, weights, q, rows, columns, smoothing) {
      const [truth, weight, target] = [view(p), view(weights), view(q)];
      for (let row = 0; row < rows; row++) {
        for (let j = 0; j < columns; j++) target[row * columns + j] = weight[j]! * (truth[row * columns + j]! * (1 - smoothing) + smoothing / columns);
      }
      return 0;
    },
    binaryCrossEntropy_withLogits(x, targets, gradient, losses, length, scale) {
      const logits = view(x);
      const truth = view(targets);
      const target = view(gradient);
      const loss = view(losses);
      let total = 0;
      for (let i = 0; i < length; i++) {
        const logit = logits[i]!;
        const value = line(logit, truth[i]!, 1 - truth[i]!) + Math.log1p(Math.exp(-Math.abs(logit)));
        total += value;
        loss[i] = value;
        target[i] = slope(logit, sigmoid(-Math.abs(logit)), truth[i]!, 1 - truth[i]!) * scale;
      }
      return total;
    },
    binaryCrossEntropy_weighted(x, targets, gradient, losses, length, scale, weights, offset, period) {
      const [logits, truth, target, weight] = [view(x), view(targets), view(gradient), view(weights)];
      const loss = losses === 0 ? undefined : view(losses);
      const count = period / weight.BYTES_PER_ELEMENT;
      let j = offset / weight.BYTES_PER_ELEMENT;
      let total = 0;
      for (let i = 0; i < length; i++) {
        const logit = logits[i]!;
        const positive = weight[j]! * truth[i]!;
        const negative = 1 - truth[i]!;
        const value = line(logit, positive, negative) + (positive + negative) * Math.log1p(Math.exp(-Math.abs(logit)));
        total += value;
        if (loss) loss[i] = value;
        target[i] = slope(logit, (positive + negative) * sigmoid(-Math.abs(logit)), positive, negative) * scale;
        if (++j === count) j = 0;
      }
      return total;
    },
    squaredError_elements(y, targets, gradient, losses, length, scale) {
      const [output, truth, target] = [view(y), view(targets), view(gradient)];
      const loss = losses === 0 ? undefined : view(losses);
      let total = 0;
      for (let i = 0; i < length; i++) {
        const difference = output[i]! - truth[i]!;
        total += difference * difference;
        if (loss) loss[i] = difference * difference;
        target[i] = 2 * difference * scale;
      }
      return total;
    },
  };
}

/** (positive + negative) sigma(x) - positive from the tail, (positive + negative) sigma(-|x|). */
const slope = (x: number, tail: number, positive: number, negative: number): number => (x > 0 ? negative - tail : tail - positive);

/** positive max(-x, 0) + negative max(x, 0), of which one is 0, also for an infinite x. */
function line(x: number, positive: number, negative: number): number {
  const rate = x > 0 ? negative : positive;
  return rate === 0 ? 0 : Math.abs(x) * rate;
}
