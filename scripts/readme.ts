// Writes the table of functions into README.md, from the catalogue.
import { readFileSync, writeFileSync } from 'node:fs';
import { type Interval, type Row, catalogue } from '../src/catalogue/index.js';

const README = new URL('../README.md', import.meta.url);
const MARKERS = ['<!-- functions -->\n', '<!-- /functions -->'] as const;
const ALIASES: Partial<Record<keyof typeof catalogue, string>> = { sigmoid: 'logistic', heaviside: 'step', silu: 'swish' };

const interval = ([low, high]: Interval): string => `${low === -Infinity ? '(-∞' : `[${low}`}, ${high === Infinity ? '∞)' : `${high}]`}`;

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
  return `| ${cells.join(' | ')} |`;
}

export function functionsTable(): string {
  const head = ['function', 'f(x)', 'defaults', 'range', 'range of f′', 'saturates', 'f32 error f / f′', 'f64 error f / f′'];
  return [`| ${head.join(' | ')} |`, `|${'---|'.repeat(head.length)}`, ...(Object.keys(catalogue) as (keyof typeof catalogue)[]).map(line), ''].join('\n');
}

/** The README with the table of now. */
export function updated(readme: string): string {
  const [before, rest] = readme.split(MARKERS[0]);
  const after = rest?.split(MARKERS[1])[1];
  if (before === undefined || after === undefined) throw new Error('README.md has no place for the table of functions');
  return before + MARKERS[0] + functionsTable() + MARKERS[1] + after;
}

if (process.argv[1]?.endsWith('readme.ts')) writeFileSync(README, updated(readFileSync(README, 'utf8')));
