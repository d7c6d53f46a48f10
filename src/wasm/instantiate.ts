import bytes from '#wasm';
import type { Kernels } from '../engine.js';

/** Where a kernel module may come from, beside the bytes that are part of the package. */
export type WasmSource = URL | string | Response | BufferSource | WebAssembly.Module;

const imports = (memory: WebAssembly.Memory) => ({ env: { memory } });

/** The deterministic kernel module, which is part of the package. */
export const inlined = (): Uint8Array<ArrayBuffer> => decoded(bytes);

/** The relaxed one, in a file of its own: who does not ask for it does not load it. */
export const inlinedRelaxed = async (): Promise<Uint8Array<ArrayBuffer>> => decoded((await import('#wasm-relaxed')).default);

function decoded(base64: string): Uint8Array<ArrayBuffer> {
  if (typeof Buffer !== 'undefined') return Buffer.from(base64, 'base64');
  const characters = atob(base64);
  const result = new Uint8Array(characters.length);
  // A loop: `from` with a function takes ten times as long.
  for (let i = 0; i < result.length; i++) result[i] = characters.charCodeAt(i);
  return result;
}

/**
 * Throws where the engine has no SIMD, forbids WebAssembly, or compiles only asynchronously. Without the loader, which would take
 * a sixth of the time from the import to the first result: to be imported itself, and to wrap every export.
 */
export function kernelsSync(source: BufferSource, memory: WebAssembly.Memory): Kernels {
  return checked(new WebAssembly.Instance(new WebAssembly.Module(source), imports(memory)));
}

/** The kernels of a module, compiled while it arrives where the engine can. By the loader, which nobody else has to wait for. */
export async function kernelsFrom(source: WasmSource, memory: WebAssembly.Memory): Promise<Kernels> {
  if (typeof source === 'string' || source instanceof URL) return kernelsFrom(await load(new URL(source, globalThis.document?.baseURI)), memory);
  const { instantiate, instantiateStreaming } = await import('@assemblyscript/loader');
  if (typeof Response !== 'undefined' && source instanceof Response) {
    if (!source.ok) throw new Error(`createBackend: wasm: ${source.url} answered ${source.status} ${source.statusText}`);
    // Engines stream this type only, and without parameters.
    const streams = source.headers.get('content-type')?.toLowerCase() === 'application/wasm';
    const module = streams ? await instantiateStreaming(source, imports(memory)) : await instantiate(await source.arrayBuffer(), imports(memory));
    return checked(module.instance);
  }
  if (!(source instanceof WebAssembly.Module) && !(source instanceof ArrayBuffer) && !ArrayBuffer.isView(source)) {
    throw new TypeError('createBackend: wasm must be a URL, a Response, an ArrayBuffer, a view of one or a WebAssembly.Module');
  }
  return checked((await instantiate(source, imports(memory))).instance);
}

/** A file through Node's file system, which its fetch does not read; anything else through fetch. */
async function load(url: URL): Promise<Response | Uint8Array<ArrayBuffer>> {
  if (url.protocol !== 'file:' || typeof process === 'undefined') return fetch(url);
  const { readFile } = process.getBuiltinModule('node:fs/promises');
  return Uint8Array.from(await readFile(url));
}

/** The loader's own copy of the exports wraps every function; the kernels are called as they are. */
function checked(instance: WebAssembly.Instance): Kernels {
  if (!('isRelaxed' in instance.exports)) throw new Error('createBackend: wasm is not the kernel module of this package');
  return instance.exports as Kernels;
}
