import { type Engine, type Kernel, KernelPair } from './engine.js';

/** A left operand: an address, and the distances of its rows and columns in elements. */
export type Left = readonly [pointer: number, row: number, column: number];

/** A right operand in panels: the address, and the distances of rows and panels in bytes. See assembly/linear/matmul.ts. */
export type Panels = readonly [pointer: number, row: number, panel: number];

/** Bytes of a row of a panel. */
const SPAN = 32;

/**
 * From so many rows on a right operand is worth packing, with which the processor reads it in order; from fewer on where more
 * than a few rows of it are so long that they compete for the same places of the cache.
 */
const MANY_ROWS = 128;
const SOME_ROWS = 16;
const FEW_TERMS = 64;
const LONG_ROW = 4096;
/** From such a distance in bytes, and so many terms and columns on, a transposed left operand is worth transposing back. */
const FAR = 1024;
const MANY_TERMS = 128;
const MANY_COLUMNS = 64;

const MULTIPLY = new KernelPair('matmul_multiply');
const PACK = new KernelPair('matmul_pack');
const TRANSPOSE = new KernelPair('transpose_planes');

/** Products of matrices in the heap, for one element type. */
export class Matrices {
  readonly #engine: Engine;
  readonly size: number;
  /** Columns of a panel. */
  readonly #lanes: number;

  constructor(engine: Engine, bytesPerElement: number) {
    this.#engine = engine;
    this.size = bytesPerElement;
    this.#lanes = SPAN / this.size;
  }

  /** Elements of a matrix [k, n] in panels. */
  packedLength(k: number, n: number): number {
    return k * Math.ceil(n / this.#lanes) * this.#lanes;
  }

  packedBytes(k: number, n: number): number {
    return this.packedLength(k, n) * this.size;
  }

  /** A matrix [k, n], stored row by row or as its transpose, in panels at an address. */
  pack(b: number, transposed: boolean, k: number, n: number, panels: number): Panels {
    if (!transposed) this.#kernel(PACK)(b, panels, k, n);
    else {
      // The rows of the transpose, so many at a time, are a panel column by column.
      const transpose = this.#kernel(TRANSPOSE);
      const full = Math.floor(n / this.#lanes);
      const rest = n % this.#lanes;
      const done = full * this.#lanes * k * this.size;
      transpose(b, panels, full, this.#lanes, k, k, this.#lanes);
      if (rest > 0) {
        this.#engine.heap.u8.fill(0, panels + done, panels + done + k * SPAN);
        transpose(b + done, panels + done, 1, rest, k, k, this.#lanes);
      }
    }
    return this.panels(panels, k);
  }

  /** The way back from panels at an address to the transpose, whose address it returns. */
  unpack(panels: number, k: number, n: number, transposed: number): number {
    const transpose = this.#kernel(TRANSPOSE);
    for (let j = 0; j < n; j += this.#lanes) {
      transpose(panels + j * k * this.size, transposed + j * k * this.size, 1, k, Math.min(this.#lanes, n - j), this.#lanes, k);
    }
    return transposed;
  }

  panels(pointer: number, k: number): Panels {
    return [pointer, SPAN, k * SPAN];
  }

  /** Bytes that `right` needs. */
  rightBytes(m: number, k: number, n: number): number {
    return this.#isDirect(m, k, n) ? 0 : this.packedBytes(k, n);
  }

  /** A matrix [k, n] as the right operand for m rows: as it is where that is as fast, else in panels at `place`. */
  right(b: number, m: number, k: number, n: number, place: number): Panels {
    return this.#isDirect(m, k, n) ? [b, n * this.size, SPAN] : this.pack(b, false, k, n, place);
  }

  #isDirect(m: number, k: number, n: number): boolean {
    if (n % this.#lanes !== 0 || m >= MANY_ROWS) return false;
    return m < SOME_ROWS || k <= FEW_TERMS || n * this.size < LONG_ROW;
  }

  /** Bytes that `leftTransposed` needs. */
  leftBytes(m: number, k: number, n: number): number {
    return this.#isFar(m, k, n) ? m * k * this.size : 0;
  }

  /** The transpose of a matrix [k, m] as the left operand for n columns: as it is, or transposed back at `place`. */
  leftTransposed(a: number, m: number, k: number, n: number, place: number): Left {
    if (!this.#isFar(m, k, n)) return [a, 1, m];
    this.#kernel(TRANSPOSE)(a, place, 1, k, m, m, k);
    return [place, k, 1];
  }

  /** Whether the elements of a row of the transpose are so far apart, and so often read, that it pays to bring them together. */
  #isFar(m: number, k: number, n: number): boolean {
    return m * this.size >= FAR && k >= MANY_TERMS && n >= MANY_COLUMNS;
  }

  /** c = start + a b, [m, k] by [k, n]; the rows of `start` are `startRow` elements apart (0: one for all). A start of 0: zeros. */
  multiply([a, aRow, aColumn]: Left, [b, bRow, bPanel]: Panels, start: number, startRow: number, c: number, m: number, k: number, n: number): void {
    const { size } = this;
    this.#kernel(MULTIPLY)(a, aRow * size, aColumn * size, b, bRow, bPanel, start, startRow * size, c, n * size, m, k, n, this.#engine.heap.tile);
  }

  /** A matrix [1, 1] of a 1: by distances of 0, a row of ones. */
  writeOne(place: number): void {
    const { heap } = this.#engine;
    if (this.size === 4) heap.f32[place / 4] = 1;
    else heap.f64[place / 8] = 1;
  }

  #kernel(pair: KernelPair): Kernel {
    return pair.of(this.#engine.kernels, this.size);
  }
}
