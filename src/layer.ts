import { aligned } from './blocks.js';
import type { Kernel } from './engine.js';
import type { Matrices, Panels } from './matrices.js';

/** Rows that are multiplied before the activation is applied to them, and of which the gradient is taken at a time. */
const ROWS_OF_FORWARD = 64;
const ROWS_OF_BACKWARD = 256;

/** Calls body(first, some) for parts of `rows`. */
function inParts(rows: number, most: number, body: (first: number, some: number) => void): void {
  for (let first = 0; first < rows; first += most) body(first, Math.min(most, rows - first));
}

/** y = f(x Wᵀ + b) of rows in the heap, the sums before f at z; without a kernel for f, y = x Wᵀ + b. */
export function layerForward(
  matrices: Matrices, kernel: Kernel | undefined, weight: Panels, bias: number, x: number, y: number, z: number, rows: number, k: number, n: number,
): void {
  if (!kernel) return matrices.multiply([x, k, 1], weight, bias, 0, y, rows, k, n);
  const { size } = matrices;
  inParts(rows, ROWS_OF_FORWARD, (first, some) => {
    const sums = z + first * n * size;
    matrices.multiply([x + first * k * size, k, 1], weight, bias, 0, sums, some, k, n);
    kernel(sums, y + first * n * size, some * n);
  });
}

/** The sizes of a layer: its rows, and its features in and out. */
export interface LayerSizes {
  readonly rows: number;
  readonly k: number;
  readonly n: number;
}

/** Addresses in the heap; 0 for what is not wanted. */
interface Targets {
  readonly dWeight: number;
  readonly dBias: number;
  /** Whether they are added to. */
  readonly accumulate: boolean;
}

/** The gradients of a layer from rows in the heap, which may come part by part. */
export class LayerGradient {
  readonly #matrices: Matrices;
  readonly #kernel: Kernel | undefined;
  readonly #sizes: LayerSizes;
  /** Bytes of what `begin` is to be given memory for. */
  readonly bytes: number;
  readonly #offsets: readonly number[];
  #places: readonly number[] = [];
  #weight: Panels | undefined;
  #targets: Targets = { dWeight: 0, dBias: 0, accumulate: false };
  #isBegun = false;

  /** With a kernel, the gradients that come are those of the activation's output. */
  constructor(matrices: Matrices, sizes: LayerSizes, kernel: Kernel | undefined, wanted: { readonly dx: boolean; readonly dWeight: boolean; readonly dBias: boolean }) {
    const { rows, k, n } = sizes;
    const most = Math.min(rows, ROWS_OF_BACKWARD);
    const needed = [
      8,
      kernel ? most * n * matrices.size : 0,
      wanted.dWeight ? matrices.leftBytes(n, most, k) : 0,
      wanted.dWeight ? matrices.rightBytes(n, most, k) : 0,
      wanted.dBias ? matrices.rightBytes(1, most, n) : 0,
      wanted.dx ? matrices.rightBytes(rows, n, k) : 0,
    ];
    this.#matrices = matrices;
    this.#sizes = sizes;
    this.#kernel = kernel;
    let end = 0;
    this.#offsets = needed.map((bytes) => (end += aligned(bytes)) - aligned(bytes));
    this.bytes = end;
  }

  /** With the weight for dx, if that is wanted. */
  begin(memory: number, targets: Targets, weight: number | undefined): void {
    const { rows, k, n } = this.#sizes;
    this.#places = this.#offsets.map((offset) => memory + offset);
    this.#targets = targets;
    this.#isBegun = targets.accumulate;
    this.#matrices.writeOne(this.#places[0]!);
    this.#weight = weight === undefined ? undefined : this.#matrices.right(weight, rows, n, k, this.#places[5]!);
  }

  /** `at` is what the kernel takes the derivative at. */
  add(dy: number, x: number, at: number, dx: number, rows: number): void {
    const [one, sums, transposed, inputs, panels] = this.#places as [number, number, number, number, number];
    const { dWeight, dBias } = this.#targets;
    const { k, n } = this.#sizes;
    const matrices = this.#matrices;
    const { size } = matrices;
    inParts(rows, ROWS_OF_BACKWARD, (first, some) => {
      let dz = dy + first * n * size;
      if (this.#kernel) {
        this.#kernel(dz, at + first * n * size, sums, some * n);
        dz = sums;
      }
      if (dWeight) {
        const right = matrices.right(x + first * k * size, n, some, k, inputs);
        matrices.multiply(matrices.leftTransposed(dz, n, some, k, transposed), right, this.#isBegun ? dWeight : 0, k, dWeight, n, some, k);
      }
      // The sum of the rows is their product with a row of ones.
      if (dBias) matrices.multiply([one, 0, 0], matrices.right(dz, 1, some, n, panels), this.#isBegun ? dBias : 0, 0, dBias, 1, some, n);
      if (this.#weight) matrices.multiply([dz, n, 1], this.#weight, 0, 0, dx + first * k * size, some, n, k);
      this.#isBegun = true;
    });
  }

  /** Where there were no rows, the sums are 0. */
  finish(): void {
    if (this.#isBegun) return;
    const { dWeight, dBias } = this.#targets;
    const { k, n } = this.#sizes;
    const none: Panels = [0, 0, 0];
    if (dWeight) this.#matrices.multiply([0, 0, 0], none, 0, 0, dWeight, n, 0, k);
    if (dBias) this.#matrices.multiply([0, 0, 0], none, 0, 0, dBias, 1, 0, n);
  }
}
