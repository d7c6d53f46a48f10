/** As layout.test.ts for the functions of rows: a result depends on its row alone. */
import { describe, it } from 'vitest';
import type { Backend, FloatArray, FloatTypedArray } from '../src/index.js';
import { backends } from './backends.js';
import { FLOAT_TYPES, type FloatType, GUARD, HOMES, elements, expectSame, ordinary } from './support.js';

/** A function of rows: from arrays with `columns` elements a row, or labels with one, to one array or more. */
interface RowOperation {
  readonly title: string;
  readonly arguments: readonly ('x' | 'labels' | 'p')[];
  run(inputs: readonly FloatArray[], columns: number, out?: FloatArray): readonly (FloatArray | Int32Array)[];
}

function rowOperationsOf(backend: Backend): RowOperation[] {
  const { softmaxCrossEntropy } = backend;
  const family = [backend.softmax, backend.logSoftmax, backend.softmin, backend.sparsemax, backend.hardmax].flatMap((f): RowOperation[] => [
    { title: f.name, arguments: ['x'], run: ([x], columns, out) => [f(x!, { columns, out: out! })] },
    { title: `${f.name}.backward`, arguments: ['x', 'x'], run: ([dy, x], columns, out) => [f.backward(dy!, x!, { columns, out: out! })] },
  ]);
  const fromOutput = [backend.softmax, backend.logSoftmax, backend.softmin, backend.sparsemax].map((f): RowOperation => ({
    title: `${f.name}.backwardFromOutput`,
    arguments: ['x', 'p'],
    run: ([dy, y], columns, out) => [f.backwardFromOutput(dy!, y!, { columns, out: out! })],
  }));
  const { logSumExp } = backend;
  const perRow: RowOperation[] = [
    { title: 'logSumExp.backward', arguments: ['labels', 'x'], run: ([dy, x], columns, out) => [logSumExp.backward(dy!, x!, { columns, out: out! })] },
    { title: 'logSumExp', arguments: ['x'], run: ([x], columns) => [logSumExp(x!, { columns })] },
    { title: 'argmax', arguments: ['x'], run: ([x], columns) => [backend.argmax(x!, { columns })] },
  ];
  const losses = (['labels', 'p'] as const).map((kind): RowOperation => ({
    title: `softmaxCrossEntropy of ${kind}`,
    arguments: ['x', kind],
    run([x, truth], columns, out) {
      const labels = kind === 'p' ? truth! : Int32Array.from(elements(truth!));
      const { loss, gradient } = softmaxCrossEntropy(x!, labels, { columns, reduction: 'none', out });
      return [gradient, loss];
    },
  }));
  const weighted = (['labels', 'p'] as const).map((kind): RowOperation => ({
    title: `softmaxCrossEntropy of ${kind} with weights and smoothing`,
    arguments: ['x', kind],
    run([x, truth], columns, out) {
      const labels = kind === 'p' ? truth! : Int32Array.from(elements(truth!));
      const weight = elements(x!).slice(0, columns).map((_, i) => 0.5 + (i % 3));
      const { loss, gradient } = softmaxCrossEntropy(x!, labels, { columns, reduction: 'none', weight, labelSmoothing: 0.1, out });
      return [gradient, loss];
    },
  }));
  const nll: RowOperation = {
    title: 'nllLoss',
    arguments: ['x', 'labels'],
    run([x, truth], columns, out) {
      const { loss, gradient } = backend.nllLoss(x!, Int32Array.from(elements(truth!)), { columns, reduction: 'none', out });
      return [gradient, loss];
    },
  };
  return [...family, ...fromOutput, ...losses, ...weighted, nll, ...perRow];
}

/** The operations that give one value a row and take no `out` of the size of x. */
const REDUCTIONS = ['argmax', 'logSumExp'];

/** Inputs of a row operation: logits, labels or probabilities. */
function rowInput(kind: 'x' | 'labels' | 'p', type: FloatType, rows: number, columns: number, seed: number): FloatTypedArray {
  const values = ordinary(type, kind === 'labels' ? rows : rows * columns, seed);
  if (kind === 'labels') return values.map((value) => Math.floor(((value + 6) / 12) * columns));
  return kind === 'p' ? values.map((value) => (value + 6) / (12 * columns)) : values;
}

describe.each(backends)('$name', ({ backend }) => {
  /** Rows that fill the staging area more than twice, and rows that are longer than it. */
  const short = [1, 2, 3, 4, 5, 7, 8, 9, 15, 17, 33, 67].map((columns) => [Math.ceil(20000 / columns), columns] as const);
  const shapes = [...short, [9, 1000], [5, 4097], [3, 20000]] as const;

  it.each(rowOperationsOf(backend))('$title: every row as if it were alone', (operation) => {
    for (const type of FLOAT_TYPES) {
      for (const [rows, columns] of shapes) {
        const widths = operation.arguments.map((kind) => (kind === 'labels' ? 1 : columns));
        const inputs = operation.arguments.map((kind, k) => rowInput(kind, type, rows, columns, 70 + k));
        const whole = operation.run(inputs, columns);
        const sampled = rows < 50 ? [...Array(rows).keys()] : [...Array(40).keys()].map((i) => Math.floor((i * (rows - 1)) / 39));
        for (const row of sampled) {
          const single = operation.run(inputs.map((input, k) => input.slice(row * widths[k]!, (row + 1) * widths[k]!)), columns);
          whole.forEach((result, k) => {
            const expected = single[k] as FloatTypedArray;
            const part = (result as FloatTypedArray).subarray(row * expected.length, (row + 1) * expected.length);
            expectSame(part, expected, `${type.name} ${rows} x ${columns}, row ${row}`);
          });
        }
      }
    }
  });

  it.each(rowOperationsOf(backend).filter(({ title }) => !REDUCTIONS.includes(title)))('$title: in place, overlapping, and nothing beside it', (operation) => {
    for (const type of FLOAT_TYPES) {
      for (const [rows, columns] of [[3, 1], [3, 5], [2, 33], [700, 9], [3, 4097]] as const) {
        const length = rows * columns;
        const inputs = operation.arguments.map((kind, k) => rowInput(kind, type, rows, columns, 80 + k));
        const expected = operation.run(inputs, columns)[0] as FloatTypedArray;
        for (const build of Object.values(HOMES)) {
          for (const [k, input] of inputs.entries()) {
            for (const shift of [0, -5, -1, 1, 3]) {
              if (input.length !== length) continue;
              const home = build(backend, type, length + 16);
              home.whole().fill(GUARD);
              home.whole().set(input, 8 + shift);
              const surroundings = home.whole().slice();
              surroundings.set(expected, 8);
              operation.run(inputs.map((other, place) => (place === k ? home.part(8 + shift, length) : other)), columns, home.part(8, length));
              expectSame(home.whole(), surroundings, `${type.name} ${rows} x ${columns}, ${operation.arguments[k]!} shifted by ${shift}`);
              home.release();
            }
          }
        }
      }
    }
  });

  it.each(rowOperationsOf(backend))('$title: rows may end where the memory ends', (operation) => {
    for (const type of FLOAT_TYPES) {
      for (let columns = 1; columns <= 20; columns++) {
        const inputs = operation.arguments.map((kind, k) => rowInput(kind, type, 2, columns, 95 + k));
        const expected = operation.run(inputs, columns);
        for (const [place, input] of [...inputs, expected[0] as FloatTypedArray].entries()) {
          if (REDUCTIONS.includes(operation.title) && place === 1) continue;
          const last = backend.wrap(type, backend.memoryUsage().bytes - input.byteLength, input.length);
          last.data.set(input);
          const operands = inputs.map((other, k) => (k === place ? (last as FloatArray) : other));
          const results = operation.run(operands, columns, place < inputs.length ? undefined : (last as FloatArray));
          for (const [k, result] of results.entries()) {
            expectSame(result instanceof Int32Array ? result : elements(result), expected[k] as FloatTypedArray, `2 x ${columns}, operand ${place}`);
          }
        }
      }
    }
  });

  it('argmax writes whole numbers beside its input, in place of it, and nowhere else', () => {
    for (const type of FLOAT_TYPES) {
      const x = ordinary(type, 7 * 500, 90);
      const expected = backend.argmax(x, { columns: 7 });
      const buffer = new ArrayBuffer(x.byteLength + 64);
      for (const [start, at] of [[8, 8], [8, 4], [8, 16], [16, x.byteLength - 1960]] as const) {
        const source = new type(buffer, start, x.length);
        source.set(x);
        const before = new Uint8Array(buffer.slice(0));
        before.set(new Uint8Array(expected.buffer), at);
        backend.argmax(source, { columns: 7, out: new Int32Array(buffer, at, expected.length) });
        expectSame(new Uint8Array(buffer), before);
      }
    }
  });
});
