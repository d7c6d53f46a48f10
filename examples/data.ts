/** Seeded random numbers, the data sets made of them, and the split into what is trained on and what is held out. */

/** Gives a number in [0, 1) at every call. */
export type Random = () => number;

/** The mulberry32 generator by Tommy Ettinger: the same seed gives the same numbers everywhere. */
export function seeded(seed: number): Random {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** A number of the standard normal distribution (Box and Muller). */
export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Examples, row by row, and the class of each. */
export interface Dataset {
  readonly features: Float32Array;
  readonly columns: number;
  readonly labels: Int32Array;
  readonly classes: readonly string[];
}

/** Points of the square from -1 to 1 on the two sides of a line; those closer to it than `margin` are left out. */
export function twoSides(count: number, random: Random, margin = 0.03): Dataset {
  const angle = 2 * Math.PI * random();
  const offset = random() - 0.5;
  return points(count, ['below', 'above'], () => {
    const [x, y] = [2 * random() - 1, 2 * random() - 1];
    const distance = x * Math.cos(angle) + y * Math.sin(angle) - offset;
    return { x, y, label: Math.abs(distance) < margin ? undefined : Number(distance > 0) };
  });
}

/** Points of the square in the three sectors between three lines that start at its middle. */
export function threeSectors(count: number, random: Random, margin = 0.03): Dataset {
  const start = 2 * Math.PI * random();
  const directions = [0, 1, 2].map((sector) => start + (2 * Math.PI * sector) / 3);
  return points(count, ['first', 'second', 'third'], () => {
    const [x, y] = [2 * random() - 1, 2 * random() - 1];
    const along = directions.map((angle) => x * Math.cos(angle) + y * Math.sin(angle));
    const [best, next] = along.toSorted((a, b) => b - a);
    return { x, y, label: best! - next! < margin ? undefined : along.indexOf(best!) };
  });
}

/** Points along spirals that are wound into one another, a turn and a quarter each, with some noise. */
export function spirals(count: number, arms: number, random: Random, noise = 0.02): Dataset {
  const names = Array.from({ length: arms }, (_, arm) => `arm ${arm + 1}`);
  return points(count, names, (index) => {
    const label = index % arms;
    const radius = 0.1 + 0.9 * Math.sqrt(random());
    const angle = 2 * Math.PI * (1.25 * radius + label / arms);
    return { x: radius * Math.cos(angle) + noise * normal(random), y: radius * Math.sin(angle) + noise * normal(random), label };
  });
}

interface Point {
  readonly x: number;
  readonly y: number;
  readonly label: number | undefined;
}

/** So many points, without those that get no label. */
function points(count: number, classes: readonly string[], draw: (index: number) => Point): Dataset {
  const features = new Float32Array(2 * count);
  const labels = new Int32Array(count);
  for (let index = 0; index < count; ) {
    const { x, y, label } = draw(index);
    if (label === undefined) continue;
    features.set([x, y], 2 * index);
    labels[index++] = label;
  }
  return { features, columns: 2, labels, classes };
}

/** Row numbers in random order (Fisher and Yates). */
function shuffled(rows: number[], random: Random): number[] {
  for (let i = rows.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [rows[i], rows[j]] = [rows[j]!, rows[i]!];
  }
  return rows;
}

export interface Split {
  readonly train: number[];
  readonly heldOut: number[];
}

/** Row numbers to train on and to hold out: a fifth of every class, at least one example and never all of them. */
export function stratifiedSplit(labels: Int32Array, classes: number, random: Random, share = 0.2): Split {
  const rows: number[][] = Array.from({ length: classes }, () => []);
  labels.forEach((label, row) => rows[label]!.push(row));
  const train: number[] = [];
  const heldOut: number[] = [];
  for (const ofClass of rows) {
    const held = Math.min(Math.max(1, Math.round(ofClass.length * share)), ofClass.length - 1);
    shuffled(ofClass, random).forEach((row, i) => (i < held ? heldOut : train).push(row));
  }
  return { train: shuffled(train, random), heldOut };
}

/** Some rows of a data set. */
export function pick({ features, columns, labels, classes }: Dataset, rows: readonly number[]): Dataset {
  const picked = new Float32Array(rows.length * columns);
  rows.forEach((row, i) => { picked.set(features.subarray(row * columns, (row + 1) * columns), i * columns); });
  return { features: picked, columns, labels: Int32Array.from(rows, (row) => labels[row]!), classes };
}

/**
 * Features with mean 0 and deviation 1 over the rows that are trained on; a column that is constant there becomes 0,
 * since nothing can be learned from it. In double precision until the end, so that large numbers that differ little
 * keep their difference.
 */
export function standardised(features: Float64Array, columns: number, train: readonly number[]): Float32Array {
  const result = new Float32Array(features.length);
  for (let column = 0; column < columns; column++) {
    const values = train.map((row) => features[row * columns + column]!);
    if (values.every((value) => value === values[0])) continue;
    const mean = values.reduce((sum, value) => sum + value / values.length, 0);
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value - mean)), 0);
    const squares = values.reduce((sum, value) => sum + ((value - mean) / largest) ** 2, 0);
    const deviation = largest * Math.sqrt(squares / values.length);
    for (let i = column; i < features.length; i += columns) result[i] = (features[i]! - mean) / deviation;
  }
  return result;
}
