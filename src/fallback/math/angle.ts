import { productError, quotientError, sumError } from './exact.js';

/** floor(2^1600 / pi) */
const INVERSE_PI = 0x517cc1b727220a94fe13abe8fa9a6ee06db14acc9e21c820ff28b1d5ef5de2b0db92371d2126e9700324977504e8c90e7f0ef58e5894d39f74411afa975da24274ce38135a2fbf209cc8eb1cc1a99cfa4e422fc5defc941d8ffc4bffef02cc07f79788c5ad05368fb69b3f6793e584dba7a31fb34f2ff516ba93dd63f5f2f8bd9e839cfbc529497535fdafd88fc6ae842b0198237e3db5d5f867de104d7a1b0ed4f1c8b0af730d8432ccc2af8a50342046ffec4026b9939883030aab6539d464b0713de04635a3e2n;
const PI_BITS = 1600;
/** The turns of pi are counted in units of 2^-128. */
const BITS = 128;
/** What Math.PI is rounded by. */
const PI_REST = 1.2246467991473532e-16;
const QUARTER_PI = Math.PI / 4;

/** sin(ax + quarter pi/4) up to its sign, with all its digits also near its zeros; quarter is 0 or 1. */
function sine(x: number, a: number, quarter: number): number {
  const u = x * a;
  if (Math.abs(u) > 2 ** 20) return sineOfLarge(x, a, quarter);
  const rest = productError(x, a, u);
  if (quarter === 0) return Math.sin(u) + rest * Math.cos(u);
  const angle = u + QUARTER_PI;
  return Math.sin(angle) + (sumError(u, QUARTER_PI, angle) + rest + PI_REST / 4) * Math.cos(angle);
}

function sineOfLarge(x: number, a: number, quarter: number): number {
  // The product may be beyond the range.
  const power = Math.abs(x * a) < 2 ** 1000 ? 0 : 384;
  const part = x * 2 ** -power;
  const u = part * a;
  if (!Number.isFinite(u)) return NaN;
  const turns = turnsOf(u, power) + turnsOf(productError(part, a, u), power) + (BigInt(quarter) << BigInt(BITS - 2));
  const fraction = Number(BigInt.asIntN(BITS, turns)) / 2 ** BITS;
  const angle = fraction * Math.PI;
  return Math.sin(angle) + (productError(fraction, Math.PI, angle) + fraction * PI_REST) * Math.cos(angle);
}

const word = new DataView(new ArrayBuffer(8));

/** 2^power x / pi in units of 2^-BITS: the product of x with the bits of 1/pi. */
function turnsOf(x: number, power: number): bigint {
  word.setFloat64(0, x);
  const bits = word.getBigUint64(0);
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  const product = (exponent === 0 ? fraction << 1n : fraction | 0x10000000000000n) * INVERSE_PI;
  const turns = product >> BigInt(PI_BITS + 1075 - BITS - exponent - power);
  return x < 0 ? -turns : turns;
}

/** x + sin(ax)^2 / a */
export function snake(x: number, a: number): number {
  const u = x * a;
  // What is added to an infinite x, or to one that is beyond the range times a, makes no difference.
  if (!Number.isFinite(u)) return x;
  const magnitude = Math.abs(u);
  if (magnitude < 0.4 || magnitude > 4) {
    const s = sine(x, a, 0);
    return x + (s * s) / a;
  }
  // Between -2/a and 0 the two nearly cancel: (1 - cos(2ax))/2 for the square, and all that is rounded away.
  const cosine = Math.cos(2 * u);
  const twice = 1 - cosine;
  const wave = twice / (2 * a);
  const lost = (sumError(1, -cosine, twice) / 2 + productError(x, a, u) * Math.sin(2 * u)) / a + quotientError(twice, 2 * a, wave);
  const y = x + wave;
  return y + (sumError(x, wave, y) + lost);
}

/** 1 + sin(2ax) = 2 sin(ax + pi/4)^2 */
export function snakeSlope(x: number, a: number): number {
  const s = sine(x, a, 1);
  return 2 * s * s;
}
