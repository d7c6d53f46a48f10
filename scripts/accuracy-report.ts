/** What accuracy.ts writes: the tables of ACCURACY.md, which it also reads, and src/accuracy.ts. */
import { families } from '../src/catalogue/index.js';
import type { Info } from '../src/index.js';
import { bars, cases } from '../test/operations.js';
import { type Direction, type Met, type Type, directions } from '../test/reference/measure.js';

/** The errors of one function in one type. */
export type Measured = Readonly<Partial<Record<Direction, Met>>>;
export const kernelBuilds = ['deterministic', 'relaxed'] as const;
export type KernelBuild = (typeof kernelBuilds)[number];
/** By build, type and function. */
export type Report = Readonly<Record<KernelBuild, Readonly<Record<Type, Map<string, Measured>>>>>;

export const isOfKernels = (build: string): build is KernelBuild => (kernelBuilds as readonly string[]).includes(build);

/** All functions there are figures of: the elementwise ones, then the others. */
export const names = [...cases.map(({ name }) => name), ...(Object.keys(families) as (keyof typeof families)[])];

const HEAD = '| function | direction | largest error, ULP | at | nearest number | inputs | relaxed: largest error | at | nearest number | inputs |';
const LABELS: Readonly<Record<Direction, string>> = { forward: 'f', derivative: 'derivative', backward: 'backward', backwardFromOutput: 'backwardFromOutput' };
const TITLES: Readonly<Record<Type, string>> = { f32: 'Float32Array', f64: 'Float64Array' };

const INTRODUCTION = `# Accuracy

The largest errors of the elementwise functions with their default parameters, measured by

    npm run accuracy

or, for some of them, \`npm run accuracy -- --op gelu,mish --type f32\`; this page and the figures in the documentation are
written by it. A quick look that writes nothing is \`npm run accuracy -- --sample\`.

The columns on the right are those of the build with relaxed SIMD, on a processor that multiplies and adds in one step:
\`--build relaxed\` measures it alone.

**Float32Array**: every one of the 2^32 inputs, or every n-th where the table counts fewer. The true value is computed in double precision, with 45 right bits at the least.
**Float64Array**: 10^8 inputs or as many as the table counts, one after the other of four kinds: any bit pattern; any magnitude between 2^-60 and 2^11; evenly
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
and 100 (gates of a quarter of that), and over as many that are all the same but for one. Where terms cancel, errors count in ULPs of the largest term, and those of ln softmax in ULPs of
1 at the least; what is as small as an exponential e^-d, in softmax, cross-entropy and their derivatives, counts as 1 + d times as
large, since the argument is rounded before. The gradient of a loss stands under backward.

The bars of the elementwise functions: f32 ${bars.f32.forward} for f and ${bars.f32.derivative} for f' in all its forms, f64 ${bars.f64.forward} and ${bars.f64.derivative}. They are the same for both builds. The deterministic kernels give the same bits on every machine.
`;

/** Up to the given digits after the point. */
export const roundedUp = (ulps: number, digits = 2): number => Math.ceil(ulps * 10 ** digits - 1e-9) / 10 ** digits;

const share = ({ inputs, correct }: Met): string => `${(Math.floor((correct / inputs) * 1e5) / 1e3).toFixed(3)} %`;

const cells = (met: Met | undefined): readonly (string | number)[] =>
  met ? [roundedUp(met.ulps), met.ulps === 0 || Number.isNaN(met.at) ? '' : met.at, share(met), met.inputs] : ['', '', '', ''];

/** What was measured of one function in one direction, build by build. */
export const row = (name: string, direction: Direction, ...measured: readonly (Measured | undefined)[]): string =>
  `| ${[name, LABELS[direction], ...measured.flatMap((each) => cells(each?.[direction]))].join(' | ')} |`;

function tableOf(type: Type, report: Report): string {
  const lines = names.flatMap((name) => {
    const measured = kernelBuilds.map((build) => report[build][type].get(name));
    const looked = directions.filter((direction) => measured.some((each) => (each?.[direction]?.inputs ?? 0) > 0));
    return looked.map((direction) => row(name, direction, ...measured));
  });
  return [`## ${TITLES[type]}`, '', HEAD, `|---|---|${'--:|---|--:|--:|'.repeat(kernelBuilds.length)}`, ...lines, ''].join('\n');
}

export const document = (report: Report): string => [INTRODUCTION, tableOf('f32', report), tableOf('f64', report)].join('\n');

/** The rows of an existing document. */
export function parse(text: string): Report {
  const report: Report = { deterministic: { f32: new Map(), f64: new Map() }, relaxed: { f32: new Map(), f64: new Map() } };
  for (const type of ['f32', 'f64'] as const) {
    const section = text.split(`## ${TITLES[type]}\n`)[1]?.split('\n## ')[0] ?? '';
    for (const line of section.split('\n')) {
      const [name, label, ...measured] = line.split('|').slice(1, -1).map((cell) => cell.trim());
      const direction = directions.find((key) => LABELS[key] === label);
      if (!direction || !name) continue;
      kernelBuilds.forEach((build, i) => {
        const [ulps, at, correct, inputs] = measured.slice(4 * i, 4 * i + 4);
        if (!ulps) return;
        const met: Met = { ulps: Number(ulps), at: at ? Number(at) : NaN, inputs: Number(inputs), correct: Math.ceil((Number.parseFloat(correct!) / 100) * Number(inputs)) };
        const measuredBefore = report[build][type].get(name);
        report[build][type].set(name, { ...measuredBefore, [direction]: met });
      });
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
export function source(report: Report, known: Readonly<Record<string, Info['accuracy']>>): string {
  const lines = names.map((name) => {
    const before = known[name]!;
    const of = (build: KernelBuild, type: Type): string => {
      const measured = report[build][type].get(name);
      return (measured ? figures(measured) : (build === 'relaxed' ? before.relaxed : before)[type]).join(', ');
    };
    const both = (build: KernelBuild): string => `f32: [${of(build, 'f32')}], f64: [${of(build, 'f64')}]`;
    return `  ${/^\w+$/.test(name) ? name : `'${name}'`}: { ${both('deterministic')}, relaxed: { ${both('relaxed')} } },\n`;
  });
  return `/**
 * The largest errors measured, in units in the last place, of f and of f' in all its forms, of the deterministic and of the
 * relaxed kernels: written by \`npm run accuracy\`.
 */
export const accuracy = {
${lines.join('')}} as const;
`;
}
