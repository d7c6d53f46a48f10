/** The benchmark of training: that all learn the same, and what is written of it. Never how long anything took. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { trainingOf, withTraining } from '../bench/training/document.js';
import { OURS, PLAIN, TEXTBOOK, learners } from '../bench/training/learners.js';
import { parse } from '../bench/training/options.js';
import { type Problem, problem, problemNames, read, written } from '../bench/training/problems.js';
import { type TrainingReport, section, shortTable, tableOf } from '../bench/training/report.js';
import { agree } from '../bench/training/suite.js';

const epochs = async (name: string, learned: Problem): Promise<number[]> => {
  const { epoch } = await learners[name]!(learned);
  return [epoch(), epoch()];
};

describe('the contenders', () => {
  it.each(problemNames)('learn the same of %s', async (name) => {
    const learned = problem(name, 1);
    const losses = await epochs(OURS, learned);
    expect(losses[1]).not.toBe(losses[0]);
    expect(Math.max(...losses)).toBeLessThan(3);
    for (const other of [PLAIN, TEXTBOOK]) {
      (await epochs(other, learned)).forEach((loss, i) => { expect(loss / losses[i]! - 1).toBeCloseTo(0, 4); });
    }
  });

  it('are refused where they do not', async () => {
    const entrant = (name: string, ...losses: number[]): Parameters<typeof agree>[0][number] => ({ name, train: () => Promise.resolve({ milliseconds: 1, losses }) });
    await agree([entrant('a', 2, 1), entrant('b', 2.001, 0.9995)]);
    await expect(agree([entrant('a', 2, 1), entrant('b', 2, 1.002)])).rejects.toThrow('b has the loss 1.002 in epoch 2, a 1');
    await expect(agree([entrant('a', 2, 1), entrant('b', 2, NaN)])).rejects.toThrow('b has the loss NaN in epoch 2, a 1');
  });

  it('get the same problem in other processes', () => {
    const learned = problem('digits', 7);
    expect(read(JSON.parse(JSON.stringify(written(learned))) as ReturnType<typeof written>)).toEqual(learned);
    expect(problem('digits', 7)).toEqual(learned);
    expect(problem('digits', 8).features).not.toEqual(learned.features);
  });
});

describe('the command line', () => {
  it('takes what it is given', () => {
    expect(parse([])).toEqual({ time: 2000, seed: 1 });
    expect(parse(['--problem', 'digits,spirals', '--peers', 'none'])).toMatchObject({ problem: ['digits', 'spirals'], peers: [] });
    expect(parse(['--peers', 'all']).peers).toEqual(['tfjs-wasm', 'tfjs-cpu', 'pytorch']);
  });

  it('writes the samples of what was asked for', () => {
    const script = fileURLToPath(new URL('../bench/training/run.ts', import.meta.url));
    const { stdout, stderr, status } = spawnSync(process.execPath, ['--import', 'tsx', script, '--problem', 'spirals', '--peers', 'none', '--time', '1', '--json', '-'], { encoding: 'utf8' });
    expect(stderr).toMatch(/^spirals \.\.\.$/m);
    expect(status).toBe(0);
    const { machine, results } = JSON.parse(stdout) as TrainingReport;
    expect(machine.engine).toContain(process.versions.node);
    expect(results.map(({ problem }) => problem)).toEqual(['spirals']);
    const { microseconds } = results[0]!;
    expect(Object.keys(microseconds)).toEqual(expect.arrayContaining([OURS, PLAIN, TEXTBOOK]));
    for (const samples of Object.values(microseconds)) expect(Math.min(...samples)).toBeGreaterThan(0);
  });
});

describe('the report', () => {
  const report: TrainingReport = {
    machine: { cpu: 'abacus', engine: 'Node 1' },
    seed: 5,
    results: [
      { problem: 'digits', microseconds: { sigmoidal: [40, 60], 'sigmoidal, relaxed': [32, 32], 'plain JS': [320, 320], 'tfjs-wasm': [480, 480] }, versions: { 'tfjs-wasm': '4' } },
      { problem: 'spirals', microseconds: { sigmoidal: [30, 30], 'plain JS': [120, 120], pytorch: [210, 210] }, versions: { pytorch: '2' } },
    ],
  };

  it('is a table for the terminal', () => {
    expect(tableOf(report)).toContain('Node 1, abacus, tfjs-wasm 4, pytorch 2');
    expect(tableOf(report)).toMatch(/digits, 64-64-10\s+│ tfjs-wasm\s+│\s+480 │\s+480 ±0% │\s+12\.0x │\s+15\.0x │/);
  });

  it('is a section and a short table', () => {
    const text = section(report);
    expect(text).toContain('**Beside** plain JavaScript, tfjs-wasm 4, pytorch 2.');
    expect(text).toContain('(seed 5)');
    expect(text).toContain('| sigmoidal | 40.0 | 50.0 ±10% |  | 1.3x |');
    expect(text).toContain('| plain JS | 320 | 320 ±0% | 8.0x | 10.0x |');
    expect(text).toContain('| pytorch | 210 | 210 ±0% | 7.0x |  |');
    const short = shortTable(report);
    expect(short).toContain('| digits, 64-64-10 | 40.0 | 8.0x |  | 12.0x |  |  | 32.0 |');
    expect(short).toContain('| spirals, 2-32-32-3 | 30.0 | 4.0x |  |  |  | 7.0x |  |');
    for (const block of [...text.split('\n\n'), short.trimEnd()].map((part) => part.trim()).filter((part) => part.startsWith('|'))) {
      expect(new Set(block.split('\n').map((line) => line.split('|').length)).size, block).toBe(1);
    }
  });

  it('has a place in documents, which keep the rest', () => {
    const first = withTraining('# Title\n\nText.\n\n## Other\n\nMore.\n', 'one $& \n');
    expect(trainingOf(first)).toBe('one $& \n');
    const second = withTraining(first, 'two\n');
    expect(second).toBe(first.replace('one $& \n', () => 'two\n'));
    expect(second).toMatch(/^# Title\n\nText\.\n\n<!-- training -->\ntwo\n<!-- \/training -->\n\n## Other\n\nMore\.\n$/);
    // A document that is made anew takes over what the old one has, if it has something.
    expect(withTraining('# New\n\n## Other\n', trainingOf(second))).toContain('two\n');
    expect(withTraining('# New\n', trainingOf('# Old\n'))).toBe('# New\n');
  });
});
