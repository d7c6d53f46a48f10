import type { Kernel } from '../engine.js';
import type { View } from './memory.js';

/** Elements whose moments are found on their own before they are joined to those of all before. */
const RUN = 512;

/** See assembly/rows/diagnosis.ts, also for the places in the state. */
export function kernels(view: View, doubles: (pointer: number) => Float64Array, integers: (pointer: number) => Int32Array): Record<string, Kernel> {
  return {
    diagnosis_update(y, state, length, left, right, near) {
      const source = view(y);
      const all = doubles(state);
      for (let start = 0; start < length; start += RUN) {
        const run = source.subarray(start, Math.min(start + RUN, length));
        let count = 0;
        let sum = 0;
        for (const value of run) {
          if (value !== value) all[1]!++;
          else if (value === Infinity || value === -Infinity) all[2]!++;
          else {
            count++;
            sum += value;
            if (value < all[8]!) all[8] = value;
            if (value > all[9]!) all[9] = value;
          }
          if (value === left || value === right) all[3]!++;
          if (Math.abs(value - left) <= near) all[4]!++;
          if (Math.abs(value - right) <= near) all[5]!++;
        }
        if (count > 0) join(all, run, count, sum / count);
      }
      return 0;
    },
    diagnosis_units(y, alive, rows, columns, left, right) {
      const source = view(y);
      const words = source.BYTES_PER_ELEMENT / 4;
      const bits = integers(alive);
      for (let row = 0; row < rows; row++) {
        for (let j = 0; j < columns; j++) {
          const value = source[row * columns + j]!;
          if (value !== left && value !== right) bits.fill(-1, j * words, (j + 1) * words);
        }
      }
      return 0;
    },
  };
}

/** The moments of a run joined to those of all before: Chan, Golub and LeVeque, 1979. */
function join(state: Float64Array, run: Iterable<number>, count: number, about: number): void {
  let squares = 0;
  let deviations = 0;
  for (const value of run) {
    const deviation = value - about;
    if (!(Math.abs(deviation) < Infinity)) continue;
    squares += deviation * deviation;
    deviations += deviation;
  }
  const before = state[0]!;
  const all = before + count;
  const delta = about + deviations / count - state[6]!;
  state[0] = all;
  state[6]! += delta * (count / all);
  state[7]! += squares - (deviations * deviations) / count + delta * delta * (before * (count / all));
}
