/** The element types there are kernels for, and those of indices. */
export type FloatTypedArray<B extends ArrayBufferLike = ArrayBufferLike> = Float32Array<B> | Float64Array<B>;
export type NumericArray<B extends ArrayBufferLike = ArrayBufferLike> = FloatTypedArray<B> | Int32Array<B>;

export interface NumericArrayConstructor<A extends NumericArray = NumericArray> {
  readonly BYTES_PER_ELEMENT: number;
  readonly name: string;
  new (length: number): A;
  new (buffer: ArrayBuffer, byteOffset: number, length: number): A;
}

/** The normal numbers of float32: below, digits are lost. */
export const [LEAST_SINGLE, MOST_SINGLE] = [2 ** -126, (2 - 2 ** -23) * 2 ** 127];
