import type { LinearMemory } from '../heap.js';
import type { FloatTypedArray } from '../numeric.js';

/** The elements from an address on. */
export type View = (pointer: number) => FloatTypedArray;

const PAGE = 65536;

/** What stands for a WebAssembly.Memory where there is none. */
export class ScriptMemory implements LinearMemory {
  buffer: ArrayBuffer;

  constructor(pages: number) {
    this.buffer = new ArrayBuffer(pages * PAGE);
  }

  grow(pages: number): number {
    const before = this.buffer;
    this.buffer = new ArrayBuffer(before.byteLength + pages * PAGE);
    new Uint8Array(this.buffer).set(new Uint8Array(before));
    const size = before.byteLength;
    // As with a WebAssembly.Memory, views from before must not pass for live ones.
    structuredClone(before, { transfer: [before] });
    return size / PAGE;
  }
}
