/**
 * Measures the figures of the catalogue's `accuracy`, for kernels that have changed, over the inputs of the test and
 * many more: npx tsx test/reference/measure-all.ts [name ...]
 */
import * as sigmoidal from '../../src/index.js';
import { activationOf, cases } from '../operations.js';
import { MILLION, type Worst, largest, measure } from './measure.js';

const DENSE = { f32: 101, f64: 2e7 };
const names = process.argv.slice(2);

const figure = ({ ulps }: Worst): number => Math.ceil(ulps * 100 - 1e-9) / 100;
const place = ({ ulps, at }: Worst): string => (ulps === 0 ? 'exact' : `${ulps.toFixed(4)} at ${at}`);

for (const { name, operation, parameters } of cases) {
  if (names.length > 0 && !names.includes(name)) continue;
  const figures = (['f32', 'f64'] as const).map((type) => {
    const [errors] = measure(type, [activationOf(sigmoidal, name)], operation, parameters[0]!, MILLION, DENSE);
    const { forward, ...derivatives } = errors!;
    for (const [direction, worst] of Object.entries(errors!)) console.log(`  ${name} ${type} ${direction}: ${place(worst)}`);
    return `${type}: [${figure(forward)}, ${figure(largest(derivatives))}]`;
  });
  console.log(`${name}: accuracy: { ${figures.join(', ')} },`);
}
