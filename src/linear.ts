import { type FloatArray, create, matching, ofType, typedArray } from './arrays.js';
import type { FloatTypedArray } from './numeric.js';
import { apart, borrowing, byRows, elementwise, rowsIn, rowsOut } from './blocks.js';
import { describe } from './describe.js';
import { type Engine, KernelPair, type Kernels } from './engine.js';
import { type OutOption, createLike, destination } from './operations.js';
import { allow, checkedCount, checkedOptions } from './options.js';

/** The sizes of a layer. They are inferred where the lengths of the arrays decide them. */
export interface LinearSizes {
  readonly rows?: number | undefined;
  readonly inFeatures?: number | undefined;
  readonly outFeatures?: number | undefined;
}

/** Where gradients go: absent, into a new array; null, not computed. */
export interface LinearGradientTargets {
  readonly dx?: FloatArray | null | undefined;
  readonly dWeight?: FloatArray | null | undefined;
  readonly dBias?: FloatArray | null | undefined;
}

export interface LinearGradients<X extends FloatArray = FloatTypedArray> {
  /** dy W, [rows, inFeatures] */
  readonly dx: X;
  /** dyᵀ x, [outFeatures, inFeatures] */
  readonly dWeight: X;
  /** The sum of the rows of dy, [outFeatures] */
  readonly dBias: X;
}

export interface Linear {
  /** y = x Wᵀ + b: x [rows, inFeatures], weight [outFeatures, inFeatures] as PyTorch has it, bias [outFeatures], y [rows, outFeatures]. */
  <O extends FloatArray>(x: FloatArray, weight: FloatArray, bias: FloatArray | null | undefined, options: LinearSizes & { readonly out: O }): O;
  <X extends FloatArray>(x: X, weight: FloatArray, bias?: FloatArray | null, options?: LinearSizes & { readonly out?: undefined }): X;
  /** The gradients of the input, the weight and the bias from that of the output. */
  backward<X extends FloatArray, T extends LinearGradientTargets = object>(
    dy: FloatArray, x: X, weight: FloatArray, options?: LinearSizes & { readonly out?: T | undefined },
  ): { readonly [K in keyof LinearGradients]: K extends keyof T ? (T[K] extends undefined ? X : T[K]) : X };
}

export interface MatmulOptions {
  /** Rows of the product, length of its sums, columns of the product. Two of them are enough. */
  readonly m?: number | undefined;
  readonly k?: number | undefined;
  readonly n?: number | undefined;
  /** a is stored as [k, m] */
  readonly transposeA?: boolean | undefined;
  /** b is stored as [n, k] */
  readonly transposeB?: boolean | undefined;
}

export interface Matmul {
  /** The matrix product a b, [m, k] by [k, n], row by row. */
  <O extends FloatArray>(a: FloatArray, b: FloatArray, options: MatmulOptions & { readonly out: O }): O;
  <X extends FloatArray>(a: X, b: FloatArray, options: MatmulOptions & { readonly out?: undefined }): X;
}

/** weights -= learningRate gradient, in place; returns the weights. */
export type GradientStep = <W extends FloatArray>(weights: W, gradient: FloatArray, options: { readonly learningRate: number }) => W;

/** Rows of an ordinary array that are taken into wasm memory at a time at the least, so that packing the weights pays. */
const ROWS_AT_A_TIME = 256;

const LINEAR_OPTIONS = allow('rows', 'inFeatures', 'outFeatures', 'out');
const GRADIENTS = allow('dx', 'dWeight', 'dBias');
const MATMUL_OPTIONS = allow('m', 'k', 'n', 'transposeA', 'transposeB', 'out');
const STEP_OPTIONS = allow('learningRate');

type Strides = readonly [row: number, column: number];

/** The kernels of one engine for one element type. */
class LayerKernels {
  static readonly #accumulate = new KernelPair('matmul_accumulate');
  static readonly #scratch = new KernelPair('matmul_scratch');
  static readonly #repeat = new KernelPair('vectors_repeat');
  static readonly #addRows = new KernelPair('vectors_addRows');
  readonly #kernels: Kernels;
  readonly size: number;

  constructor(kernels: Kernels, size: number) {
    this.#kernels = kernels;
    this.size = size;
  }

  get scratchBytes(): number {
    return LayerKernels.#scratch.of(this.#kernels, this.size)();
  }

  /** c += a b, [m, k] by [k, n], with the strides of a and b in elements. */
  accumulate(a: number, [aRow, aColumn]: Strides, b: number, [bRow, bColumn]: Strides, c: number, m: number, k: number, n: number, scratch: number): void {
    const { size } = this;
    LayerKernels.#accumulate.of(this.#kernels, size)(a, aRow * size, aColumn * size, b, bRow * size, bColumn * size, c, m, k, n, scratch);
  }

  /** Every row of y becomes x; 0 where x is 0. */
  repeat(x: number, y: number, rows: number, columns: number): void {
    LayerKernels.#repeat.of(this.#kernels, this.size)(x, y, rows, columns);
  }

  /** y += the sum of the rows of x. */
  addRows(x: number, y: number, rows: number, columns: number): void {
    LayerKernels.#addRows.of(this.#kernels, this.size)(x, y, rows, columns);
  }
}

/** What byRows may borrow for rows of so many elements in all. */
const rowsBytes = (columns: number, { size }: LayerKernels): number => ROWS_AT_A_TIME * columns * size;

export function linear(engine: () => Engine): Linear {
  function forward(x: FloatArray, weight: FloatArray, bias?: FloatArray | null, options?: LinearSizes & OutOption): FloatArray {
    const name = 'linear';
    const { heap, kernels } = engine();
    checkedOptions(name, options, LINEAR_OPTIONS);
    const source = typedArray(name, 'x', x);
    const w = ofType(name, 'weight', weight, source, 'x');
    const b = bias == null ? create(source, 0) : ofType(name, 'bias', bias, source, 'x');
    const { rows, inFeatures, outFeatures } = layerSizes(name, options, { x: source.length, weight: w.length, bias: bias == null ? undefined : b.length });
    const to = destination(heap, name, options?.out, x, 'x', [source, w, b], rows * outFeatures);
    const layer = new LayerKernels(kernels, source.BYTES_PER_ELEMENT);
    const extra = rowsBytes(inFeatures + outFeatures, layer) + layer.scratchBytes;
    const [xIn, wIn, bIn] = to.inputs.map((input) => apart(input, [to.out])) as [FloatTypedArray, FloatTypedArray, FloatTypedArray];
    borrowing(heap, [wIn, bIn], [xIn, to.out], extra, ([ws, bs, xs, ys], memory) => {
      const pw = memory.input(ws!);
      const pb = bias == null ? 0 : memory.input(bs!);
      const scratch = memory.scratch(layer.scratchBytes);
      byRows(
        heap, rows, [rowsIn(xs!, inFeatures), rowsOut(ys!, outFeatures)],
        (count, [px, py]) => {
          layer.repeat(pb, py!, count, outFeatures);
          layer.accumulate(px!, [inFeatures, 1], pw, [1, inFeatures], py!, count, inFeatures, outFeatures, scratch);
        },
        ROWS_AT_A_TIME,
      );
    });
    return to.result;
  }

  function backward(dy: FloatArray, x: FloatArray, weight: FloatArray, options?: LinearSizes & { readonly out?: LinearGradientTargets }): Record<string, FloatArray | null> {
    const name = 'linear.backward';
    const { heap, kernels } = engine();
    checkedOptions(name, options, LINEAR_OPTIONS);
    checkedOptions(`${name}: out`, options?.out, GRADIENTS);
    const source = typedArray(name, 'x', x);
    const w = ofType(name, 'weight', weight, source, 'x');
    const g = ofType(name, 'dy', dy, source, 'x');
    const { rows, inFeatures, outFeatures } = layerSizes(name, options, { x: source.length, weight: w.length, dy: g.length });
    const lengths = { dx: source.length, dWeight: w.length, dBias: outFeatures };
    const keys = Object.keys(lengths) as (keyof typeof lengths)[];
    const given = keys.map((key) => {
      const target = options?.out?.[key];
      return target == null ? create(source, 0) : matching(name, `out.${key}`, target, source, 'x', lengths[key]);
    });
    const [arrays, results] = heap.keeping([g, source, w, ...given], () =>
      keys.map((key) => {
        const target = options?.out?.[key];
        return target === undefined ? createLike(heap, x, source, lengths[key]) : target;
      }),
    );
    const outputs = keys.map((key, i) => (options?.out?.[key] === undefined ? typedArray(name, key, results[i]) : arrays[3 + i]!));
    const inputs = arrays.slice(0, 3).map((input) => apart(input, outputs));
    const layer = new LayerKernels(kernels, source.BYTES_PER_ELEMENT);
    const extra = rowsBytes(2 * inFeatures + outFeatures, layer) + layer.scratchBytes;
    const [gIn, xIn, wIn] = inputs as [FloatTypedArray, FloatTypedArray, FloatTypedArray];
    const [dx, dWeight, dBias] = outputs as [FloatTypedArray, FloatTypedArray, FloatTypedArray];
    borrowing(heap, [wIn, dWeight, dBias], [gIn, xIn, dx], extra, ([ws, dws, dbs, gs, xs, dxs], memory) => {
      const pw = memory.input(ws!);
      const pdw = memory.output(dws!);
      const pdb = memory.output(dbs!);
      const scratch = memory.scratch(layer.scratchBytes);
      layer.repeat(0, pdw, 1, dws!.length);
      layer.repeat(0, pdb, 1, dbs!.length);
      const operands = [rowsIn(gs!, outFeatures), rowsIn(xs!, inFeatures), rowsOut(dxs!, dxs!.length > 0 ? inFeatures : 0)];
      byRows(
        heap, rows, operands,
        (count, [pg, px, pdx]) => {
          if (dws!.length > 0) layer.accumulate(pg!, [1, outFeatures], px!, [inFeatures, 1], pdw, outFeatures, count, inFeatures, scratch);
          if (dbs!.length > 0) layer.addRows(pg!, pdb, count, outFeatures);
          if (dxs!.length === 0) return;
          layer.repeat(0, pdx!, count, inFeatures);
          layer.accumulate(pg!, [outFeatures, 1], pw, [inFeatures, 1], pdx!, count, outFeatures, inFeatures, scratch);
        },
        ROWS_AT_A_TIME,
      );
    });
    return Object.fromEntries(keys.map((key, i) => [key, results[i]!]));
  }

  return Object.assign(forward, { backward }) as unknown as Linear;
}

export function matmul(engine: () => Engine): Matmul {
  return ((a: FloatArray, b: FloatArray, options: MatmulOptions & OutOption): FloatArray => {
    const name = 'matmul';
    const { heap, kernels } = engine();
    checkedOptions(name, options, MATMUL_OPTIONS);
    const left = typedArray(name, 'a', a);
    const right = ofType(name, 'b', b, left, 'a');
    const { m, k, n } = solveSizes(name, options, ['m', 'k', 'n'], [
      { name: 'a', length: left.length, of: ['m', 'k'] },
      { name: 'b', length: right.length, of: ['k', 'n'] },
    ]) as Record<'m' | 'k' | 'n', number>;
    const to = destination(heap, name, options?.out, a, 'a', [left, right], m * n);
    const layer = new LayerKernels(kernels, left.BYTES_PER_ELEMENT);
    const inputs = to.inputs.map((input) => apart(input, [to.out]));
    borrowing(heap, [...inputs, to.out], [], layer.scratchBytes, ([as, bs, cs], memory) => {
      const pa = memory.input(as!);
      const pb = memory.input(bs!);
      const pc = memory.output(cs!);
      layer.repeat(0, pc, 1, m * n);
      layer.accumulate(pa, options.transposeA ? [1, m] : [k, 1], pb, options.transposeB ? [1, k] : [n, 1], pc, m, k, n, memory.scratch(layer.scratchBytes));
    });
    return to.result;
  });
}

export function gradientStep(engine: () => Engine): GradientStep {
  const pair = new KernelPair('vectors_gradientStep');
  return ((weights: FloatArray, gradient: FloatArray, options: { readonly learningRate: number }): FloatArray => {
    const name = 'gradientStep';
    const { heap, kernels } = engine();
    checkedOptions(name, options, STEP_OPTIONS);
    const rate: unknown = options?.learningRate;
    if (typeof rate !== 'number') throw new TypeError(`${name}: learningRate must be a number, got ${describe(rate)}`);
    if (!Number.isFinite(rate)) throw new RangeError(`${name}: learningRate must be a finite number, got ${rate}`);
    const w = typedArray(name, 'weights', weights);
    const g = matching(name, 'gradient', gradient, w, 'weights');
    const kernel = pair.of(kernels, w.BYTES_PER_ELEMENT);
    // The weights are read and written: in the heap they are one array, outside it two operands of the same one.
    elementwise(heap, (p, q, out, count) => {
      if (out !== p) heap.u8.copyWithin(out, p, p + count * w.BYTES_PER_ELEMENT);
      return kernel(out, q, count, rate);
    }, w, g, w);
    return weights;
  }) as GradientStep;
}

function layerSizes(
  operation: string, options: LinearSizes | undefined, lengths: { x: number; weight: number; bias?: number | undefined; dy?: number },
): { rows: number; inFeatures: number; outFeatures: number } {
  const arrays: SizedArray[] = [
    { name: 'weight', length: lengths.weight, of: ['outFeatures', 'inFeatures'] },
    { name: 'x', length: lengths.x, of: ['rows', 'inFeatures'] },
  ];
  if (lengths.bias !== undefined) arrays.unshift({ name: 'bias', length: lengths.bias, of: ['outFeatures'] });
  if (lengths.dy !== undefined) arrays.push({ name: 'dy', length: lengths.dy, of: ['rows', 'outFeatures'] });
  return solveSizes(operation, options, ['rows', 'inFeatures', 'outFeatures'], arrays) as { rows: number; inFeatures: number; outFeatures: number };
}

interface SizedArray {
  readonly name: string;
  readonly length: number;
  /** The sizes whose product the length is. */
  readonly of: readonly string[];
}

/** The sizes given, and those that the lengths of the arrays decide; a RangeError with all shapes where they disagree. */
function solveSizes(operation: string, given: object | undefined, names: readonly string[], arrays: readonly SizedArray[]): Record<string, number> {
  const sizes: Record<string, number> = {};
  for (const name of names) {
    const value: unknown = (given as Record<string, unknown> | undefined)?.[name];
    if (value !== undefined) sizes[name] = checkedCount(operation, name, value, 0);
  }
  // One size may decide the next.
  for (const { length, of } of names.flatMap(() => arrays)) {
    const unknown = of.filter((name) => sizes[name] === undefined);
    const known = of.reduce((product, name) => product * (sizes[name] ?? 1), 1);
    if (unknown.length === 1 && known > 0) sizes[unknown[0]!] = Math.floor(length / known);
  }
  const undecided = names.filter((name) => sizes[name] === undefined);
  if (undecided.length > 0) throw new RangeError(`${operation}: the lengths do not decide ${undecided.join(', ')}; give ${undecided.length > 1 ? 'one of them' : 'it'} as an option`);
  const wrong = arrays.find(({ length, of }) => of.reduce((product, name) => product * sizes[name]!, 1) !== length);
  if (wrong) {
    const shapes = arrays.map(({ name, length, of }) => `${name} [${of.map((size) => `${size} ${sizes[size]}`).join(', ')}] has ${length}`);
    throw new RangeError(`${operation}: the lengths do not fit together: ${shapes.join('; ')}`);
  }
  return sizes;
}
