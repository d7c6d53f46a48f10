/** `npm start -- data.csv`: reading the table, splitting it, and what a network makes of it. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Table, UserError, classesOf, parseTable } from '../examples/csv.js';
import { type Dataset, normal, pick, seeded, spirals, standardised, stratifiedSplit } from '../examples/data.js';
import { confusion, health } from '../examples/diagnosis.js';
import { Network } from '../examples/network.js';
import { type OwnDataOptions, fit, prepare, scheduleFor } from '../examples/own-data.js';
import { activations, memoryUsage } from '../src/index.js';

const parsed = (text: string | Buffer, label?: string): Table => parseTable(Buffer.from(text as string), label);

const BODY = '1,2,x\n3,4,y\n5,6,x\n7,8,y\n';
const NUMBERS = [1, 2, 3, 4, 5, 6, 7, 8];

describe('parseTable', () => {
  it.each([
    ['a header', `a,b,c\n${BODY}`],
    ['no header', BODY],
    ['no newline at the end', BODY.trimEnd()],
    ['CRLF', `a,b,c\n${BODY}`.replaceAll('\n', '\r\n')],
    ['CR', `a,b,c\n${BODY}`.replaceAll('\n', '\r')],
    ['a byte order mark', `\ufeff${BODY}`],
    ['UTF-16', Buffer.from(`\ufeff${BODY}`, 'utf16le')],
    ['semicolons', `a,1;b;c\n${BODY.replaceAll(',', ';')}`],
    ['tabs', `a b,c\td\te\n${BODY.replaceAll(',', '\t')}`],
    ['quoted cells', BODY.replaceAll(/\w/g, '"$&"')],
    ['empty lines', `\n\na,b,c\n\n${BODY}\n  \n`],
    ['spaces around cells', BODY.replaceAll(',', ' ,  ')],
    ['other ways to write numbers', '+1,2.,x\n.3e1,4e0,y\n500E-2,0006,x\n7,8,y\n'],
  ])('reads a file with %s', (_, text) => {
    const table = parsed(text);
    expect([...table.features]).toEqual(NUMBERS);
    expect(table.labels).toEqual(['x', 'y', 'x', 'y']);
  });

  it('keeps delimiters, quotes and line breaks that are quoted', () => {
    const table = parsed('"a","b;b;b;b",c\n1,2,"x, y"\n3,4,"say ""z"""\n5,6,"two\nlines"\n7,8,x\n');
    expect(table.names).toEqual(['a', 'b;b;b;b']);
    expect(table.labels).toEqual(['x, y', 'say "z"', 'two\nlines', 'x']);
    expect(table.lines).toEqual([2, 3, 5, 6]);
  });

  it.each([
    ['names', `a,b,c\n${BODY}`, true],
    ['numbers', BODY, false],
    ['numbers, with another label than the rest', `9,9,z\n${BODY}`, false],
    ['numbered columns and a name above numeric labels', '0,1,target\n1,2,0\n3,4,1\n', true],
    ['names and numbers', 'a,2,c\n1,2,x\n3,4,y\n', true],
    ['a name left out', `,b,c\n${BODY}`, true],
  ])('finds out whether the first row is a header: %s', (_, text, header) => {
    expect(parsed(text).header).toBe(header);
  });

  it('takes a first row with a label of the rest for data, whatever else is in it', () => {
    expect(() => parsed(`1,?,x\n${BODY}`)).toThrow('line 1, column 2: "?" is not a number');
  });

  it('takes the last column, a number or a name for the label', () => {
    const text = 'kind,width,height\n1,2,3\n4,5,6\n';
    const label = (wanted?: string) => {
      const { labelName, names, labels, features } = parsed(text, wanted);
      return { labelName, names: [...names], labels: [...labels], features: [...features] };
    };
    expect(label()).toEqual({ labelName: 'height', names: ['kind', 'width'], labels: ['3', '6'], features: [1, 2, 4, 5] });
    expect(label('1')).toEqual({ labelName: 'kind', names: ['width', 'height'], labels: ['1', '4'], features: [2, 3, 5, 6] });
    expect(label('width')).toEqual({ labelName: 'width', names: ['kind', 'height'], labels: ['2', '5'], features: [1, 3, 4, 6] });
    expect(label('kind')).toEqual(label('1'));
    expect(parsed('x,1,2\ny,3,4\nx,5,6\n', '1').labelName).toBe('column 1');
  });

  it.each([
    ['an empty file', '', 'line 1, column 1: the file is empty'],
    ['nothing but empty lines', '\n \n', 'line 1, column 1: the file is empty'],
    ['nothing but a header', 'a,b,c\n', 'line 1, column 1: there is a header and nothing else'],
    ['a single column', 'a\n1\n2\n', 'line 1, column 1: there is only one column'],
    ['a short row', 'a,b,c\n1,2,x\n3,4\n', 'line 3, column 3: the row ends after 2 of 3 columns'],
    ['a long row', 'a,b,c\n1,2,x\n3,4,5,y\n', 'line 3, column 4: the row has 4 columns, the first one has 3'],
    ['an empty feature', 'a,b,c\n1,2,x\n\n3,,y\n', 'line 4, column 2: the cell is empty'],
    ['an empty label', 'a,b,c\n1,2,x\n3,4, \n', 'line 3, column 3: the cell is empty'],
    ['an empty cell between tabs', 'a\tb\tc\n1\t\tx\n', 'line 2, column 2: the cell is empty'],
    ['text', 'a,b,c\n1,2,x\n3,red,y\n', 'line 3, column 2: "red" is not a number'],
    ['NaN', 'a,b,c\nNaN,2,x\n', 'line 2, column 1: "NaN" is not a number'],
    ['Infinity', 'a,b,c\n1,-Infinity,x\n', 'line 2, column 2: "-Infinity" is not a number'],
    ['a number out of range', 'a,b,c\n1,1e999,x\n', 'line 2, column 2: "1e999" is not a number'],
    ['a hexadecimal number', 'a,b,c\n0x10,2,x\n', 'line 2, column 1: "0x10" is not a number'],
    ['a decimal comma', 'a;b;c\n1,5;2;x\n', 'line 2, column 1: "1,5" is not a number; features must be numbers, with a decimal point'],
    ['an error after a cell of two lines', '"a\na",b,c\n1,2,x\n3,?,y\n', 'line 4, column 2: "?" is not a number'],
    ['a quoted cell that never ends', 'a,b,c\n1,"2,x\n3,4,y\n', 'line 2, column 2: a quoted cell that begins in this row never ends'],
    ['text after a quoted cell', 'a,b,c\n1,"2"2,x\n', 'line 2, column 2: Invalid Closing Quote'],
  ])('names the line and the column of %s', (_, text, message) => {
    const attempt = () => parsed(text);
    expect(attempt).toThrow(UserError);
    expect(attempt).toThrow(message);
  });

  it('names the columns there are if the label is none of them', () => {
    expect(() => parsed(`a,b,c\n${BODY}`, 'd')).toThrow('line 1: there is no column "d"; there are a, b, c, or 1 to 3');
    expect(() => parsed(BODY, '4')).toThrow('there is no column "4"');
  });
});

describe('classesOf', () => {
  const classes = (labels: string): string[] => {
    const rows = labels.split(' ').map((label, i) => `${i},${i},${label}`);
    return [...classesOf(parsed(rows.join('\n'))).names];
  };

  it('puts numbers in numerical order and text in alphabetical order', () => {
    expect(classes('10 9 10 9 -1 -1')).toEqual(['-1', '9', '10']);
    expect(classes('10 9 10 9 a a')).toEqual(['10', '9', 'a']);
  });

  it('wants two classes', () => {
    expect(() => classes('x x x')).toThrow('line 1, column 3: all labels are "x"');
  });

  it('wants two examples of each', () => {
    expect(() => classes('x y x y z')).toThrow('line 5, column 3: "z" is the label of this row alone;');
    expect(() => classes('1 2.5 1 3.5')).toThrow('line 2, column 3: "2.5" is the label of this row alone, and 1 more are the same');
  });
});

describe('the split', () => {
  it('holds out a fifth of every class, and at least one example, but never all', () => {
    const labels = Int32Array.from([...Array<number>(100).fill(0), ...Array<number>(10).fill(1), ...Array<number>(3).fill(2), 3, 3]);
    for (let seed = 0; seed < 20; seed++) {
      const { train, heldOut } = stratifiedSplit(labels, 4, seeded(seed));
      expect([...train, ...heldOut].sort((a, b) => a - b)).toEqual(Array.from(labels.keys()));
      expect([0, 1, 2, 3].map((label) => heldOut.filter((row) => labels[row] === label).length)).toEqual([20, 2, 1, 1]);
    }
  });

  it('is another one for another seed, and the same for the same', () => {
    const labels = new Int32Array(50).map((_, i) => i % 2);
    const held = (seed: number) => stratifiedSplit(labels, 2, seeded(seed)).heldOut;
    expect(held(1)).toEqual(held(1));
    expect(held(1)).not.toEqual(held(2));
  });
});

describe('standardised', () => {
  it('gives mean 0 and deviation 1 over the rows to train on, and 0 in columns that are constant there', () => {
    const features = Float64Array.from([1, 0.1, 1e15, 3, 0.1, 1e15 + 2, 100, 0.3, 1e15 + 4]);
    const result = standardised(features, 3, [0, 1]);
    expect([...result.subarray(0, 6)]).toEqual([-1, 0, -1, 1, 0, 1]);
    expect([...result.subarray(6)]).toEqual([98, 0, 3].map((value) => expect.closeTo(value, 6) as number));
  });

  it('bears the largest and the smallest numbers', () => {
    const result = standardised(Float64Array.from([1e308, 1e-300, -1e308, 3e-300]), 2, [0, 1]);
    expect([...result]).toEqual([1, -1, -1, 1].map((value) => expect.closeTo(value, 6) as number));
  });
});

/** Clouds around the corners of a cube of so many dimensions, and a column that does not matter. */
function clouds(classes: number, count: number, dimensions: number, seed: number): string {
  const random = seeded(seed);
  const rows = Array.from({ length: count }, (_, i) => {
    const label = i % classes;
    const cells = Array.from({ length: dimensions }, (_, d) => 50 * ((label >> d) & 1) + 8 * normal(random));
    return [...cells, 7, `class ${label}`].join(',');
  });
  return rows.join('\n');
}

const OPTIONS: OwnDataOptions = { hidden: [16, 8], activation: 'tanh', seed: 1, rate: 0.02 };

function accuracy(text: string, options: Partial<OwnDataOptions> = {}): number {
  const all = { ...OPTIONS, ...options };
  const { train, heldOut } = prepare(parsed(text), all.seed);
  const { network } = fit(train, scheduleFor(train.labels.length, all.rate, all.epochs), all);
  const result = network.accuracy(heldOut);
  network.free();
  return result;
}

describe('a network for a table', () => {
  it.each([2, 3, 7])('tells %i classes apart', (classes) => {
    expect(accuracy(clouds(classes, 350, 3, classes), { epochs: 40 })).toBeGreaterThanOrEqual(0.97);
  });

  it('does without hidden layers, and with every activation that has a gradient', () => {
    const text = clouds(4, 200, 2, 1);
    expect(accuracy(text, { hidden: [], epochs: 30 })).toBeGreaterThanOrEqual(0.95);
    for (const activation of ['sigmoid', 'relu', 'leakyRelu', 'hardTanh'] as const) {
      expect(accuracy(text, { activation, epochs: 60 }), activation).toBeGreaterThanOrEqual(0.95);
    }
  });

  it('learns from a handful of examples', () => {
    expect(accuracy('0,0,a\n0,1,a\n5,5,b\n5,6,b\n', { epochs: 100 })).toBe(1);
  });

  it('gives the same for the same seed', () => {
    const { train } = prepare(parsed(clouds(3, 60, 2, 1)), 1);
    const parameters = (seed: number): Float32Array => {
      const { network } = fit(train, scheduleFor(train.labels.length, 0.02, 3), { ...OPTIONS, seed });
      const copy = network.weights;
      network.free();
      return copy;
    };
    expect(parameters(1)).toEqual(parameters(1));
    expect(parameters(1)).not.toEqual(parameters(2));
  });

  it('says when the loss is no number any more', () => {
    const before = memoryUsage().arrays;
    expect(() => accuracy(clouds(3, 60, 2, 1), { rate: 1e30, activation: 'relu', epochs: 5 })).toThrow('a --rate below 1e+30');
    expect(memoryUsage().arrays).toBe(before);
  });

  it('trains on as many steps whatever the number of examples', () => {
    expect(scheduleFor(120, 0.02)).toMatchObject({ batch: 32, epochs: 1000 });
    expect(scheduleFor(1438, 0.02)).toMatchObject({ batch: 32, epochs: 133 });
    expect(scheduleFor(60_000, 0.02)).toMatchObject({ batch: 32, epochs: 10 });
    expect(scheduleFor(5, 0.02, 7)).toMatchObject({ batch: 5, epochs: 7 });
  });
});

describe('the diagnosis', () => {
  const data: Dataset = pick(spirals(90, 3, seeded(1)), Array.from({ length: 90 }, (_, i) => i));

  /** A hidden layer of four units, of which the biases are given. */
  function network(activation: 'relu' | 'tanh' | 'leakyRelu' | 'heaviside', biases: readonly number[]): Network {
    const result = new Network([2, 4, 3], activations[activation], seeded(1));
    result.model.parameters[1]!.value.data.set(biases);
    return result;
  }

  it.each([
    ['relu', [-100, 100, 0, -100], { units: 4, dead: 2, saturated: 0 }],
    ['tanh', [-10, 0, 10, 0.1], { units: 4, dead: 0, saturated: 2 }],
    ['leakyRelu', [-100, 100, 0, 0], { units: 4, dead: 0, saturated: undefined }],
    ['heaviside', [0, 0, 0, 0], { units: 4, dead: 4, saturated: 0 }],
  ] as const)('counts dead and saturated units of %s', (activation, biases, expected) => {
    const before = memoryUsage().arrays;
    const sick = network(activation, biases);
    expect(health(sick, data)).toEqual([expected]);
    sick.free();
    expect(memoryUsage().arrays).toBe(before);
  });

  it('counts which class was taken for which', () => {
    const counts = confusion(Int32Array.of(0, 0, 1, 2), Int32Array.of(0, 1, 1, 0), 3);
    expect(counts.map((row) => [...row])).toEqual([[1, 1, 0], [0, 1, 0], [1, 0, 0]]);
  });
});

describe('the command', () => {
  let folder: string;
  const root = fileURLToPath(new URL('..', import.meta.url));

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sigmoidal-csv-'));
    await writeFile(join(folder, 'good.csv'), `a,b,c,kind\n${clouds(3, 90, 2, 1)}\n`);
    await writeFile(join(folder, 'bad.csv'), 'a,b,c\n1,2,x\n3,oops,y\n');
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const command = (...parameters: string[]) =>
    new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
      execFile(process.execPath, ['--import', 'tsx', join(root, 'examples/tour.ts'), ...parameters], { cwd: root }, (error, stdout, stderr) => {
        resolve({ code: error ? error.code : 0, stdout, stderr });
      });
    });

  it('reports on a table and exits with 0', async () => {
    const options = ['--epochs', '20', '--hidden', '8', '--activation', 'relu', '--seed', '3', '--label', 'kind'];
    const { code, stdout, stderr } = await command(join(folder, 'good.csv'), ...options);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('90 examples below a header, 3 features, label kind with 3 classes');
    expect(stdout).toMatch(/network: 3 - 8 - 3, relu[^]*loss, epochs 1 to 20[^]*held-out accuracy: \d+\.\d %[^]*class 0 .*%[^]*hidden 1 .* 8 /);
  });

  it.each([
    ['a cell that is no number', 'bad.csv', [], /bad\.csv: line 3, column 2: "oops" is not a number/],
    ['a file that is not there', 'none.csv', [], /none\.csv: there is no such file/],
    ['an activation that is not there', 'good.csv', ['--activation', 'nope'], /'nope' is invalid\. There are sigmoid, logSigmoid,/],
    ['layers of no size', 'good.csv', ['--hidden', '8,0'], /'8,0' is invalid/],
  ])('exits with 1 and a message for %s', async (_, file, options, message) => {
    const { code, stdout, stderr } = await command(join(folder, file), ...options);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain('    at ');
    expect(stdout).not.toContain('accuracy');
  });
});
