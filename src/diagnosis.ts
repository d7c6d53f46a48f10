import { type FloatArray, typedArray } from './arrays.js';
import { borrowing, byRows, rowsIn } from './blocks.js';
import { shapeOf } from './axis.js';
import type { Info } from './catalogue/index.js';
import { describe } from './describe.js';
import { type Engine, KernelPair } from './engine.js';
import type { FloatTypedArray, NumericArrayConstructor } from './numeric.js';
import { type AnyActivation, type ActivationLike, named } from './named.js';
import type { ParameterOptions } from './operations.js';
import type { Prelu } from './prelu.js';
import { allow, checkedOptions, inOperation } from './options.js';

export interface DiagnoseOptions {
  /** The number of units: the length of a row. With it `deadUnits` is found. */
  readonly columns?: number | undefined;
  /** How near to a limit an output counts as saturated, as a part of the distance between the limits. Default: 0.01. */
  readonly tolerance?: number | undefined;
}

/** What diagnose takes for an activation. */
export type Diagnosed = ActivationLike | Prelu | { readonly op: Prelu; readonly [parameter: string]: unknown };

type ParametersOf<F> = F extends { readonly info: Info<infer P> } ? ParameterOptions<P> : ParameterOptions<string>;

/** Parts of all elements are from 0 to 1; of no elements all figures but the count are NaN. */
export interface Diagnosis {
  readonly count: number;
  /** Part of the elements that are equal to a limit of the activation: no gradient passes them. */
  readonly dead: number;
  /** Part of the elements within the tolerance of f(-Infinity), and of f(Infinity); dead ones included. */
  readonly saturatedLeft: number;
  readonly saturatedRight: number;
  readonly nan: number;
  readonly infinite: number;
  /** Moments and extremes of the finite elements; the variance is that of the population. */
  readonly mean: number;
  readonly variance: number;
  readonly min: number;
  readonly max: number;
  /** Part of the columns in which every element is dead; only if `columns` is given. */
  readonly deadUnits?: number;
}

/** How the outputs of a layer are spread over the range of its activation. */
export type Diagnose = <F extends Diagnosed>(y: FloatArray, activation: F, options?: DiagnoseOptions & ParametersOf<F>) => Diagnosis;

/** Figures of the state that the kernel keeps: see assembly/rows/diagnosis.ts. */
const FIGURES = ['finite', 'nan', 'infinite', 'dead', 'left', 'right', 'mean', 'squares', 'minimum', 'maximum'] as const;

const NAME = 'diagnose';
const OWN = ['columns', 'tolerance'];

export function diagnose(engine: () => Engine, activations: object): Diagnose {
  const update = new KernelPair('diagnosis_update');
  const units = new KernelPair('diagnosis_units');

  return ((y: FloatArray, activation: Diagnosed, options?: DiagnoseOptions & ParameterOptions<string>): Diagnosis => {
    const { heap, kernels } = engine();
    const { f, parameters: beside } = named(NAME, activations, activation);
    const parameters = checkedParameters(f, beside, options);
    const source = typedArray(NAME, 'y', y);
    const columns = options?.columns === undefined ? undefined : shapeOf(NAME, 'y', source.length, { columns: options.columns }).columns;
    const limits = limitsOf(f, parameters, source);
    const near = checkedTolerance(options?.tolerance) * distanceOf(f, limits);
    const [left, right] = limits.map((limit) => (Number.isFinite(limit) ? limit : NaN)) as [number, number];
    const size = source.BYTES_PER_ELEMENT;
    const extra = FIGURES.length * 8 + (columns ?? 0) * size;
    let diagnosis: Diagnosis | undefined;
    borrowing(heap, [], [source], extra, ([elements], memory) => {
      const place = memory.scratch(FIGURES.length * 8);
      const state = heap.f64.subarray(place / 8, place / 8 + FIGURES.length);
      state.set(FIGURES.map((figure) => (figure === 'minimum' ? Infinity : figure === 'maximum' ? -Infinity : 0)));
      byRows(heap, source.length, [rowsIn(elements!, 1)], (count, [p]) => {
        update.of(kernels, size)(p!, place, count, left, right, near);
      });
      diagnosis = summary(source.length, Object.fromEntries(FIGURES.map((figure, i) => [figure, state[i]!])) as Record<(typeof FIGURES)[number], number>);
      if (columns === undefined) return;
      const alive = memory.scratch(columns * size);
      heap.u8.fill(0, alive, alive + columns * size);
      byRows(heap, source.length / columns, [rowsIn(elements!, columns)], (count, [p]) => {
        units.of(kernels, size)(p!, alive, count, columns, left, right);
      });
      // Nothing set, or all bits.
      const words = new Int32Array(heap.buffer, alive, (columns * size) / 4);
      const dead = words.reduce((sum, word, i) => sum + (word === 0 && i % (size / 4) === 0 ? 1 : 0), 0);
      diagnosis = { ...diagnosis, deadUnits: source.length === 0 ? NaN : dead / columns };
    });
    return diagnosis!;
  });
}

function summary(count: number, state: Readonly<Record<(typeof FIGURES)[number], number>>): Diagnosis {
  const { finite } = state;
  const ofFinite = (value: number): number => (finite > 0 ? value : NaN);
  return {
    count,
    dead: state.dead / count,
    saturatedLeft: state.left / count,
    saturatedRight: state.right / count,
    nan: state.nan / count,
    infinite: state.infinite / count,
    mean: ofFinite(state.mean),
    variance: ofFinite(Math.max(state.squares, 0) / finite),
    min: ofFinite(state.minimum),
    max: ofFinite(state.maximum),
  };
}

/** The parameters of the activation, from the options and from beside `op`. */
function checkedParameters(f: AnyActivation, beside: object, options: object | undefined): ParameterOptions<string> {
  checkedOptions(NAME, options, allow('columns', 'tolerance', ...Object.keys(f.info.parameters)));
  const given = { ...beside, ...options };
  return Object.fromEntries(Object.entries(given).filter(([key]) => !OWN.includes(key))) as ParameterOptions<string>;
}

function checkedTolerance(tolerance: unknown = 0.01): number {
  if (typeof tolerance !== 'number') throw new TypeError(`${NAME}: tolerance must be a number, got ${describe(tolerance)}`);
  if (!(tolerance >= 0 && tolerance < Infinity)) throw new RangeError(`${NAME}: tolerance must be a finite number of at least 0, got ${tolerance}`);
  return tolerance;
}

/** f(-Infinity) and f(Infinity) as they are in arrays of the type. */
function limitsOf(f: AnyActivation, parameters: ParameterOptions<string>, like: FloatTypedArray): number[] {
  const ends = new (like.constructor as NumericArrayConstructor<FloatTypedArray>)(2);
  ends.set([-Infinity, Infinity]);
  return [...inOperation(NAME, () => f(ends, parameters))];
}

/** From limit to limit, which with the default parameters is the width of the range; 1 if that is infinite. */
function distanceOf(f: AnyActivation, [left, right]: readonly number[]): number {
  const distance = Math.abs(right! - left!);
  if (Number.isFinite(distance) && distance > 0) return distance;
  const [low, high] = f.info.range;
  return Number.isFinite(high - low) ? high - low : 1;
}
