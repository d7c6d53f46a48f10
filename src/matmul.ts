import { type FloatArray, WasmArray, ofType, typedArray } from './arrays.js';
import { apart, borrowing, byRows, rowsIn, rowsOut } from './blocks.js';
import type { Engine } from './engine.js';
import { Matrices } from './matrices.js';
import { type OutOption, destination } from './operations.js';
import { allow, checkedBoolean, checkedOptions } from './options.js';
import { solveSizes } from './sizes.js';

export interface MatmulOptions {
  /** Rows of the product, length of its sums, columns of the product. Two of them are enough. */
  readonly m?: number | undefined;
  readonly k?: number | undefined;
  readonly n?: number | undefined;
  /** a is stored as [k, m] */
  readonly transposeA?: boolean | undefined;
  /** b is stored as [n, k] */
  readonly transposeB?: boolean | undefined;
}

export interface Matmul {
  /** The matrix product a b, [m, k] by [k, n], row by row. */
  <O extends FloatArray>(a: FloatArray, b: FloatArray, options: MatmulOptions & { readonly out: O }): O;
  <X extends FloatArray>(a: X, b: FloatArray, options: MatmulOptions & { readonly out?: undefined }): X;
}

/** Rows of an ordinary array that are taken into wasm memory at a time at the least. */
const ROWS_AT_A_TIME = 256;

const NAME = 'matmul';
const ALLOWED = allow('m', 'k', 'n', 'transposeA', 'transposeB', 'out');

export function matmul(engine: () => Engine): Matmul {
  return (a: FloatArray, b: FloatArray, options: MatmulOptions & OutOption): FloatArray => {
    const current = engine();
    const { heap } = current;
    checkedOptions(NAME, options, ALLOWED);
    const left = typedArray(NAME, 'a', a);
    const right = ofType(NAME, 'b', b, left, 'a');
    const { m, k, n } = solveSizes(NAME, options, ['m', 'k', 'n'], [
      { name: 'a', length: left.length, of: ['m', 'k'] },
      { name: 'b', length: right.length, of: ['k', 'n'] },
    ]) as Record<'m' | 'k' | 'n', number>;
    const to = destination(heap, NAME, options?.out, a, 'a', [left, right], m * n);
    const [aIn, bIn] = to.inputs.map((input) => apart(input, [to.out])) as [typeof left, typeof right];
    const matrices = new Matrices(current, left.BYTES_PER_ELEMENT);
    const { size } = matrices;
    const { transposeA = false, transposeB = false } = options;
    checkedBoolean(NAME, 'transposeA', transposeA);
    checkedBoolean(NAME, 'transposeB', transposeB);
    const rightBytes = transposeB ? matrices.packedBytes(k, n) : matrices.rightBytes(m, k, n);
    const leftBytes = transposeA ? matrices.leftBytes(m, k, n) : ROWS_AT_A_TIME * k * size;
    let { result } = to;
    // Of a transpose, every row is all over the array.
    const [whole, byRow] = transposeA ? [[bIn, aIn], [to.out]] : [[bIn], [aIn, to.out]];
    borrowing(heap, whole, byRow, rightBytes + leftBytes + ROWS_AT_A_TIME * n * size, ([bs, as, cs], memory) => {
      if (!(result instanceof WasmArray)) result = cs!;
      const pb = memory.input(bs!);
      const place = rightBytes > 0 ? memory.scratch(rightBytes) : 0;
      const panels = transposeB ? matrices.pack(pb, true, k, n, place) : matrices.right(pb, m, k, n, place);
      if (!transposeA) {
        byRows(heap, m, [rowsIn(as!, k), rowsOut(cs!, n)], (count, [pa, pc]) => { matrices.multiply([pa!, k, 1], panels, 0, 0, pc!, count, k, n); }, ROWS_AT_A_TIME);
        return;
      }
      const [pa, row, column] = matrices.leftTransposed(memory.input(as!), m, k, n, leftBytes > 0 ? memory.scratch(leftBytes) : 0);
      let first = 0;
      byRows(heap, m, [rowsOut(cs!, n)], (count, [pc]) => {
        matrices.multiply([pa + first * row * size, row, column], panels, 0, 0, pc!, count, k, n);
        first += count;
      }, ROWS_AT_A_TIME);
    });
    return result;
  };
}
