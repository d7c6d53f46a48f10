import { describe } from '../describe.js';

/** Of the rectangle in which `normal` looks for points. */
const HALF_HEIGHT = Math.sqrt(2 / Math.E);

/** Random numbers that a seed decides: sfc32 of PractRand, by Chris Doty-Humphrey. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number = Math.floor(Math.random() * 2 ** 53)) {
    if (!Number.isSafeInteger(seed)) throw new RangeError(`sigmoidal/nn: seed must be an integer, got ${describe(seed)}`);
    this.#a = seed | 0;
    this.#b = Math.floor(seed / 2 ** 32) | 0;
    this.#c = 0;
    // The first ones are alike for like seeds.
    for (let i = 0; i < 15; i++) this.#next();
  }

  #next(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** From 0 to below 1, in steps of 2^-32. */
  uniform(): number {
    return this.#next() / 2 ** 32;
  }

  /**
   * With mean 0 and variance 1, by the ratio of uniform numbers (Kinderman and Monahan: Computer generation of random variables
   * using the ratio of uniform deviates. 1977): the logarithm, whose last bit engines may have otherwise, is only compared with.
   */
  normal(): number {
    for (;;) {
      const u = 1 - this.uniform();
      const ratio = ((2 * this.uniform() - 1) * HALF_HEIGHT) / u;
      if (ratio * ratio <= -4 * Math.log(u)) return ratio;
    }
  }

  /** Brings elements into an order of which each is as likely (Fisher and Yates). */
  shuffle(values: Int32Array): void {
    for (let i = values.length - 1; i > 0; i--) {
      const j = Math.floor(this.uniform() * (i + 1));
      [values[i], values[j]] = [values[j]!, values[i]!];
    }
  }
}
