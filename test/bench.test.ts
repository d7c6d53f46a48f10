/** The benchmark: what it selects, how it counts, and what it writes. Never how long anything took. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { filler, operations, operationsNamed } from '../bench/cases.js';
import { markdown } from '../bench/markdown.js';
import { race, timed } from '../bench/measure.js';
import { lengths, parse } from '../bench/options.js';
import type { Peer } from '../bench/peers/peer.js';
import { table } from '../bench/peers/table.js';
import { plots } from '../bench/plots.js';
import { type Report, perCall, perElement, speedup, tableOf } from '../bench/report.js';
import { median, quantile, ratio, spread } from '../bench/statistics.js';
import { type Build, type Result, measure, open } from '../bench/suite.js';
import { sigmoid } from '../src/index.js';

const build = (await open('deterministic')) as Build;
const suite = { dtypes: ['f32'], sizes: [16], builds: [build], peers: [], time: 0.1, seed: 1 } as const;

async function measured(names: readonly string[], changes: object = {}): Promise<Result[]> {
  const results: Result[] = [];
  for await (const result of measure({ ...suite, operations: operationsNamed(names), ...changes })) results.push(result);
  return results;
}

describe('statistics', () => {
  it('take the middle, or what is between the two in the middle', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([7])).toBe(7);
    expect(quantile([1, 2, 3, 4, 5], 0.25)).toBe(2);
    expect(quantile([10, 20], 0.75)).toBe(17.5);
    expect(median([])).toBeNaN();
  });

  it('take the distance of the quartiles for the spread', () => {
    expect(spread([5, 5, 5])).toBe(0);
    expect(spread([8, 9, 10, 11, 12])).toBe(0.2);
    expect(spread([8, 9, 10, 11, 1000])).toBe(0.2);
  });

  it('compare round by round', () => {
    // The second round was ten times as slow for both.
    expect(ratio([2, 20, 2.2], [1, 10, 1])).toBe(2);
    expect(ratio([1, 30, 1], [1, 10, 1])).toBe(1);
  });
});

describe('the command line', () => {
  it('knows lengths, ranges and presets', () => {
    expect(lengths('4096,16')).toEqual([16, 4096]);
    expect(lengths('1-4,4-32x2,4')).toEqual([1, 2, 3, 4, 8, 16, 32]);
    expect(lengths('standard')).toEqual([16, 256, 4096, 65536, 1048576]);
    expect(lengths('all').slice(0, 10)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 16, 32]);
    expect(lengths('all').at(-1)).toBe(1e7);
    for (const wrong of ['', '0', 'x', '1-', '4-1x', '16-64x1', '1.5']) expect(() => lengths(wrong), wrong).toThrow(/length/);
  });

  it('takes what it is given', () => {
    expect(parse(['--op', 'tanh,exp.backward', '--size', '1-3', '--dtype', 'f64,f32', '--build', 'relaxed', '--peers', 'all'])).toMatchObject({
      op: ['tanh', 'exp.backward'],
      size: [1, 2, 3],
      dtype: ['f64', 'f32'],
      build: ['relaxed'],
      peers: ['tfjs-cpu', 'tfjs-wasm', 'onnxruntime', 'pytorch'],
    });
    expect(parse(['--peers', 'none']).peers).toEqual([]);
    expect(parse([])).toEqual({ time: 20, seed: 1 });
  });

  it('writes the samples of what was asked for', () => {
    const script = fileURLToPath(new URL('../bench/run.ts', import.meta.url));
    const run = (...args: string[]): ReturnType<typeof spawnSync> => spawnSync(process.execPath, ['--import', 'tsx', script, ...args], { encoding: 'utf8' });
    const { stdout, status } = run('--op', 'relu.backward', '--size', '8,16', '--dtype', 'f64', '--peers', 'none', '--time', '0.1', '--json', '-');
    expect(status).toBe(0);
    const report = JSON.parse(String(stdout)) as Report;
    expect(report.machine.engine).toContain(process.versions.node);
    expect(report.results.map(({ op, dtype, size }) => [op, dtype, size])).toEqual([['relu.backward', 'f64', 8], ['relu.backward', 'f64', 16]]);
    const unknown = run('--op', 'sigmoyd', '--peers', 'none');
    expect(unknown.status).toBe(1);
    expect(unknown.stderr).toMatch(/^there is no operation sigmoyd, only sigmoid, /m);
  });
});

describe('the operations', () => {
  it('go by the name of the function, and of its direction', () => {
    expect(operationsNamed(['tanh']).map(({ name }) => name)).toEqual(['tanh', 'tanh.backward']);
    expect(operationsNamed(['exp.backward', 'softmax']).map(({ name }) => name)).toEqual(['exp.backward', 'softmax']);
    expect(() => operationsNamed(['tan'])).toThrow('there is no operation tan, only sigmoid');
  });

  it('get the same inputs for the same seed', () => {
    expect(filler(1)('f32', 5)).toEqual(filler(1)('f32', 5));
    expect(filler(1)('f32', 5)).not.toEqual(filler(2)('f32', 5));
    expect(Math.max(...filler(3)('f64', 1000).map(Math.abs))).toBeLessThanOrEqual(6);
  });

  it('have all names that are in the table of the peers', () => {
    const names = operations.filter(({ shapes }) => shapes).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(Object.keys(table)));
  });

  it('compute the same as the plain loops, all of them', async () => {
    const before = build.backend.memoryUsage().arrays;
    // Layers of given sizes have one length each; the longest ones would take too long.
    const isLayer = (name: string): boolean => name.startsWith('linear.');
    const names = operations.map(({ name }) => name).filter((name) => !isLayer(name));
    const results = [...(await measured(names, { sizes: [256], time: 0.001 })), ...(await measured(['linear.1x784x128', 'linear.64x256x256'], { sizes: [128, 16384], time: 0.001 }))];
    expect(results.map(({ op }) => op)).toEqual([...names, 'linear.1x784x128', 'linear.64x256x256']);
    expect(build.backend.memoryUsage().arrays).toBe(before);
  });
});

describe('measuring', () => {
  it('has as many times of every way, in turns', async () => {
    const turns: string[] = [];
    const contender = (way: string): Parameters<typeof race>[0][number] => ({
      way,
      result: () => [],
      time(calls) {
        turns.push(way);
        return calls;
      },
    });
    const samples = await race([contender('a'), contender('b')], { time: 8, turn: 1 });
    // A call takes one millisecond, a turn one call.
    expect(samples).toEqual(['a', 'b'].map((way) => ({ way, nanoseconds: new Array<number>(8).fill(1e6) })));
    expect(turns.slice(-16).join('')).toBe('ab'.repeat(8));
  });

  it('compiles a loop around a call', () => {
    const counted = { calls: 0 };
    expect(timed('counted.calls++', { counted })(7)).toBeGreaterThanOrEqual(0);
    expect(counted.calls).toBe(7);
  });

  it('gives samples of every way for every type and length', async () => {
    const results = await measured(['softmax'], { sizes: [64, 128], dtypes: ['f32', 'f64'] });
    // 64 is no row of 128.
    expect(results.map(({ op, note, dtype, size }) => [op, note, dtype, size])).toEqual([['softmax', 'rows of 128', 'f32', 128], ['softmax', 'rows of 128', 'f64', 128]]);
    for (const { nanoseconds } of results) {
      expect(Object.keys(nanoseconds)).toEqual(['plain JS', 'typed arrays', 'zero copy', 'memory.copy']);
      for (const samples of Object.values(nanoseconds)) {
        expect(samples).toHaveLength(nanoseconds['plain JS']!.length);
        expect(Math.min(...samples)).toBeGreaterThan(0);
      }
    }
  });

  it('lets a peer take part, and throws where it computes something else', async () => {
    const peer = (factor: number): Peer => ({
      name: 'peer',
      version: '1',
      enter(operation, _, [x]) {
        if (operation !== 'sigmoid') return Promise.resolve(undefined);
        const values = Array.from(x!.values);
        return Promise.resolve({ time: () => 1, result: () => values.map((value) => factor * sigmoid(value)) });
      },
    });
    const results = await measured(['sigmoid'], { peers: [peer(1)] });
    expect(results.map(({ nanoseconds }) => 'peer' in nanoseconds)).toEqual([true, false]);
    await expect(measured(['sigmoid'], { peers: [peer(1.1)] })).rejects.toThrow(/^sigmoid: peer computes .* at \d+, plain JS /);
  });

  it('says why there is no relaxed build, where there is none', async () => {
    const relaxed = await open('relaxed');
    if (typeof relaxed === 'string') expect(relaxed).toMatch(/relaxed/i);
    else expect(relaxed.backend.features.relaxedSimd).toBe(true);
  });
});

describe('the report', () => {
  const result = (op: string, size: number, plain: number, typed: number, peer?: number): Result => ({
    op,
    dtype: 'f32',
    size,
    nanoseconds: { 'plain JS': [plain, plain], 'typed arrays': [typed, typed], 'zero copy': [typed / 2, typed / 2], 'memory.copy': [typed / 4, typed / 4], ...(peer !== undefined && { peer: [peer, peer] }) },
  });
  const report: Report = {
    machine: { cpu: 'abacus', engine: 'Node 1' },
    peers: { peer: '2.0' },
    seed: 5,
    results: [result('tanh', 4, 10, 20), result('tanh', 16, 40, 20, 100), result('tanh', 4096, 40960, 8192, 12288), result('tanh.backward', 4096, 40960, 8192)],
  };

  it('counts by call, by element and against others', () => {
    const [first, , last] = report.results as [Result, Result, Result];
    expect(perCall(first, 'plain JS')).toBe(10);
    expect(perElement(first, 'plain JS')).toBe(2.5);
    expect(perElement(first, 'peer')).toBeUndefined();
    expect(speedup(last, 'typed arrays', 'plain JS')).toBe(5);
    expect(speedup(last, 'zero copy', 'peer')).toBe(3);
  });

  it('is a table for the terminal', () => {
    const text = tableOf(report);
    expect(text).toContain('Node 1, abacus, peer 2.0');
    expect(text).toMatch(/tanh\s+│ f32\s+│ 4096 │ 10\.0 ±0%/);
  });

  it('is a document', () => {
    const text = markdown(report);
    expect(text).toContain('Node 1; abacus; one thread. **Beside** peer 2.0.');
    expect(text).toContain('(seed 5)');
    const section = (title: string): string => text.split(`## ${title}\n`)[1]!.split('\n## ')[0]!;
    expect(section('Beside other libraries')).toContain('| tanh | 3.00x |');
    expect(section('Times')).toContain('| tanh | 10.0 ±0% | 2.00 ±0% | 1.00 ±0% | 0.500 ±0% | 3.00 ±0% |');
    expect(section('Ordinary typed arrays')).toContain('| tanh | 0.50x at 4 | 2.00x at 16 | 2.00x |  |  | 5.00x |  |');
    expect(section('Short calls')).toContain('| tanh | 40 | 20 | 10 | 5 | 100 |');
    expect(section('Beside memory.copy')).toContain('| tanh | 2.00x |  |');
    expect(section('Throughput against length')).toContain('![tanh: throughput against length](bench/plots/tanh.svg)');
    // All rows of a table are as wide as its head.
    for (const block of text.split('\n\n').filter((part) => part.startsWith('|'))) {
      expect(new Set(block.split('\n').map((line) => line.split('|').length)).size, block).toBe(1);
    }
  });

  it('has a plot for every function and bars for every length that is compared', () => {
    const drawn = plots(report);
    expect(drawn.map(({ file }) => file)).toEqual(['ratios-4096.svg', 'tanh.svg']);
    const values = (file: string): unknown => (drawn.find((plot) => plot.file === file)!.spec as { data: { values: unknown } }).data.values;
    expect(values('ratios-4096.svg')).toEqual([{ op: 'tanh', peer: 'peer', way: 'zero copy', times: 3 }]);
    expect(values('tanh.svg')).toContainEqual({ op: 'tanh', size: 4096, way: 'typed arrays', throughput: 500 });
    expect(values('tanh.svg')).toContainEqual({ op: 'tanh.backward', size: 4096, way: 'zero copy', throughput: 1000 });
  });
});
