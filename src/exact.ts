/** minuend - x y with one rounding, as far as nothing overflows: Dekker's product (1971) gives x y as a sum of two. */
export function residual(minuend: number, x: number, y: number): number {
  const product = x * y;
  const [x1, x2] = split(x);
  const [y1, y2] = split(y);
  const error = x2 * y2 - (product - x1 * y1 - x2 * y1 - x1 * y2);
  // Factors so large that splitting them overflows have no small rest either.
  return minuend - product - (Number.isFinite(error) ? error : 0);
}

/** x as the sum of two numbers of 26 bits (Veltkamp). */
function split(x: number): [number, number] {
  const scaled = x * 134217729;
  const high = scaled - (scaled - x);
  return [high, x - high];
}
