import { Lanes } from "../lanes";

// The block of B that is packed at a time (DEPTH x WIDTH) stays in the second-level cache, the block of A
// (HEIGHT x DEPTH) too, and the panel of B that a column of tiles shares in the first-level cache.
const DEPTH: usize = 256;
const WIDTH: usize = 256;
const HEIGHT: usize = 64;
/** Rows of a tile. */
const ROWS: usize = 4;
/** Bytes of a tile's row: two vectors. With four rows, eight accumulators: half of x86-64's registers. */
const SPAN: usize = 32;

/**
 * C += A B with A [m, k], B [k, n] and C [m, n] contiguous; A and B by the strides of their rows and columns in bytes,
 * so that a transpose is a change of strides. Operands are packed into panels in the order in which the tiles read
 * them, padded with zeros.
 */
export abstract class Matmul {
  /** Bytes that `accumulate` needs for its panels and a tile. */
  @inline static scratch<T extends number>(): usize {
    return (DEPTH * WIDTH + HEIGHT * DEPTH) * sizeof<T>() + ROWS * SPAN;
  }

  @inline static accumulate<T extends number>(
    a: usize, aRow: usize, aColumn: usize, b: usize, bRow: usize, bColumn: usize, c: usize, m: usize, k: usize, n: usize, scratch: usize,
  ): void {
    const aPanels = scratch + DEPTH * WIDTH * sizeof<T>();
    const tile = aPanels + HEIGHT * DEPTH * sizeof<T>();
    const cRow = n * sizeof<T>();
    for (let j: usize = 0; j < n; j += WIDTH) {
      const width = min(WIDTH, n - j);
      for (let p: usize = 0; p < k; p += DEPTH) {
        const depth = min(DEPTH, k - p);
        Matmul.pack<T>(b + p * bRow + j * bColumn, bRow, bColumn, scratch, depth, width, SPAN / sizeof<T>());
        for (let i: usize = 0; i < m; i += HEIGHT) {
          const height = min(HEIGHT, m - i);
          Matmul.pack<T>(a + i * aRow + p * aColumn, aColumn, aRow, aPanels, depth, height, ROWS);
          Matmul.block<T>(aPanels, scratch, c + i * cRow + j * sizeof<T>(), cRow, height, depth, width, tile);
        }
      }
    }
  }

  /** Panels of `lanes` columns, each of `depth` rows one after the other. */
  @inline private static pack<T extends number>(
    source: usize, row: usize, column: usize, panel: usize, depth: usize, columns: usize, lanes: usize,
  ): void {
    for (let j: usize = 0; j < columns; j += lanes) {
      const used = min(lanes, columns - j);
      for (let p: usize = 0; p < depth; p++) {
        let from = source + j * column + p * row;
        for (let l: usize = 0; l < lanes; l++, panel += sizeof<T>(), from += column) {
          store<T>(panel, l < used ? load<T>(from) : (0 as T));
        }
      }
    }
  }

  /** All tiles of a packed block. */
  @inline private static block<T extends number>(
    a: usize, b: usize, c: usize, cRow: usize, height: usize, depth: usize, width: usize, tile: usize,
  ): void {
    const lanes: usize = SPAN / sizeof<T>();
    for (let j: usize = 0; j < width; j += lanes, b += depth * SPAN) {
      const columns = min(lanes, width - j);
      let panel = a;
      for (let i: usize = 0; i < height; i += ROWS, panel += depth * ROWS * sizeof<T>()) {
        const rows = min(ROWS, height - i);
        const place = c + i * cRow + j * sizeof<T>();
        if (rows == ROWS && columns == lanes) {
          Matmul.tile<T>(panel, b, depth, place, cRow);
        } else {
          // At the edges of C the tile is computed aside, and only what lies inside is added.
          memory.fill(tile, 0, ROWS * SPAN);
          Matmul.tile<T>(panel, b, depth, tile, SPAN);
          for (let r: usize = 0; r < rows; r++) {
            for (let s: usize = 0; s < columns; s++) {
              const at = place + r * cRow + s * sizeof<T>();
              store<T>(at, (load<T>(at) + load<T>(tile + r * SPAN + s * sizeof<T>())) as T);
            }
          }
        }
      }
    }
  }

  /** C tile += A panel * B panel, in registers. */
  @inline private static tile<T extends number>(a: usize, b: usize, depth: usize, c: usize, row: usize): void {
    const zero = Lanes.splat<T>(0);
    let c00 = zero, c01 = zero, c10 = zero, c11 = zero, c20 = zero, c21 = zero, c30 = zero, c31 = zero;
    for (let p = depth; p > 0; p--, a += ROWS * sizeof<T>(), b += SPAN) {
      const b0 = v128.load(b), b1 = v128.load(b, 16);
      const a0 = v128.load_splat<T>(a);
      c00 = Lanes.multiplyAdd<T>(a0, b0, c00);
      c01 = Lanes.multiplyAdd<T>(a0, b1, c01);
      const a1 = v128.load_splat<T>(a, sizeof<T>());
      c10 = Lanes.multiplyAdd<T>(a1, b0, c10);
      c11 = Lanes.multiplyAdd<T>(a1, b1, c11);
      const a2 = v128.load_splat<T>(a, 2 * sizeof<T>());
      c20 = Lanes.multiplyAdd<T>(a2, b0, c20);
      c21 = Lanes.multiplyAdd<T>(a2, b1, c21);
      const a3 = v128.load_splat<T>(a, 3 * sizeof<T>());
      c30 = Lanes.multiplyAdd<T>(a3, b0, c30);
      c31 = Lanes.multiplyAdd<T>(a3, b1, c31);
    }
    Matmul.add<T>(c, c00, c01);
    Matmul.add<T>(c + row, c10, c11);
    Matmul.add<T>(c + 2 * row, c20, c21);
    Matmul.add<T>(c + 3 * row, c30, c31);
  }

  @inline private static add<T extends number>(c: usize, left: v128, right: v128): void {
    v128.store(c, v128.add<T>(v128.load(c), left));
    v128.store(c, v128.add<T>(v128.load(c, 16), right), 16);
  }
}
