import type { FloatTypedArray } from '../../src/index.js';

/** Inputs by bit pattern, so that every magnitude has its share: subnormal numbers, infinities and NaNs too. */

export const CHUNK = 2 ** 11;

/** Random 32-bit integers, the same ones every time (a counter through MurmurHash3's finalizer). */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return (z ^ (z >>> 16)) >>> 0;
  };
}

/** Every stride-th of the 2^32 float32 patterns, or of those from `from` to `to`, in chunks. */
export function* float32Patterns(stride: number, from = 0, to = 2 ** 32): Generator<Float32Array> {
  for (let start = from; start < to; start += CHUNK * stride) {
    const patterns = new Uint32Array(Math.min(CHUNK, Math.ceil((to - start) / stride)));
    for (let i = 0; i < patterns.length; i++) patterns[i] = start + i * stride;
    yield new Float32Array(patterns.buffer);
  }
}

/**
 * Float64 numbers in chunks, in turn: any pattern; a magnitude between 2^-60 and 2^11; a number evenly from -750 to 750,
 * where exponential functions are neither 0 nor Infinity; one evenly from -25 to 25. A longer sample starts with the shorter one.
 */
export function* float64Samples(count: number, seed = 1): Generator<Float64Array> {
  const random = generator(seed);
  const fraction = (): number => (random() * 2 ** 21 + (random() >>> 11)) / 2 ** 52 - 1;
  for (let start = 0; start < count; start += CHUNK) {
    const x = new Float64Array(Math.min(CHUNK, count - start));
    const words = new Uint32Array(x.buffer);
    for (let i = 0; i < x.length; i++) {
      if (i % 4 === 2) x[i] = fraction() * 750;
      else if (i % 4 === 3) x[i] = fraction() * 25;
      else {
        words[2 * i] = random();
        const high = random();
        words[2 * i + 1] = i % 4 === 0 ? high : (high & 0x800fffff) | ((1023 - 60 + (random() % 71)) << 20);
      }
    }
    yield x;
  }
}

/** The numbers of a type with bit patterns next to those of the given ones, 100 on either side. */
function neighbours(FloatArray: typeof Float32Array | typeof Float64Array, centres: readonly number[]): FloatTypedArray {
  const x = new FloatArray(centres.flatMap((centre) => new Array<number>(201).fill(centre)));
  const patterns = x.BYTES_PER_ELEMENT === 4 ? new Uint32Array(x.buffer) : new BigUint64Array(x.buffer);
  for (let i = 0; i < x.length; i++) {
    const step = (i % 201) - 100;
    if (patterns instanceof Uint32Array) patterns[i]! += step;
    else patterns[i]! += BigInt(step);
  }
  return x;
}

/** The ends of the ranges and what else has neighbours of its own kind, then the given centres. */
export function specials(FloatArray: typeof Float32Array | typeof Float64Array, centres: readonly number[]): FloatTypedArray {
  const smallestNormal = FloatArray === Float32Array ? 2 ** -126 : 2 ** -1022;
  const everywhere = [0, -0, smallestNormal, -smallestNormal, 1, -1, Infinity, -Infinity];
  return neighbours(FloatArray, [...everywhere, ...centres.filter(Number.isFinite)]);
}
