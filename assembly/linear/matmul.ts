import { Lanes } from "../lanes";
import { Memory } from "../memory";

/** Rows and bytes of a tile of the product: with four rows of two vectors, eight sums stay in x86-64's sixteen registers. */
const ROWS: usize = 4;
const SPAN: usize = 32;
/** Terms of the sums between two visits to a tile: so much of a panel of B stays in the first-level cache. */
const DEPTH: usize = 512;
/** Bytes of A that are gone through with every panel of B: they stay in the second-level cache, and their pages in its tables. */
const BLOCK: usize = 131072;
/** Panels of B that one row is multiplied with at a time: eight sums here, too. */
const PANELS: usize = 4;

/**
 * C = start + A B. Every element is the sum of its products one after the other, whatever the sizes and the strides: its bits
 * do not depend on how many rows or columns stand beside it, nor on how the matrices are stored.
 */
export abstract class Matmul {
  /**
   * A is [m, k] by the strides of its rows and columns, so that a transpose is a change of strides. B is [k, n] in panels of
   * 32 bytes by n, `bPanel` apart, and in each of them the rows are `bRow` apart: a matrix as `pack` makes it, or one stored row
   * by row with n a multiple of a panel. C and `start` have rows of n elements `cRow` and `startRow` apart (0: one row for all); a
   * `start` of 0 stands for zeros. Strides are in bytes; `tile` is memory for ROWS x SPAN bytes.
   */
  static multiply<T extends number>(
    a: usize, aRow: usize, aColumn: usize, b: usize, bRow: usize, bPanel: usize, start: usize, startRow: usize,
    c: usize, cRow: usize, m: usize, k: usize, n: usize, tile: usize,
  ): void {
    const bytes = n * sizeof<T>(), most = BLOCK / (DEPTH * sizeof<T>());
    for (let i: usize = 0; i < m; i += most) {
      const height = min(most, m - i);
      let from = start, fromRow = startRow, p: usize = 0;
      do {
        const depth = min(DEPTH, k - p);
        let panel = b + p * bRow;
        for (let j: usize = 0; j < bytes; ) {
          const left = a + i * aRow + p * aColumn;
          const above = from ? from + i * fromRow + j : 0;
          const place = c + i * cRow + j;
          if (height == 1 && bytes - j >= PANELS * SPAN) {
            Matmul.row<T>(left, aColumn, panel, bRow, bPanel, above, place, depth);
            panel += PANELS * bPanel;
            j += PANELS * SPAN;
          } else {
            Matmul.column<T>(left, aRow, aColumn, panel, bRow, above, fromRow, place, cRow, height, depth, min(SPAN, bytes - j), tile);
            panel += bPanel;
            j += SPAN;
          }
        }
        from = c;
        fromRow = cRow;
        p += depth;
      } while (p < k);
    }
  }

  /** The panels of a matrix [k, n] stored row by row, filled up with zeros. */
  static pack<T extends number>(b: usize, panels: usize, k: usize, n: usize): void {
    const row = n * sizeof<T>(), most = BLOCK / (DEPTH * sizeof<T>());
    // Some rows at a time, which are in the cache when the next panel comes to them.
    for (let p: usize = 0; p < k; p += most, b += most * row, panels += most * SPAN) {
      let panel = panels;
      for (let j: usize = 0; j < row; j += SPAN, panel += k * SPAN) {
        const bytes = row - j;
        let from = b + j, to = panel;
        for (let rest = min(most, k - p); rest > 0; rest--, from += row, to += SPAN) {
          v128.store(to, Memory.load<T>(from, bytes));
          v128.store(to, bytes > 16 ? Memory.load<T>(from + 16, bytes - 16) : Lanes.splat<T>(0), 16);
        }
      }
    }
  }

  /** The tiles of C, one below the other, whose columns are those of a panel of B. */
  @inline private static column<T extends number>(
    a: usize, aRow: usize, aColumn: usize, b: usize, bRow: usize, from: usize, fromRow: usize, c: usize, cRow: usize,
    height: usize, depth: usize, bytes: usize, tile: usize,
  ): void {
    for (; height > 0; ) {
      const rows = min(ROWS, height);
      // Rows beyond the last one are the last one once more.
      const second = min<usize>(1, rows - 1), third = min<usize>(2, rows - 1), fourth = rows - 1;
      let source = from, sourceRow = fromRow, target = c, targetRow = cRow;
      // At the edge a tile is computed aside, as if there were columns beyond the last.
      if (bytes < SPAN) {
        target = tile;
        targetRow = SPAN;
        if (source) {
          Matmul.copy<T>(source, sourceRow, tile, SPAN, rows, bytes);
          source = tile;
          sourceRow = SPAN;
        }
      }
      let c00 = Lanes.splat<T>(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
      if (source) {
        c00 = v128.load(source);
        c01 = v128.load(source, 16);
        c10 = v128.load(source + second * sourceRow);
        c11 = v128.load(source + second * sourceRow, 16);
        c20 = v128.load(source + third * sourceRow);
        c21 = v128.load(source + third * sourceRow, 16);
        c30 = v128.load(source + fourth * sourceRow);
        c31 = v128.load(source + fourth * sourceRow, 16);
      }
      let p0 = a, p1 = a + second * aRow, p2 = a + third * aRow, p3 = a + fourth * aRow, q = b;
      for (let p = depth; p > 0; p--, p0 += aColumn, p1 += aColumn, p2 += aColumn, p3 += aColumn, q += bRow) {
        const b0 = v128.load(q), b1 = v128.load(q, 16);
        const a0 = v128.load_splat<T>(p0);
        c00 = Lanes.multiplyAdd<T>(a0, b0, c00);
        c01 = Lanes.multiplyAdd<T>(a0, b1, c01);
        const a1 = v128.load_splat<T>(p1);
        c10 = Lanes.multiplyAdd<T>(a1, b0, c10);
        c11 = Lanes.multiplyAdd<T>(a1, b1, c11);
        const a2 = v128.load_splat<T>(p2);
        c20 = Lanes.multiplyAdd<T>(a2, b0, c20);
        c21 = Lanes.multiplyAdd<T>(a2, b1, c21);
        const a3 = v128.load_splat<T>(p3);
        c30 = Lanes.multiplyAdd<T>(a3, b0, c30);
        c31 = Lanes.multiplyAdd<T>(a3, b1, c31);
      }
      v128.store(target, c00);
      v128.store(target, c01, 16);
      v128.store(target + second * targetRow, c10);
      v128.store(target + second * targetRow, c11, 16);
      v128.store(target + third * targetRow, c20);
      v128.store(target + third * targetRow, c21, 16);
      v128.store(target + fourth * targetRow, c30);
      v128.store(target + fourth * targetRow, c31, 16);
      if (bytes < SPAN) Matmul.copy<T>(tile, SPAN, c, cRow, rows, bytes);
      a += ROWS * aRow;
      if (from) from += ROWS * fromRow;
      c += ROWS * cRow;
      height -= rows;
    }
  }

  /** One row of A by PANELS panels. */
  @inline private static row<T extends number>(a: usize, aColumn: usize, b: usize, bRow: usize, bPanel: usize, from: usize, c: usize, depth: usize): void {
    let c0 = Lanes.splat<T>(0), c1 = c0, c2 = c0, c3 = c0, c4 = c0, c5 = c0, c6 = c0, c7 = c0;
    if (from) {
      c0 = v128.load(from);
      c1 = v128.load(from, 16);
      c2 = v128.load(from, 32);
      c3 = v128.load(from, 48);
      c4 = v128.load(from, 64);
      c5 = v128.load(from, 80);
      c6 = v128.load(from, 96);
      c7 = v128.load(from, 112);
    }
    let q0 = b, q1 = q0 + bPanel, q2 = q1 + bPanel, q3 = q2 + bPanel;
    for (; depth > 0; depth--, a += aColumn, q0 += bRow, q1 += bRow, q2 += bRow, q3 += bRow) {
      const x = v128.load_splat<T>(a);
      c0 = Lanes.multiplyAdd<T>(x, v128.load(q0), c0);
      c1 = Lanes.multiplyAdd<T>(x, v128.load(q0, 16), c1);
      c2 = Lanes.multiplyAdd<T>(x, v128.load(q1), c2);
      c3 = Lanes.multiplyAdd<T>(x, v128.load(q1, 16), c3);
      c4 = Lanes.multiplyAdd<T>(x, v128.load(q2), c4);
      c5 = Lanes.multiplyAdd<T>(x, v128.load(q2, 16), c5);
      c6 = Lanes.multiplyAdd<T>(x, v128.load(q3), c6);
      c7 = Lanes.multiplyAdd<T>(x, v128.load(q3, 16), c7);
    }
    v128.store(c, c0);
    v128.store(c, c1, 16);
    v128.store(c, c2, 32);
    v128.store(c, c3, 48);
    v128.store(c, c4, 64);
    v128.store(c, c5, 80);
    v128.store(c, c6, 96);
    v128.store(c, c7, 112);
  }

  /** Some rows of less than a tile's width. */
  @inline private static copy<T extends number>(from: usize, fromRow: usize, to: usize, toRow: usize, rows: usize, bytes: usize): void {
    for (; rows > 0; rows--, from += fromRow, to += toRow) {
      for (let j: usize = 0; j < bytes; j += sizeof<T>()) store<T>(to + j, load<T>(from + j));
    }
  }
}
