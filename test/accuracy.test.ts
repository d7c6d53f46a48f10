import { describe, expect, test } from 'vitest';
import { type FamilyName, families, rows } from '../src/catalogue/index.js';
import { createBackend } from '../src/index.js';
import { backends } from './backends.js';
import { activationOf, bars, cases, operations } from './operations.js';
import { measureFamily } from './reference/measure-families.js';
import { type Density, MILLION, directions, largest, measure } from './reference/measure.js';
import { hasRelaxedSimd } from './relaxed-simd.js';

/** Other parameters than the defaults go through the same code: fewer inputs do. */
const TENTH: Density = { f32: 32749, f64: 2 ** 17 };

// Both builds against one truth, which takes the most time.
const relaxed = hasRelaxedSimd ? [{ name: 'relaxed', backend: await createBackend({ relaxedSimd: true }) } as const] : [];
const measured = [...backends, ...relaxed];

test('every row of the catalogue has a row here', () => {
  expect(Object.keys(operations).sort()).toEqual(rows.map(({ name }) => name).sort());
});

describe.each(cases)('$name', ({ name, info, operation, parameters }) => {
  describe.each(['f32', 'f64'] as const)('%s', (type) => {
    test.each(parameters.map((values, i) => ({ values, i })))('within the bars with $values', { timeout: 120_000 }, ({ values, i }) => {
      const defaults = i === 0;
      const errors = measure(type, measured.map(({ backend }) => activationOf(backend, name)), operation, values, defaults ? MILLION : TENTH);
      measured.forEach((backend, k) => {
        for (const direction of directions) {
          const { ulps, at } = errors[k]![direction];
          const bar = bars[type][direction === 'forward' ? 'forward' : 'derivative'];
          expect.soft(ulps, `${backend.name}: ${name} ${direction} at ${at}, in ULP`).toBeLessThanOrEqual(bar);
        }
        if (!defaults || backend.name === 'javascript') return;
        // The figures that the documentation gives.
        const accuracy = backend.name === 'relaxed' ? info.accuracy.relaxed : info.accuracy;
        const { forward, ...derivatives } = errors[k]!;
        [forward, largest(derivatives)].forEach(({ ulps, at }, figure) => {
          expect.soft(ulps, `${backend.name}: ${name} at ${at}, the catalogue's accuracy.${type}[${figure}]`).toBeLessThanOrEqual(accuracy[type][figure]!);
        });
      });
    });
  });
});

describe.each(Object.keys(families) as FamilyName[])('%s', (name) => {
  test.each(['f32', 'f64'] as const)('%s', (type) => {
    for (const { name: kind, backend } of measured) {
      const errors = measureFamily(type, backend, name, 4);
      const { forward, ...derivatives } = errors;
      [forward, largest(derivatives)].forEach(({ ulps }, figure) => {
        // JavaScript computes float32 in double precision, and exponentials of doubles with the engine's own errors.
        const { accuracy } = families[name];
        const bound = kind === 'javascript' ? 12 : (kind === 'relaxed' ? accuracy.relaxed : accuracy)[type][figure]!;
        expect.soft(ulps, `${kind}: ${name}, accuracy.${type}[${figure}]`).toBeLessThanOrEqual(bound);
      });
    }
  });
});
