import { checkedCount } from './options.js';

/** The sizes of a layer. They are inferred where the lengths of the arrays decide them. */
export interface LinearSizes {
  readonly rows?: number | undefined;
  readonly inFeatures?: number | undefined;
  readonly outFeatures?: number | undefined;
}

const SIZES = ['rows', 'inFeatures', 'outFeatures'] as const;

/** The sizes of a layer from its options and the lengths of its arrays. */
export function layerSizes(
  operation: string, options: LinearSizes | undefined, lengths: { x: number; weight: number; bias?: number | undefined; dy?: number },
): { rows: number; inFeatures: number; outFeatures: number } {
  for (const name of SIZES) if (options?.[name] !== undefined) checkedCount(operation, name, options[name], 0);
  // Mostly the bias decides, and everything fits.
  const outFeatures = options?.outFeatures ?? lengths.bias ?? NaN;
  const inFeatures = options?.inFeatures ?? lengths.weight / outFeatures;
  const rows = options?.rows ?? lengths.x / inFeatures;
  const { bias = outFeatures, dy = rows * outFeatures } = lengths;
  const isWhole = Number.isSafeInteger(outFeatures) && Number.isSafeInteger(inFeatures) && Number.isSafeInteger(rows) && Math.min(outFeatures, inFeatures, rows) > 0;
  if (isWhole && outFeatures * inFeatures === lengths.weight && rows * inFeatures === lengths.x && bias === outFeatures && dy === rows * outFeatures) return { rows, inFeatures, outFeatures };
  const arrays: SizedArray[] = [
    { name: 'weight', length: lengths.weight, of: ['outFeatures', 'inFeatures'] },
    { name: 'x', length: lengths.x, of: ['rows', 'inFeatures'] },
  ];
  if (lengths.bias !== undefined) arrays.unshift({ name: 'bias', length: lengths.bias, of: ['outFeatures'] });
  let given: LinearSizes | undefined = options;
  if (lengths.dy !== undefined) {
    arrays.push({ name: 'dy', length: lengths.dy, of: ['rows', 'outFeatures'] });
    // Three products of two decide three sizes.
    const isOpen = options?.rows === undefined && options?.inFeatures === undefined && options?.outFeatures === undefined;
    if (isOpen && lengths.weight > 0) given = { rows: Math.round(Math.sqrt((lengths.x * lengths.dy) / lengths.weight)) };
  }
  return solveSizes(operation, given, SIZES, arrays) as { rows: number; inFeatures: number; outFeatures: number };
}

/** An array, and what its length is made of. */
export interface SizedArray {
  readonly name: string;
  readonly length: number;
  /** The sizes whose product the length is. */
  readonly of: readonly string[];
}

/** The sizes given, and those that the lengths of the arrays decide; a RangeError with all shapes where they disagree. */
export function solveSizes(operation: string, given: object | undefined, names: readonly string[], arrays: readonly SizedArray[]): Record<string, number> {
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
