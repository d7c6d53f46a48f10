import { type FloatArray, create, matching, typedArray } from './arrays.js';
import { type RowsOption, ROWS_OPTIONS } from './axis.js';
import { type Engine, KernelPair } from './engine.js';
import type { FloatTypedArray } from './numeric.js';
import { type OutOption, createLike, destination, requireNoOut } from './operations.js';
import { allow, checkedOptions } from './options.js';
import { byColumns, columnValues } from './pattern.js';

interface SlopedUnary {
  (x: number, slope: number, options?: { readonly out?: undefined }): number;
  <O extends FloatArray>(x: FloatArray, slope: number | FloatArray, options: RowsOption & { readonly out: O }): O;
  <X extends FloatArray>(x: X, slope: number | FloatArray, options?: RowsOption & { readonly out?: undefined }): X;
}

/** Where gradients go: absent, into a new array. */
export interface PreluGradientTargets {
  readonly dx?: FloatArray | undefined;
  readonly dSlope?: FloatArray | undefined;
}

export interface PreluGradients<X = FloatArray, S = number | FloatArray> {
  /** dy f'(x) */
  readonly dx: X;
  /** The sum of dy x over all x <= 0 that have the slope in common: a number for a number, an array for an array. */
  readonly dSlope: S;
}

/** x for x > 0, slope x otherwise; the slope is a number, an array of one, or an array with one a column. */
export interface Prelu extends SlopedUnary {
  /** f'(x): 1 for x > 0, the slope otherwise. */
  readonly derivative: SlopedUnary;
  /** The gradients of the input and of the slope. */
  backward(dy: number, x: number, slope: number, options?: { readonly out?: undefined }): PreluGradients<number, number>;
  backward<X extends FloatArray, S extends number | FloatArray, T extends PreluGradientTargets = object>(
    dy: FloatArray, x: X, slope: S, options?: RowsOption & { readonly out?: T | undefined },
  ): {
    readonly [K in keyof PreluGradients]: K extends keyof T ? (T[K] extends FloatArray ? T[K] : PreluGradients<X, S>[K])
      : K extends 'dSlope' ? (S extends number ? number : S) : X;
  };
}

const ALLOWED = allow(...ROWS_OPTIONS, 'out');
const GRADIENTS = allow('dx', 'dSlope');

export function prelu(engine: () => Engine): Prelu {
  const gradients = new KernelPair('prelu_backward');

  function unary(direction: 'forward' | 'derivative', name: string) {
    const pair = new KernelPair(`prelu_${direction}`);
    return function f(x: number | FloatArray, slope: number | FloatArray, options?: RowsOption & OutOption): number | FloatArray {
      if (typeof x === 'number') return (f(alone(name, x, options), slope, options) as Float64Array)[0]!;
      const { heap, kernels } = engine();
      checkedOptions(name, options, ALLOWED);
      const source = typedArray(name, 'x', x);
      const given = columnValues(name, 'slope', slope, source, 'x', options);
      const to = destination(heap, name, options?.out, x, 'x', [source, given.values]);
      const kernel = pair.of(kernels, source.BYTES_PER_ELEMENT);
      byColumns(heap, { ...given, values: to.inputs[1] }, [to.inputs[0]], [to.out], (count, [p, q], { pointer, offset, period }) =>
        kernel(p!, q!, count, pointer, offset, period));
      return to.result;
    };
  }

  function backward(
    dy: number | FloatArray, x: number | FloatArray, slope: number | FloatArray, options?: RowsOption & { readonly out?: PreluGradientTargets },
  ): PreluGradients<number | FloatArray> {
    const name = 'prelu.backward';
    if (typeof dy === 'number' && typeof x === 'number') {
      const { dx, dSlope } = backward(alone(name, dy, options), Float64Array.of(x), slope, options);
      return { dx: (dx as Float64Array)[0]!, dSlope };
    }
    const { heap, kernels } = engine();
    checkedOptions(name, options, ALLOWED);
    checkedOptions(`${name}: out`, options?.out, GRADIENTS);
    const source = typedArray(name, 'x', x as FloatArray);
    const gradient = matching(name, 'dy', dy as FloatArray, source, 'x');
    const given = columnValues(name, 'slope', slope, source, 'x', options);
    const [length, slopeCount] = [source.length, given.values.length];
    const { dx: dxGiven, dSlope: dSlopeGiven } = options?.out ?? {};
    if (dSlopeGiven !== undefined && typeof slope === 'number') throw new TypeError(`${name}: out.dSlope goes with an array of slopes, not with a number`);
    const targets = [
      dxGiven === undefined ? create(source, 0) : matching(name, 'out.dx', dxGiven, source, 'x'),
      dSlopeGiven === undefined ? create(source, 0) : matching(name, 'out.dSlope', dSlopeGiven, source, 'x', slopeCount),
    ];
    const [[renewed, incoming, values, dxTarget], [dx, dSlope]] = heap.keeping([source, gradient, given.values, ...targets], () => [
      dxGiven ?? createLike(heap, x as FloatArray, source, length),
      dSlopeGiven ?? (typeof slope === 'number' ? undefined : createLike(heap, slope, source, slopeCount)),
    ]);
    const result = dxGiven === undefined ? typedArray(name, 'dx', dx) : dxTarget!;
    const kernel = gradients.of(kernels, source.BYTES_PER_ELEMENT);
    let totals: readonly number[] = [];
    byColumns(
      heap, { ...given, values: values! }, [incoming!, renewed!], [result],
      (count, [p, q, r], { pointer, offset, period, sums }) => kernel(p!, q!, r!, count, pointer, offset, period, sums),
      (sums, lost, slopes) => { totals = bySlope(sums, lost, slopes, slopeCount); },
    );
    if (typeof slope === 'number') return { dx: dx, dSlope: totals[0]! };
    typedArray(name, 'dSlope', dSlope).set(totals);
    return { dx: dx, dSlope: dSlope! };
  }

  return Object.assign(unary('forward', 'prelu'), { derivative: unary('derivative', 'prelu.derivative'), backward }) as unknown as Prelu;
}

/** A number as the array it is computed in. */
function alone(operation: string, x: number, options: { readonly out?: unknown } | undefined): Float64Array {
  requireNoOut(operation, options);
  return Float64Array.of(x);
}

/** Sums added for each slope, together with what they have lost by rounding. */
function bySlope(sums: FloatTypedArray, lost: FloatTypedArray, slopes: Int32Array, count: number): number[] {
  const totals = Array.from({ length: count }, () => ({ sum: 0, lost: 0 }));
  sums.forEach((term, i) => {
    const total = totals[slopes[i]!]!;
    const before = total.sum;
    total.sum = before + term;
    const added = total.sum - before;
    // Knuth's TwoSum, as in the kernel.
    total.lost += before - (total.sum - added) + (term - added) + lost[i]!;
  });
  // A sum that is infinite has lost NaN.
  return totals.map((total) => (Number.isFinite(total.sum) ? total.sum + total.lost : total.sum));
}
