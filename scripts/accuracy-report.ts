/** What accuracy.ts writes: the tables of ACCURACY.md, which it also reads, and src/accuracy.ts. */
import { families } from '../src/catalogue/index.js';
import { bars, cases } from '../test/operations.js';
import { type Direction, type Met, type Type, directions } from '../test/reference/measure.js';

/** The errors of one function in one type. */
export type Measured = Readonly<Partial<Record<Direction, Met>>>;
/** By type and function. */
export type Report = Readonly<Record<Type, Map<string, Measured>>>;

/** All functions there are figures of: the elementwise ones, then the others. */
export const names = [...cases.map(({ name }) => name), ...(Object.keys(families) as (keyof typeof families)[])];

const HEAD = '| function | direction | largest error, ULP | at | nearest number | inputs |';
const LABELS: Readonly<Record<Direction, string>> = { forward: 'f', derivative: 'derivative', backward: 'backward', backwardFromOutput: 'backwardFromOutput' };
const TITLES: Readonly<Record<Type, string>> = { f32: 'Float32Array', f64: 'Float64Array' };

const INTRODUCTION = `# Accuracy

The largest errors of the elementwise functions with their default parameters, measured by

    npm run accuracy

or, for some of them, \`npm run accuracy -- --op gelu,mish --type f32\`; this page and the figures in the documentation are
written by it. A quick look that writes nothing is \`npm run accuracy -- --sample\`.

**Float32Array**: every one of the 2^32 inputs. The true value is computed in double precision, with 45 right bits at the least.
**Float64Array**: 10^8 inputs, one after the other of four kinds: any bit pattern; any magnitude between 2^-60 and 2^11; evenly
between -750 and 750; evenly between -25 and 25. The true value is computed in double-double arithmetic, with 95 right bits.
With \`--every 17\` it is every 17th of them: the last column says how many inputs a row stands for. Either way the neighbours of
the kinks, of the zeros of f' and of the ends of the ranges are measured, too. The references are in test/reference and share no
algorithm with the kernels.

A ULP is the distance of the two numbers of the type around the true value, subnormal numbers included: the nearest number has an
error of at most 0.5. What overflows has to be an infinity, and NaN has to be given for NaN.
Within 1/1000 of a zero of f', of the natural unit of x, the error of f' counts in ULPs of f' at that distance: where f' crosses 0, all its
digits are not to be had, and nobody needs them. For Float64Array a product dy f' is not looked at where f' is a subnormal number or overflows
and dy is not 1.

The functions that are not elementwise, at the end of each table, are measured over random rows of 1 to 1000 elements of up to 1, 10
and 100 (gates of a quarter of that). Where terms cancel, errors count in ULPs of the largest term, and those of ln softmax in ULPs of
1 at the least; what is as small as an exponential e^-d, in softmax, cross-entropy and their derivatives, counts as 1 + d times as
large, since the argument is rounded before. The gradient of a loss stands under backward.

The bars of the elementwise functions: f32 ${bars.f32.forward} for f and ${bars.f32.derivative} for f' in all its forms, f64 ${bars.f64.forward} and ${bars.f64.derivative}. The kernels give the same bits on every machine.
`;

/** Up to the given digits after the point. */
export const roundedUp = (ulps: number, digits = 2): number => Math.ceil(ulps * 10 ** digits - 1e-9) / 10 ** digits;

const share = ({ inputs, correct }: Met): string => `${(Math.floor((correct / inputs) * 1e5) / 1e3).toFixed(3)} %`;

export const row = (name: string, direction: Direction, met: Met): string =>
  `| ${name} | ${LABELS[direction]} | ${roundedUp(met.ulps)} | ${met.ulps === 0 || Number.isNaN(met.at) ? '' : met.at} | ${share(met)} | ${met.inputs} |`;

function tableOf(type: Type, measured: Map<string, Measured>): string {
  const lines = names.flatMap((name) =>
    directions.flatMap((direction) => {
      const met = measured.get(name)?.[direction];
      return met && met.inputs > 0 ? [row(name, direction, met)] : [];
    }),
  );
  return [`## ${TITLES[type]}`, '', HEAD, '|---|---|--:|---|--:|--:|', ...lines, ''].join('\n');
}

export const document = (report: Report): string => [INTRODUCTION, tableOf('f32', report.f32), tableOf('f64', report.f64)].join('\n');

/** The rows of an existing document. */
export function parse(text: string): Report {
  const report: Report = { f32: new Map(), f64: new Map() };
  for (const type of ['f32', 'f64'] as const) {
    const section = text.split(`## ${TITLES[type]}\n`)[1]?.split('\n## ')[0] ?? '';
    for (const line of section.split('\n')) {
      const [name, label, ulps, at, correct, inputs] = line.split('|').slice(1, -1).map((cell) => cell.trim());
      const direction = directions.find((key) => LABELS[key] === label);
      if (!direction || !name) continue;
      const met: Met = { ulps: Number(ulps), at: at ? Number(at) : NaN, inputs: Number(inputs), correct: Math.ceil((Number.parseFloat(correct!) / 100) * Number(inputs)) };
      report[type].set(name, { ...report[type].get(name), [direction]: met });
    }
  }
  return report;
}

/** [f, f' in all its forms] */
function figures(measured: Measured): readonly [number, number] {
  const largest = (of: readonly Direction[]): number => roundedUp(Math.max(...of.map((direction) => measured[direction]?.ulps ?? 0)));
  return [largest(['forward']), largest(['derivative', 'backward', 'backwardFromOutput'])];
}

/** src/accuracy.ts: what the document says, for functions that are not in it what was known. */
export function source(report: Report, known: Readonly<Record<string, Readonly<Record<Type, readonly number[]>>>>): string {
  const lines = names.map((name) => {
    const of = (type: Type): string => (report[type].has(name) ? figures(report[type].get(name)!) : known[name]![type]).join(', ');
    return `  ${/^\w+$/.test(name) ? name : `'${name}'`}: { f32: [${of('f32')}], f64: [${of('f64')}] },\n`;
  });
  return `/** The largest errors measured, in units in the last place, of f and of f' in all its forms: written by \`npm run accuracy\`. */
export const accuracy = {
${lines.join('')}} as const;
`;
}
