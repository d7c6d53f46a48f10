import { type Accumulate, PlainTraining } from '../../examples/plain.js';
import type { Learner, Problem } from './problems.js';

/** Loops over Float32Arrays, with the matrix product of the tour, in tiles, or with another one. */
export function plain({ sizes, learningRate, features, labels, parameters, batch }: Problem, accumulate?: Accumulate): Learner {
  const training = new PlainTraining(sizes, parameters, { features, columns: sizes[0]!, labels, classes: [] }, { batch, decay: 0 }, accumulate);
  return {
    epoch() {
      let sum = 0;
      for (let i = 0; i < training.batches; i++) sum += training.learn(i, learningRate);
      return sum / training.batches;
    },
  };
}

/** The three loops of the definition. */
export const textbook: Accumulate = (c, a, aRow, aColumn, b, bRow, bColumn, m, k, n) => {
  for (let row = 0; row < m; row++) {
    for (let column = 0; column < n; column++) {
      let sum = 0;
      for (let i = 0; i < k; i++) sum += a[row * aRow + i * aColumn]! * b[i * bRow + column * bColumn]!;
      c[row * n + column]! += sum;
    }
  }
};
