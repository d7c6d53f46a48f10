import { type Row, defaultsOf } from '../catalogue/index.js';
import type { Kernel } from '../engine.js';
import { gates } from '../gates.js';
import type { View } from './memory.js';

/** The gated units: see assembly/rows/gate.ts. */
export function kernels(view: View): Record<string, Kernel> {
  return Object.assign({}, ...Object.entries(gates).map(([name, row]) => unit(name, row, view))) as Record<string, Kernel>;
}

function unit(name: string, row: Row, view: View): Record<string, Kernel> {
  const { scalar } = row;
  const p = row.prepare(defaultsOf(row));
  return {
    [`${name}_forward`]: (value, gate, y, rows, columns) => {
      const [values, gated, target] = [view(value), view(gate), view(y)];
      for (let row = 0; row < rows; row++) {
        for (let j = 0; j < columns; j++) target[row * columns + j] = values[2 * row * columns + j]! * scalar.forward(gated[2 * row * columns + j]!, p);
      }
      return 0;
    },
    [`${name}_backward`]: (dy, value, gate, dValue, dGate, rows, columns) => {
      const [gradient, values, gated, ofValues, ofGates] = [view(dy), view(value), view(gate), view(dValue), view(dGate)];
      for (let row = 0; row < rows; row++) {
        for (let j = 0; j < columns; j++) {
          const at = 2 * row * columns + j;
          const [d, v, g] = [gradient[row * columns + j]!, values[at]!, gated[at]!];
          ofValues[at] = d * scalar.forward(g, p);
          ofGates[at] = d * (v * scalar.derivative(g, p));
        }
      }
      return 0;
    },
  };
}
