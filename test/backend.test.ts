/** Where the kernels come from, what runs where they cannot be had, and that backends keep to themselves. */
import { readFile } from 'node:fs/promises';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type DisposableBackend, type WasmSource, createBackend } from '../src/index.js';
import * as defaults from '../src/index.js';
import { hasRelaxedSimd } from './relaxed-simd.js';
import { expectSame, inMemory, mixed, ulps } from './support.js';

const FILE = new URL('../build/sigmoidal.wasm', import.meta.url);
const bytes = Uint8Array.from(await readFile(FILE));

/** Sends the module as the type in the path, or the status in it. */
let server: Server;
let origin: string;
const requests: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    const path = decodeURIComponent(request.url!.slice(1));
    requests.push(path);
    if (/^\d+$/.test(path)) response.writeHead(Number(path)).end('no module');
    else response.writeHead(200, path === '' ? {} : { 'content-type': path }).end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function expectWorking(backend: DisposableBackend): void {
  expect(backend.features).toMatchObject({ backend: 'wasm', simd: true, relaxedSimd: false, threads: 1 });
  expect(backend.features.reason).toBeUndefined();
  const x = mixed(Float32Array, 1000);
  expectSame(backend.sigmoid(x), defaults.sigmoid(x));
  expect(backend.memoryUsage().arrays).toBe(0);
}

describe('createBackend with wasm', () => {
  const embedded = new Uint8Array(bytes.length + 20);
  embedded.set(bytes, 10);
  const wasmType = { headers: { 'content-type': 'application/wasm' } };

  it.each<[string, () => WasmSource | undefined | Promise<WasmSource>]>([
    ['nothing', () => undefined],
    ['an ArrayBuffer', () => bytes.buffer],
    ['a Uint8Array', () => bytes],
    ['a part of an ArrayBuffer', () => embedded.subarray(10, 10 + bytes.length)],
    ['a WebAssembly.Module', () => new WebAssembly.Module(bytes)],
    ['a promised WebAssembly.Module', () => WebAssembly.compile(bytes)],
    ['a file URL', () => FILE],
    ['a file URL as a string', () => FILE.href],
    ['a URL', () => new URL(`${origin}/application%2Fwasm`)],
    ['a URL as a string', () => `${origin}/application%2Fwasm`],
    ['a URL that answers with parameters to the type', () => `${origin}/application%2Fwasm%3B%20charset=utf-8`],
    ['a URL that answers with another type', () => `${origin}/application%2Foctet-stream`],
    ['a URL that answers with no type', () => `${origin}/`],
    ['a Response', () => new Response(bytes, wasmType)],
    ['a Response of no type', () => new Response(bytes)],
    ['a fetched Response', () => fetch(`${origin}/application%2Fwasm`)],
  ])('%s', async (_, source) => {
    const wasm = await source();
    const backend = await createBackend(wasm === undefined ? {} : { wasm });
    expectWorking(backend);
    backend.dispose();
  });

  it('asks a URL once', async () => {
    requests.length = 0;
    await createBackend({ wasm: `${origin}/application%2Fwasm` });
    expect(requests).toEqual(['application/wasm']);
  });

  it.each([404, 500])('a URL that answers %i: an error that says so', async (status) => {
    await expect(createBackend({ wasm: `${origin}/${status}` })).rejects.toThrow(`createBackend: wasm: ${origin}/${status} answered ${status}`);
    await expect(createBackend({ wasm: new Response('', { status }) })).rejects.toThrow(`answered ${status}`);
  });

  it('what is no module, not this one, or not there', async () => {
    await expect(createBackend({ wasm: bytes.subarray(1) })).rejects.toThrow(/WebAssembly|wasm/);
    await expect(createBackend({ wasm: bytes.subarray(0, 1000) })).rejects.toThrow(/WebAssembly|wasm/);
    await expect(createBackend({ wasm: new Response('no module') })).rejects.toThrow(/WebAssembly|wasm/);
    const empty = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
    for (const wasm of [empty, new WebAssembly.Module(empty)]) {
      await expect(createBackend({ wasm })).rejects.toThrow('createBackend: wasm is not the kernel module of this package');
    }
    await expect(createBackend({ wasm: new URL('absent.wasm', FILE) })).rejects.toThrow('absent.wasm');
  });

  it.each([['null', null], ['true', true], ['5', 5], ['an array', [0]], ['an object', {}]])('%s: a TypeError', async (_, wasm) => {
    await expect(createBackend({ wasm: wasm as never })).rejects.toThrow(TypeError);
    await expect(createBackend({ wasm: wasm as never })).rejects.toThrow('createBackend: wasm must be');
  });

  it.each([['null', null], ['"yes"', 'yes'], ['1', 1], ['an Object', {}]])('relaxedSimd: %s: a TypeError', async (came, relaxedSimd) => {
    await expect(createBackend({ relaxedSimd: relaxedSimd as never })).rejects.toThrow(TypeError);
    await expect(createBackend({ relaxedSimd: relaxedSimd as never })).rejects.toThrow(`createBackend: relaxedSimd must be false, true or 'auto', got ${came}`);
  });

  it('other options: a TypeError', async () => {
    await expect(createBackend({ threads: 4 } as never)).rejects.toThrow('createBackend: there is no option threads');
    await expect(createBackend(null as never)).rejects.toThrow(TypeError);
    await expect(createBackend(5 as never)).rejects.toThrow('createBackend: the options must be an object, got 5');
  });

  it('false: in JavaScript', async () => {
    const backend = await createBackend({ wasm: false });
    const reason = expect.stringContaining('wasm: false') as string;
    expect({ ...backend.features }).toEqual({ backend: 'javascript', simd: false, relaxedSimd: false, threads: 1, reason });
    expect(backend.sigmoid(8)).toBe(0.9996646498695336);
  });
});

describe('relaxed SIMD', () => {
  const relaxedFile = new URL('../build/sigmoidal-relaxed.wasm', import.meta.url);
  const plain = { backend: 'wasm', simd: true, relaxedSimd: false, threads: 1 };

  afterEach(() => {
    vi.restoreAllMocks();
  });

  it.each([undefined, false])('%s: the deterministic build, to the bit', async (relaxedSimd) => {
    const sg = await createBackend(relaxedSimd === undefined ? {} : { relaxedSimd });
    expect({ ...sg.features }).toEqual({ ...plain, reason: undefined });
    const x = mixed(Float32Array, 1000);
    for (const f of [sg.tanh, sg.gelu, sg.softplus]) expectSame(f(x), defaults.activations[f.info.name as 'tanh'](x));
  });

  it.runIf(hasRelaxedSimd).each(['auto', true] as const)('%s: the relaxed build where there is relaxed SIMD', async (relaxedSimd) => {
    const sg = await createBackend({ relaxedSimd });
    expect({ ...sg.features }).toEqual({ ...plain, relaxedSimd: true, reason: undefined });
    expect(sg.sigmoid(0)).toBe(0.5);
    // Some last bits tell the builds apart.
    const x = mixed(Float64Array, 1000);
    const [relaxed, deterministic] = [sg.erf(x), defaults.erf(x)];
    expect(relaxed.some((y, i) => y !== deterministic[i])).toBe(true);
    relaxed.forEach((y, i) => expect(ulps(Float64Array, y, deterministic[i]!)).toBeLessThanOrEqual(4));
  });

  describe.each([
    ['in an engine without', 'the engine has no relaxed SIMD', () => vi.spyOn(WebAssembly, 'validate').mockReturnValue(false)],
    ['on a processor that does not fuse', 'the processor does not multiply and add in one step', () => {
      vi.spyOn(WebAssembly, 'Instance').mockImplementation(function () {
        return { exports: { f: () => 0 } };
      });
    }],
  ])('%s', (_, message, without) => {
    it('auto: the deterministic build, and the reason', async () => {
      without();
      const sg = await createBackend({ relaxedSimd: 'auto' });
      expect({ ...sg.features }).toEqual({ ...plain, reason: `relaxedSimd: ${message}` });
      expectSame(sg.gelu(Float32Array.of(-1, 2)), defaults.gelu(Float32Array.of(-1, 2)));
    });

    it('true: an error', async () => {
      without();
      await expect(createBackend({ relaxedSimd: true })).rejects.toThrow(`createBackend: relaxedSimd is true, but ${message}`);
    });
  });

  it('with wasm: false: an error, JavaScript with auto', async () => {
    await expect(createBackend({ wasm: false, relaxedSimd: true })).rejects.toThrow('createBackend: relaxedSimd is true, but wasm is false');
    for (const relaxedSimd of [false, 'auto'] as const) {
      expect((await createBackend({ wasm: false, relaxedSimd })).features).toMatchObject({ backend: 'javascript', relaxedSimd: false });
    }
  });

  it('of a module that is given: the module decides, and may not be the other one', async () => {
    for (const options of [{}, { relaxedSimd: false }, { relaxedSimd: 'auto' }] as const) {
      expect({ ...(await createBackend({ wasm: FILE, ...options })).features }).toEqual({ ...plain, reason: undefined });
    }
    const other = 'createBackend: relaxedSimd is true, but wasm is the deterministic build';
    await expect(createBackend({ wasm: FILE, relaxedSimd: true })).rejects.toThrow(other);
  });

  it.runIf(hasRelaxedSimd)('of the relaxed module that is given: the same', async () => {
    for (const options of [{}, { relaxedSimd: true }, { relaxedSimd: 'auto' }] as const) {
      expect({ ...(await createBackend({ wasm: relaxedFile, ...options })).features }).toEqual({ ...plain, relaxedSimd: true, reason: undefined });
    }
    const other = 'createBackend: relaxedSimd is false, but wasm is the relaxed build';
    await expect(createBackend({ wasm: relaxedFile, relaxedSimd: false })).rejects.toThrow(other);
    vi.spyOn(WebAssembly, 'validate').mockReturnValue(false);
    await expect(createBackend({ wasm: relaxedFile })).rejects.toThrow('createBackend: wasm is the relaxed build: the engine has no relaxed SIMD');
  });
});

describe('backends', () => {
  it('the default one runs wasm', async () => {
    expect(await defaults.ready).toBe(await defaults.ready);
    expect({ ...(await defaults.ready) }).toMatchObject({ backend: 'wasm', simd: true });
    expect(defaults.features.backend).toBe('wasm');
  });

  it('share neither memory nor parameters', async () => {
    const [a, b] = [await createBackend(), await createBackend()];
    const [x, y] = [inMemory(a, Float32Array.of(-1, 1)), inMemory(b, Float32Array.of(-8, 8))];
    expect(x.pointer).toBe(y.pointer);
    expectSame(x.data, [-1, 1]);
    for (let i = 0; i < 3; i++) {
      expectSame(a.leakyRelu(x, { alpha: 0.5 }).data, [-0.5, 1]);
      expectSame(b.leakyRelu(y, { alpha: 0.25 }).data, [-2, 8]);
      expectSame(a.hardTanh(x, { max: 0.5 }).data, [-1, 0.5]);
      expectSame(b.hardTanh(y).data, [-1, 1]);
    }
    expect(a.memoryUsage().arrays).toBe(7);
    expect(a.sigmoid).not.toBe(b.sigmoid);
  });

  it.each([['wasm', {}], ['javascript', { wasm: false }]] as const)('%s: parameters hold for one call', async (_, options) => {
    const sg = await createBackend(options);
    for (let i = 0; i < 3; i++) {
      expect(sg.leakyRelu(-1)).toBe(-0.01);
      expect(sg.leakyRelu(-1, { alpha: 0.5 })).toBe(-0.5);
      expect(sg.relu(-1)).toBe(0);
      expect(sg.leakyRelu(-1)).toBe(-0.01);
      expect(sg.leakyRelu(-1, { alpha: 0.5 })).toBe(-0.5);
      expect(sg.heaviside(0)).toBe(0.5);
      expect(sg.leakyRelu(-1, { alpha: 0.5 })).toBe(-0.5);
      expect(sg.hardTanh(-9, { min: -2, max: 3 })).toBe(-2);
      expect(sg.hardTanh(-9)).toBe(-1);
      expect(() => sg.hardTanh(-9, { min: 5 })).toThrow(RangeError);
      expect(sg.hardTanh(-9)).toBe(-1);
      expectSame(sg.leakyRelu(Float32Array.of(-1), { alpha: 0.5 }), [-0.5]);
    }
    // An object that was changed is read again.
    const changing = { alpha: 0.5 };
    expect(sg.leakyRelu(-1, changing)).toBe(-0.5);
    changing.alpha = 0.25;
    expect(sg.leakyRelu(-1, changing)).toBe(-0.25);
  });
});

describe('the default backend', () => {
  type Package = typeof defaults;
  const real = WebAssembly;

  /** The package anew, as if in an engine with this in place of WebAssembly. */
  async function importWith(webAssembly: unknown): Promise<Package> {
    vi.stubGlobal('WebAssembly', webAssembly);
    vi.resetModules();
    return import('../src/index.js');
  }

  /** WebAssembly with some of it replaced. */
  const altered = (members: Record<string, unknown>): unknown =>
    Object.create(real, Object.fromEntries(Object.entries(members).map(([name, value]) => [name, { value }]))) as unknown;

  const refused = 'WebAssembly.Module is disallowed on the main thread, if the buffer size is larger than 4KB';
  function RefusingModule(): void {
    throw new RangeError(refused);
  }

  afterEach(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
  });

  it('importing the package does nothing; the first call does', async () => {
    const asked: PropertyKey[] = [];
    const sg = await importWith(new Proxy(real, {
      get(target, name) {
        asked.push(name);
        return Reflect.get(target, name) as unknown;
      },
    }));
    expect(asked).toEqual([]);
    expect(sg.sigmoid(0)).toBe(0.5);
    expect(asked).toContain('Memory');
    expect(asked).toContain('Instance');
    asked.length = 0;
    sg.relu(Float32Array.of(1));
    expect(asked).toEqual([]);
  });

  it('where wasm may not be compiled synchronously: JavaScript at first, wasm once `ready` was awaited', async () => {
    const sg = await importWith(altered({ Module: RefusingModule }));
    const x = inMemory(sg, Float32Array.of(-2, 0, 3));
    const options = { alpha: 0.5 };
    expect(sg.features).toMatchObject({ backend: 'javascript', simd: false, reason: refused });
    expectSame(sg.leakyRelu(x, options).data, [-1, 0, 3]);
    expect(sg.leakyRelu(-1)).toBe(-0.01);
    const { pointer } = x;
    const before = sg.memoryUsage();

    expect((await sg.ready).backend).toBe('wasm');
    expect({ ...sg.features }).toEqual({ backend: 'wasm', simd: true, relaxedSimd: false, threads: 1, reason: undefined });
    expect(sg.memoryUsage()).toEqual(before);
    expect(x.pointer).toBe(pointer);
    // Parameters of before are no news to JavaScript's kernels, but to those of wasm.
    expect(sg.leakyRelu(-1)).toBe(-0.01);
    expectSame(x.data, [-2, 0, 3]);
    expectSame(sg.leakyRelu(x, options).data, [-1, 0, 3]);
    expectSame(sg.sigmoid(x).data, defaults.sigmoid(Float32Array.of(-2, 0, 3)));
    const large = sg.allocate(Float64Array, 100_000);
    expectSame(x.data, [-2, 0, 3]);
    large.free();
    x.free();
    expect(await sg.ready).toBe(await sg.ready);
  });

  it('where wasm may not be compiled at all: JavaScript, also after `ready`, and the reason', async () => {
    const sg = await importWith(altered({ Module: RefusingModule, instantiate: () => Promise.reject(new Error('blocked by CSP')) }));
    const x = inMemory(sg, Float32Array.of(-2, 0, 3));
    expectSame(sg.relu(x).data, [0, 0, 3]);
    expect({ ...(await sg.ready) }).toMatchObject({ backend: 'javascript', reason: 'blocked by CSP' });
    expect(sg.features).toMatchObject({ backend: 'javascript', reason: 'blocked by CSP' });
    expectSame(sg.relu(x).data, [0, 0, 3]);
    expect((await sg.createBackend()).features).toMatchObject({ backend: 'javascript', reason: 'blocked by CSP' });
    await expect(sg.createBackend({ wasm: bytes })).rejects.toThrow('blocked by CSP');
  });

  it('where there is no WebAssembly: JavaScript', async () => {
    const sg = await importWith(undefined);
    const x = mixed(Float64Array, 300);
    const stored = inMemory(sg, x);
    expect(sg.features.backend).toBe('javascript');
    expect(sg.features.reason).toMatch(/./);
    const own = await sg.createBackend();
    expect(own.features.backend).toBe('javascript');
    expect(own.features.reason).toMatch(/./);
    expectSame(sg.hardTanh(stored).data, defaults.hardTanh(x));
    expectSame(sg.softmax(Float32Array.of(1, 1)), [0.5, 0.5]);
    expectSame(sg.matmul(Float32Array.of(1, 2), Float32Array.of(3, 4), { k: 2 }), [11]);
    expect(sg.softmaxCrossEntropy(Float32Array.of(1, 1), Int32Array.of(0), { columns: 2 }).loss).toBeCloseTo(Math.LN2, 6);
    expect(sg.allocate(Float32Array, 1_000_000).data).toHaveLength(1_000_000);
    expectSame(stored.data, x);
    expect((await sg.ready).backend).toBe('javascript');
    await expect(sg.createBackend({ wasm: bytes })).rejects.toThrow();
  });

  it('`ready` does not need a call before it', async () => {
    const sg = await importWith(altered({ Module: RefusingModule }));
    await sg.ready;
    expect(sg.features.backend).toBe('wasm');
  });
});
