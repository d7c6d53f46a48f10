/** sqrt(x^2 + b) */
function root(x: number, b: number): number {
  const magnitude = Math.abs(x);
  // The square may be beyond the range.
  return magnitude > 2 ** 500 ? magnitude * Math.sqrt(1 + b / magnitude / magnitude) : Math.sqrt(x * x + b);
}

/** (x + r)/2, halved first so that the sum does not overflow; for x < 0, where it cancels, (b/4) / ((|x| + r)/2). */
function value(x: number, r: number, b: number): number {
  const mean = Math.abs(x) / 2 + r / 2;
  return x < 0 ? b / 4 / mean : mean;
}

/** (x + sqrt(x^2 + b)) / 2 for b > 0 */
export function squareplus(x: number, b: number): number {
  return value(x, root(x, b), b);
}

export function squareplusSlope(x: number, b: number): number {
  const r = root(x, b);
  return x === Infinity ? 1 : value(x, r, b) / r;
}
