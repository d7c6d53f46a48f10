/** The allocator and the arrays in memory. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { type DisposableBackend, type NumericArray, WasmArray, createBackend } from '../src/index.js';
import { expectSame, failure, fillMemory, inMemory, ordinary, random } from './support.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Lets finalizers run, for as long as it takes them within reason. */
async function collected(until: () => boolean): Promise<boolean> {
  for (let round = 0; round < 100 && !until(); round++) {
    collectGarbage();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return until();
}

const grow = (backend: DisposableBackend): WasmArray<Float64Array> => backend.allocate(Float64Array, backend.memoryUsage().bytes / 8);

describe.each([['wasm', {}], ['javascript', { wasm: false }]] as const)('%s', (_, options) => {
  const started = (): Promise<DisposableBackend> => createBackend(options);

  describe('allocate and free', () => {
    it('10,000 times in any order: aligned, zeroed, no two in one place, and nothing is left', async () => {
      const backend = await started();
      const start = backend.memoryUsage();
      const next = random(7);
      const types = [Float32Array, Float64Array, Int32Array];
      const live: { array: WasmArray<NumericArray>; mark: number }[] = [];
      const release = (at: number): void => {
        const [{ array, mark }] = live.splice(at, 1) as [{ array: WasmArray<NumericArray>; mark: number }];
        if (!array.data.every((value) => value === mark)) expect.fail(`the array at ${array.pointer} was written to from outside`);
        array.free();
      };
      for (let mark = 1; mark <= 10000; mark++) {
        const type = types[mark % 3]!;
        const array: WasmArray<NumericArray> = backend.allocate<NumericArray>(type, Math.floor(next() ** 4 * 3000));
        if (array.pointer % 16 !== 0 || !array.data.every((value) => value === 0)) expect.fail('not aligned or not zeroed');
        array.data.fill(mark);
        live.push({ array, mark });
        while (live.length > 60 * next()) release(Math.floor(next() * live.length));
      }
      const ranges = live.map(({ array: { pointer, data } }) => [pointer, pointer + data.byteLength] as const).sort(([a], [b]) => a - b);
      ranges.forEach(([, end], i) => { if (i + 1 < ranges.length) expect(end).toBeLessThanOrEqual(ranges[i + 1]![0]); });
      expect(backend.memoryUsage().arrays).toBe(start.arrays + live.length);
      while (live.length > 0) release(0);
      const { bytes, ...rest } = backend.memoryUsage();
      expect(rest).toEqual({ used: start.used, arrays: start.arrays, free: start.free + bytes - start.bytes });
      // In one piece again: all of it can be had at once.
      fillMemory(backend, 512);
      expect(backend.memoryUsage().bytes).toBe(bytes);
    });

    const orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    it.each(orders)('neighbours freed in the order %i, %i, %i are one block again', async (...order) => {
      const backend = await started();
      const arrays = [0, 1, 2].map(() => backend.allocate(Float32Array, 1000));
      fillMemory(backend, 512);
      const { bytes } = backend.memoryUsage();
      for (const i of order) arrays[i]!.free();
      backend.allocate(Float32Array, 2900);
      expect(backend.memoryUsage().bytes).toBe(bytes);
    });

    it('counts what is in use', async () => {
      const backend = await started();
      const before = backend.memoryUsage();
      expect(before).toMatchObject({ used: 0, arrays: 0 });
      const array = backend.allocate(Float64Array, 1000);
      const after = backend.memoryUsage();
      expect(after.arrays).toBe(1);
      expect(after.used).toBeGreaterThanOrEqual(8000);
      expect(after.used + after.free).toBe(before.free);
      array.free();
      expect(backend.memoryUsage()).toEqual(before);
    });

    it('an array of nothing is an array', async () => {
      const backend = await started();
      const array = backend.allocate(Float32Array, 0);
      expect(array.data).toHaveLength(0);
      expect(backend.sigmoid(array)).toHaveLength(0);
      array.free();
    });
  });

  describe('a WasmArray', () => {
    it('has a live view, also after the memory grew', async () => {
      const backend = await started();
      const array = inMemory(backend, ordinary(Float32Array, 1000));
      const { data, pointer } = array;
      expect(array.data).toBe(data);
      const before = backend.memoryUsage().bytes;
      const large = grow(backend);
      expect(backend.memoryUsage().bytes).toBeGreaterThan(before);
      expect(array.pointer).toBe(pointer);
      expect(array.data === data).toBe(false);
      expectSame(array.data, ordinary(Float32Array, 1000));
      array.data.fill(2);
      expectSame(backend.relu(array).data, new Float32Array(1000).fill(2));
      expectSame(backend.wrap(Float32Array, pointer, 3).data, [2, 2, 2]);
      large.free();
    });

    it('a view from before the memory grew is refused', async () => {
      const backend = await started();
      const array = backend.allocate(Float32Array, 4);
      const { data } = array;
      grow(backend);
      failure((out) => backend.sigmoid(data, { out }), TypeError, 'sigmoid: ', 'x', 'detached', '.data', 'again');
      failure(() => backend.sigmoid(Float32Array.of(1, 2, 3, 4), { out: data }), TypeError, 'sigmoid: ', 'out', 'detached', '.data', 'again');
      expectSame(array.data, [0, 0, 0, 0]);
    });

    it('knows its type, its length and whether it was freed', async () => {
      const backend = await started();
      for (const type of [Float32Array, Float64Array, Int32Array]) {
        const array = backend.allocate<NumericArray>(type, 5);
        expect(array).toBeInstanceOf(WasmArray);
        expect(array.type).toBe(type);
        expect(array).toHaveLength(5);
        expect(array.data).toBeInstanceOf(type);
        expect(array.freed).toBe(false);
        array.free();
        expect(array.freed).toBe(true);
      }
    });

    it('is given back at the end of a block, and only once', async () => {
      const backend = await started();
      const array = backend.allocate(Float32Array, 100);
      array[Symbol.dispose]();
      expect(array.freed).toBe(true);
      const next = backend.allocate(Float32Array, 100);
      array[Symbol.dispose]();
      expect(backend.memoryUsage().arrays).toBe(1);
      next.free();
      expect(backend.memoryUsage().arrays).toBe(0);
    });

    it('that wraps elements does not own them', async () => {
      const backend = await started();
      const array = inMemory(backend, Float64Array.of(1, 2, 3, 4));
      const part = backend.wrap(Float64Array, array.pointer + 8, 2);
      part.data[0] = 9;
      expectSame(array.data, [1, 9, 3, 4]);
      part.free();
      expect(part.freed).toBe(true);
      expect(backend.memoryUsage().arrays).toBe(1);
      expectSame(array.data, [1, 9, 3, 4]);
    });

    it('that is forgotten is reclaimed', async () => {
      const backend = await started();
      const before = backend.memoryUsage();
      // In a function of its own, whose frame holds the last one.
      const forget = (i: number): void => {
        const array = backend.allocate(Float32Array, 10);
        backend.wrap(Float32Array, array.pointer, 10);
        // One of two was freed before: it is not given back again.
        if (i % 2 === 0) array.free();
      };
      for (let i = 0; i < 100; i++) forget(i);
      expect(await collected(() => backend.memoryUsage().arrays === 0)).toBe(true);
      expect(backend.memoryUsage()).toEqual(before);
    });

    it('lives as long as a view of it', async () => {
      const backend = await started();
      const views = Array.from({ length: 20 }, (__, i) => inMemory(backend, Float32Array.of(i, i + 1)).data);
      const forget = (): unknown => backend.allocate(Float32Array, 1);
      forget();
      // When this one is gone, the others would have been.
      expect(await collected(() => backend.memoryUsage().arrays <= 20)).toBe(true);
      expect(backend.memoryUsage().arrays).toBe(20);
      views.forEach((view, i) => { expectSame(view, [i, i + 1]); });
      views.length = 0;
      expect(await collected(() => backend.memoryUsage().arrays === 0)).toBe(true);
    });
  });

  it('a backend that was disposed does nothing any more, and others go on', async () => {
    const backend = await started();
    const other = await started();
    const array = inMemory(other, Float32Array.of(1));
    backend.dispose();
    backend.dispose();
    const one = Float32Array.of(1);
    const { allocate, argmax, memoryUsage, relu, sigmoid } = backend;
    for (const use of [() => sigmoid(1), () => relu(one), () => argmax(one), () => allocate(Float32Array, 1), () => memoryUsage()]) {
      expect(use).toThrow('disposed');
    }
    expectSame(other.relu(array).data, [1]);
  });
});
