/** A module of one function "f" (x, y): a lane of `f32x4.relaxed_madd` of x, x and y. */
const MULTIPLY_ADD = Uint8Array.of(
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 7, 1, 0x60, 2, 0x7d, 0x7d, 1, 0x7d, 3, 2, 1, 0, 7, 5, 1, 1, 0x66, 0, 0,
  10, 22, 1, 20, 0, 0x20, 0, 0xfd, 0x13, 0x20, 0, 0xfd, 0x13, 0x20, 1, 0xfd, 0x13, 0xfd, 0x85, 2, 0xfd, 0x1f, 0, 0x0b,
);

/**
 * Throws where the relaxed kernels had better not run. Where the processor does not multiply and add in one step they are no
 * faster than the others, and V8 13.6 makes wrong code of them for processors that have no AVX either.
 */
export function requireRelaxedSimd(): void {
  if (!WebAssembly.validate(MULTIPLY_ADD)) throw new Error('the engine has no relaxed SIMD');
  const { f } = new WebAssembly.Instance(new WebAssembly.Module(MULTIPLY_ADD)).exports as { f: (x: number, y: number) => number };
  // The last bit of the square, which a product that is rounded has lost.
  const x = 1 + 2 ** -12;
  if (f(x, -Math.fround(x * x)) === 0) throw new Error('the processor does not multiply and add in one step');
}
