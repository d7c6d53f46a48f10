import { catalogue } from '../catalogue/index.js';
import type { Kernel } from '../engine.js';
import type { View } from './memory.js';
import { exponentialSum } from './rows.js';

const sigmoid = (x: number): number => catalogue.sigmoid.scalar.forward(x);

/** The losses: see assembly/loss. */
export function kernels(view: View, integers: (pointer: number) => Int32Array): Record<string, Kernel> {
  return {
    softmaxCrossEntropy_labels(x, labels, gradient, losses, rows, columns, scale) {
      const logits = view(x);
      const target = view(gradient);
      const loss = view(losses);
      const indices = integers(labels);
      let total = 0;
      for (let row = 0; row < rows; row++) {
        const start = row * columns;
        const at = start + indices[row]!;
        const { maximum, sum } = exponentialSum(logits, start, start + columns);
        const value = Math.log(sum) - (logits[at]! - maximum);
        total += value;
        loss[row] = value;
        for (let i = start; i < start + columns; i++) target[i] = (Math.exp(logits[i]! - maximum) / sum - (i === at ? 1 : 0)) * scale;
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
    binaryCrossEntropy_withLogits(x, targets, gradient, losses, length, scale) {
      const logits = view(x);
      const truth = view(targets);
      const target = view(gradient);
      const loss = view(losses);
      let total = 0;
      for (let i = 0; i < length; i++) {
        const logit = logits[i]!;
        const value = Math.max(logit, 0) - logit * truth[i]! + Math.log1p(Math.exp(-Math.abs(logit)));
        total += value;
        loss[i] = value;
        target[i] = (sigmoid(logit) - truth[i]!) * scale;
      }
      return total;
    },
  };
}
