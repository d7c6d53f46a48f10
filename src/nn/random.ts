/** Random numbers that a seed decides: sfc32 of PractRand, by Chris Doty-Humphrey. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;
  /** Normal numbers come in pairs. */
  #spare: number | undefined;

  constructor(seed: number = Math.floor(Math.random() * 2 ** 53)) {
    if (!Number.isSafeInteger(seed)) throw new RangeError(`sigmoidal/nn: seed must be an integer, got ${seed}`);
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

  /** With mean 0 and variance 1 (Box and Muller: A note on the generation of random normal deviates. 1958). */
  normal(): number {
    if (this.#spare !== undefined) {
      const spare = this.#spare;
      this.#spare = undefined;
      return spare;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.#spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** Brings elements into an order of which each is as likely (Fisher and Yates). */
  shuffle(values: Int32Array): void {
    for (let i = values.length - 1; i > 0; i--) {
      const j = Math.floor(this.uniform() * (i + 1));
      [values[i], values[j]] = [values[j]!, values[i]!];
    }
  }
}
