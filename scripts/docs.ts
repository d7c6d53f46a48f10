// Writes what the documentation says about the functions from the catalogue: the table in README.md, and the facts and
// measured errors in the docstrings of src/index.ts.
import { readFileSync, writeFileSync } from 'node:fs';
import { type Info, type Interval, type Row, catalogue, families } from '../src/catalogue/index.js';

const README = new URL('../README.md', import.meta.url);
const INDEX = new URL('../src/index.ts', import.meta.url);
const MARKERS = ['<!-- functions -->\n', '<!-- /functions -->'] as const;
const ALIASES: Partial<Record<keyof typeof catalogue, string>> = { sigmoid: 'logistic', heaviside: 'step', silu: 'swish' };

/** The ends of a range in the table: five digits are enough. */
const end = (x: number): string => String(Number(x.toPrecision(5)));
const interval = ([low, high]: Interval): string => `${low === -Infinity ? '(-∞' : `[${end(low)}`}, ${high === Infinity ? '∞)' : `${end(high)}]`}`;

/** A bar would end the cell. */
const cell = (text: string): string => text.replaceAll('|', '\\|');

function line(key: keyof typeof catalogue): string {
  const row: Row = catalogue[key];
  const alias = ALIASES[key];
  const parameters = Object.entries(row.parameters).map(([name, { default: value }]) => `${name} ${value}`);
  const cells = [
    `\`${key}\`${alias ? `, \`${alias}\`` : ''}`,
    row.formula,
    parameters.join(', '),
    interval(row.range),
    interval(row.derivativeRange),
    row.saturates,
    row.accuracy.f32.join(' / '),
    row.accuracy.f64.join(' / '),
  ];
  return `| ${cells.map(cell).join(' | ')} |`;
}

export function functionsTable(): string {
  const head = ['function', 'f(x)', 'defaults', 'range', 'range of f′', 'saturates', 'f32 error f / f′', 'f64 error f / f′'];
  return [`| ${head.join(' | ')} |`, `|${'---|'.repeat(head.length)}`, ...(Object.keys(catalogue) as (keyof typeof catalogue)[]).map(line), ''].join('\n');
}

/** The README with the table of now. */
export function updatedReadme(readme: string): string {
  const [before, rest] = readme.split(MARKERS[0]);
  const after = rest?.split(MARKERS[1])[1];
  if (before === undefined || after === undefined) throw new Error('README.md has no place for the table of functions');
  return before + MARKERS[0] + functionsTable() + MARKERS[1] + after;
}

/** The lines of a docstring and the name that is exported below it. */
const FACTS = /(?:Range .*\n \* )?Largest error in ULP: .*(?=\n(?:(?! \*\/)[^])* \*\/\nexport const (\w+) = )/g;

const SIDES = { both: 'saturates on both sides', left: 'saturates on the left', right: 'saturates on the right', none: 'does not saturate' };

export function factLines({ range, derivativeRange, saturates, zeroCentered, monotonic, kinks, accuracy: { f32, f64 } }: Info): readonly string[] {
  const facts = [
    `Range ${interval(range)}, of f' ${interval(derivativeRange)}`,
    SIDES[saturates],
    `${zeroCentered ? '' : 'not '}zero-centred`,
    `${monotonic ? '' : 'not '}monotonic`,
    kinks.length === 0 ? 'no kinks' : kinks.map(({ x, derivative }) => `f'(${x}) = ${derivative}`).join(', '),
  ];
  return [`${facts.join('; ')}.`, `Largest error in ULP: f32 ${f32.join(' / ')}, f64 ${f64.join(' / ')} (f / f').`];
}

/** Everything that has facts, by the name it is exported under. */
export const described: Readonly<Record<string, Info>> = { ...catalogue, ...families };

/** src/index.ts with the facts of now. */
export function updatedDocstrings(source: string): string {
  return source.replace(FACTS, (old, name: string) => (Object.hasOwn(described, name) ? factLines(described[name]!).join('\n * ') : old));
}

if (process.argv[1]?.endsWith('docs.ts')) {
  writeFileSync(README, updatedReadme(readFileSync(README, 'utf8')));
  writeFileSync(INDEX, updatedDocstrings(readFileSync(INDEX, 'utf8')));
}
