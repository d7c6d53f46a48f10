/** The value below which this part of the numbers lies, between two of them if need be. */
export function quantile(numbers: readonly number[], part: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const place = part * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below] ?? NaN;
  const high = sorted[below + 1] ?? low;
  return low + (place - below) * (high - low);
}

export const median = (numbers: readonly number[]): number => quantile(numbers, 0.5);

/** How far the quartiles are apart, as a part of the median: half of the numbers are that close together. */
export const spread = (numbers: readonly number[]): number => (quantile(numbers, 0.75) - quantile(numbers, 0.25)) / median(numbers);

/** How many times as long the first takes as the second. Round by round, so that what slows a round down slows both. */
export const ratio = (first: readonly number[], second: readonly number[]): number => median(first.map((time, round) => time / second[round]!));
