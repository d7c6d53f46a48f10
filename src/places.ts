import { WasmArray } from './arrays.js';
import type { Heap } from './heap.js';

// The short way of a call whose arrays are all in the heap. What is not as it should be goes the long way, which has the errors.

/** Of what is not an array in wasm memory, no length is looked for. */
export const lengthOf = (array: unknown): number => (array instanceof WasmArray ? array.length : NaN);

/** Of what is not a number, no size is made. */
export const numberOf = (size: unknown): number => (typeof size === 'number' ? size : NaN);

/**
 * The addresses of arrays, so many `inputs` and then the outputs: 0 for inputs that are undefined and outputs that are `unwanted`. Or
 * undefined, unless all others are arrays in the heap, of the type and of their `lengths`, and no output shares memory with another.
 */
export function placesOf(heap: Heap, type: unknown, arrays: readonly unknown[], lengths: readonly number[], inputs: number, unwanted: null | undefined): number[] | undefined {
  if (type === Int32Array) return undefined;
  const places: number[] = [];
  for (let i = 0; i < arrays.length; i++) {
    const array = arrays[i];
    const length = lengths[i]!;
    if (array === (i < inputs ? undefined : unwanted)) {
      places.push(0);
      continue;
    }
    if (!(array instanceof WasmArray) || array.freed || !array.isIn(heap) || array.type !== type || array.length !== length || length === 0) return undefined;
    const { pointer } = array;
    if (i >= inputs) {
      const size = array.type.BYTES_PER_ELEMENT;
      for (let j = 0; j < i; j++) if (pointer < places[j]! + lengths[j]! * size && places[j]! < pointer + length * size && places[j] !== 0) return undefined;
    }
    places.push(pointer);
  }
  return places;
}
