/** Sums, products and quotients with what rounding takes from them. */

const SPLITTER = 2 ** 27 + 1;

/** The leading 26 bits of x (Veltkamp). */
function high(x: number): number {
  const multiple = SPLITTER * x;
  return multiple - (multiple - x);
}

/** a b - product, where product is a b rounded (Dekker); NaN where that is infinite. */
export function productError(a: number, b: number, product: number): number {
  if (Math.abs(a) < Math.abs(b)) return productError(b, a, product);
  // Scaled where the parts could overflow.
  const scale = Math.abs(a) > 2 ** 960 || Math.abs(product) > 2 ** 960 ? 2 ** -70 : 1;
  const scaled = a * scale;
  const a1 = high(scaled);
  const b1 = high(b);
  const a0 = scaled - a1;
  const b0 = b - b1;
  return (a1 * b1 - product * scale + a1 * b0 + a0 * b1 + a0 * b0) / scale;
}

/** x/a - quotient, where quotient is x/a rounded. */
export function quotientError(x: number, a: number, quotient: number): number {
  const product = quotient * a;
  return (x - product - productError(quotient, a, product)) / a;
}

/** a + b - sum, where sum is a + b rounded (Møller and Knuth). */
export function sumError(a: number, b: number, sum: number): number {
  const part = sum - a;
  return a - (sum - part) + (b - part);
}

/** c[0] + c[1] x + c[2] x^2 + ... */
export function polynomial(coefficients: readonly number[], x: number): number {
  let value = 0;
  for (let i = coefficients.length - 1; i >= 0; i--) value = value * x + coefficients[i]!;
  return value;
}
