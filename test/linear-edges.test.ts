/** What stands before and after the operands of the linear layer, the matrix product and the steps of descent: it is neither read nor written. */
import { describe, expect, it } from 'vitest';
import { type Backend, type DisposableBackend, type FloatArray, type FloatTypedArray, WasmArray, createBackend } from '../src/index.js';
import { backends } from './backends.js';
import { FLOAT_TYPES, type FloatType, elements, expectSame, fillMemory, inMemory, ordinary } from './support.js';

/** Arrays by what they are to an operation, and the operation, which writes some of them. */
interface Call {
  readonly name: string;
  readonly arrays: Readonly<Record<string, FloatTypedArray>>;
  readonly run: (backend: Backend, arrays: Readonly<Record<string, FloatArray>>) => unknown;
}

function calls(type: FloatType, m: number, k: number, n: number): Call[] {
  const sizes = { rows: m, inFeatures: k, outFeatures: n };
  const [x, weight, bias, dy] = [ordinary(type, m * k, 1), ordinary(type, n * k, 2), ordinary(type, n, 3), ordinary(type, m * n, 4)];
  const forward = { x, weight, bias, z: new type(m * n), out: new type(m * n) };
  const backward = { dy, x, weight, z: ordinary(type, m * n, 5), dx: new type(m * k), dWeight: ordinary(type, n * k, 6), dBias: ordinary(type, n, 7) };
  const steps = { weight, gradient: ordinary(type, n * k, 8), velocity: ordinary(type, n * k, 9), mean: ordinary(type, n * k, 10), variance: ordinary(type, n * k, 11).map(Math.abs) };
  return [
    { name: 'linear', arrays: forward, run: (backend, { x, weight, bias, z, out }) => backend.linear(x!, weight!, bias, { ...sizes, activation: 'gelu', z, out: out! }) },
    {
      name: 'linear with packed weights', arrays: forward,
      run(backend, { x, weight, bias, out }) {
        const packed = backend.packWeights(weight!, sizesOf(sizes));
        backend.linear(x!, packed, bias, { rows: m, out: out! });
        packed.free();
      },
    },
    {
      name: 'linear.backward', arrays: backward,
      run: (backend, { dy, x, weight, z, ...out }) => backend.linear.backward(dy!, x!, weight!, { ...sizes, activation: 'silu', z, out, accumulate: true }),
    },
    ...[[false, false], [true, false], [false, true], [true, true]].map(([transposeA, transposeB]): Call => ({
      name: `matmul ${transposeA} ${transposeB}`, arrays: { x, weight, out: forward.out },
      run: (backend, { x, weight, out }) => backend.matmul(x!, weight!, { m, k, n, transposeA, transposeB, out: out! }),
    })),
    {
      name: 'gradientStep', arrays: steps,
      run: (backend, { weight, gradient, velocity }) => backend.gradientStep(weight!, gradient!, { learningRate: 0.1, momentum: 0.9, velocity, weightDecay: 0.01, nesterov: true }),
    },
    {
      name: 'adamStep', arrays: steps,
      run: (backend, { weight, gradient, mean, variance }) => backend.adamStep(weight!, gradient!, { mean: mean!, variance: variance!, step: 3, weightDecay: 0.01 }),
    },
  ];
}

const sizesOf = ({ inFeatures, outFeatures }: { inFeatures: number; outFeatures: number }): object => ({ inFeatures, outFeatures });

/** What the arrays are after the call on copies of them. */
function expected(backend: Backend, { arrays, run }: Call): Record<string, FloatTypedArray> {
  const copies = Object.fromEntries(Object.entries(arrays).map(([name, values]) => [name, values.slice()]));
  run(backend, copies);
  return copies;
}

const SIZES = [[1, 1, 1], [3, 5, 7], [5, 7, 3], [4, 4, 8], [7, 3, 5], [1, 9, 33], [1, 4, 130], [6, 2, 17], [65, 3, 9], [130, 11, 70], [131, 70, 11]] as const;

describe.each(backends)('$name', ({ backend }) => {
  const started = (): Promise<DisposableBackend> => createBackend(backend.features.backend === 'wasm' ? {} : { wasm: false });

  describe.each(FLOAT_TYPES.map((type) => ({ name: type.name, type })))('$name', ({ type }) => {
    it.each([NaN, Infinity, -Infinity])('%d between the arrays does not leak, and stays', (poison) => {
      for (const [m, k, n] of SIZES) {
        for (const call of calls(type, m, k, n)) {
          const results = expected(backend, call);
          // All in one block, odd numbers of elements apart.
          const entries = Object.entries(call.arrays);
          const block = backend.allocate(type, entries.reduce((sum, [, { length }]) => sum + length + 3, 3));
          const image = new type(block.length).fill(poison);
          const parts: Record<string, FloatArray> = {};
          let at = 3;
          for (const [name, values] of entries) {
            parts[name] = backend.wrap(type, block.pointer + at * type.BYTES_PER_ELEMENT, values.length) as FloatArray;
            image.set(values, at);
            at += values.length + 3;
          }
          block.data.set(image);
          call.run(backend, parts);
          at = 3;
          for (const [name] of entries) {
            expectSame(elements(parts[name]!), results[name]!, `${name} of ${call.name} ${m} x ${k} x ${n}`);
            image.set(results[name]!, at);
            at += results[name]!.length + 3;
          }
          expectSame(block.data, image, `around those of ${call.name} ${m} x ${k} x ${n}`);
          block.free();
        }
      }
    });

    it('any array may end where the memory ends', () => {
      for (const [m, k, n] of SIZES) {
        for (const call of calls(type, m, k, n)) {
          const results = expected(backend, call);
          for (const last of Object.keys(call.arrays)) {
            const places = Object.entries(call.arrays).map(([name, values]) => {
              if (name !== last) return [name, inMemory(backend, values)] as const;
              const place = backend.wrap(type, backend.memoryUsage().bytes - values.byteLength, values.length);
              place.data.set(values);
              return [name, place] as const;
            });
            call.run(backend, Object.fromEntries(places) as unknown as Record<string, FloatArray>);
            for (const [name, array] of places) {
              expectSame(array.data, results[name]!, `${name} of ${call.name} ${m} x ${k} x ${n}, ${last} last`);
              array.free();
            }
          }
        }
      }
    });

    it('views of the memory that grows within a call: what is returned is live and holds the result', async () => {
      const [m, k, n] = [300, 70, 130];
      const sizes = { rows: m, inFeatures: k, outFeatures: n };
      const [x, weight, bias, dy] = [ordinary(type, m * k, 1), ordinary(type, n * k, 2), ordinary(type, n, 3), ordinary(type, m * n, 4)];
      const y = backend.linear(x, weight, bias, { activation: 'tanh' });
      const z = backend.linear(x, weight, bias);
      const ab = backend.matmul(x, weight, { m, k, n });
      const gradients = backend.linear.backward(dy, x, weight, sizes);
      const grown = async (run: (own: Backend, out: FloatTypedArray) => FloatTypedArray, length: number, after: FloatTypedArray): Promise<void> => {
        const own = await started();
        const out = own.allocate(type, length);
        fillMemory(own, 64);
        const { bytes } = own.memoryUsage();
        const { data } = out;
        const result = run(own, data);
        expect(own.memoryUsage().bytes).toBeGreaterThan(bytes);
        expect(data).toHaveLength(0);
        expectSame(result, after);
        expectSame(out.data, after);
        expect(result.buffer).toBe(out.data.buffer);
        own.dispose();
      };
      await grown((own, out) => own.linear(x, weight, bias, { activation: 'tanh', out }), m * n, y);
      await grown((own, out) => own.matmul(x, weight, { m, k, n, out }), m * n, ab);
      for (const key of ['dx', 'dWeight', 'dBias'] as const) {
        await grown((own, out) => own.linear.backward(dy, x, weight, { ...sizes, out: { [key]: out } })[key], gradients[key].length, gradients[key]);
      }
      // An input, sums to be kept, and what the result is new beside.
      const own = await started();
      const [input, sums] = [inMemory(own, x), own.allocate(type, m * n)];
      const filling = fillMemory(own, 64);
      const { bytes } = own.memoryUsage();
      expectSame(own.linear(input.data, weight, bias, { activation: 'tanh', z: sums.data }), y);
      expectSame(sums.data, z);
      expect(own.memoryUsage().bytes).toBeGreaterThan(bytes);
      const fresh = own.linear(input as FloatArray, weight, bias) as unknown;
      expect(fresh).toBeInstanceOf(WasmArray);
      expectSame((fresh as WasmArray).data, z);
      expect(filling.freed).toBe(false);
    });

    it('what a call borrows it gives back', async () => {
      const own = await started();
      const before = own.memoryUsage();
      for (const [m, k, n] of [[300, 70, 130], [5, 700, 300]] as const) for (const call of calls(type, m, k, n)) expected(own, call);
      expect(own.memoryUsage()).toMatchObject({ used: before.used, arrays: 0 });
    });
  });
});
