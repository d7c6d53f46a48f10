/** The element types of safetensors files, and how their elements become floats. */
import type { FloatTypedArray } from '../numeric.js';

export interface ElementType {
  readonly size: number;
  readonly read: (bytes: Uint8Array) => FloatTypedArray;
}

const widened = (elements: ArrayLike<number>): Float64Array => new Float64Array(elements);

/**
 * All become the float type that holds them exactly, integers too: a counter, such as BatchNorm's num_batches_tracked,
 * shall not keep the weights beside it from being read.
 */
export const elementTypes: ReadonlyMap<unknown, ElementType> = new Map([
  ['F64', elementType(Float64Array, (elements) => elements)],
  ['F32', elementType(Float32Array, (elements) => elements)],
  ['BF16', elementType(Uint16Array, (elements) => new Float32Array(Uint32Array.from(elements, (bits) => bits << 16).buffer))],
  ['F16', elementType(Uint16Array, (elements) => Float32Array.from(elements, halfPrecision))],
  ['I64', elementType(BigInt64Array, (elements) => Float64Array.from(elements, exactly))],
  ['U64', elementType(BigUint64Array, (elements) => Float64Array.from(elements, exactly))],
  ['I32', elementType(Int32Array, widened)],
  ['U32', elementType(Uint32Array, widened)],
  ['I16', elementType(Int16Array, widened)],
  ['U16', elementType(Uint16Array, widened)],
  ['I8', elementType(Int8Array, widened)],
  ['U8', elementType(Uint8Array, widened)],
  ['BOOL', elementType(Uint8Array, widened)],
]);

function elementType<E>(array: { readonly BYTES_PER_ELEMENT: number; new (buffer: ArrayBufferLike, offset: number, length: number): E }, floats: (elements: E) => FloatTypedArray): ElementType {
  const size = array.BYTES_PER_ELEMENT;
  const read = (bytes: Uint8Array): FloatTypedArray => {
    const { buffer, byteOffset, length } = bytes.byteOffset % size === 0 ? bytes : bytes.slice();
    return floats(new array(buffer, byteOffset, length / size));
  };
  return { size, read };
}

function exactly(integer: bigint): number {
  const number = Number(integer);
  if (BigInt(number) !== integer) throw new Error(`float64 does not hold ${integer}`);
  return number;
}

function halfPrecision(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 0x3ff;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}
