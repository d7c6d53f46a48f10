import { messageOf, operations, scriptEngine, wasmFeatures, wasmMemory } from './backend.js';
import { Engine, type Features } from './engine.js';
import { ScriptMemory } from './fallback/memory.js';
import { INITIAL_PAGES } from './heap.js';
import { inlined, kernelsFrom, kernelsSync } from './wasm/instantiate.js';

let engine: Engine | undefined;
let settled: Promise<Features> | undefined;
/** The memory wasm may still take over, if it could not be compiled at once. */
let waiting: WebAssembly.Memory | undefined;

/** The default backend's engine, started at the first call: importing the package does nothing. */
function started(): Engine {
  return (engine ??= start());
}

function start(): Engine {
  let memory: WebAssembly.Memory;
  try {
    memory = wasmMemory();
  } catch (error) {
    return scriptEngine(new ScriptMemory(INITIAL_PAGES), messageOf(error));
  }
  try {
    const kernels = kernelsSync(inlined(), memory);
    return new Engine(memory, kernels, wasmFeatures(kernels));
  } catch (error) {
    waiting = memory;
    return scriptEngine(memory, messageOf(error));
  }
}

async function settle(): Promise<Features> {
  const current = started();
  if (waiting) {
    try {
      const kernels = await kernelsFrom(inlined(), waiting);
      current.replaceKernels(kernels, wasmFeatures(kernels));
    } catch (error) {
      current.replaceKernels(current.kernels, { ...current.features, reason: messageOf(error) });
    }
    waiting = undefined;
  }
  return current.features;
}

export const backend = operations(started);

/**
 * Settles when the default backend is what it will be: at once, except where an engine refuses to compile wasm
 * synchronously. There the functions run in JavaScript until this is awaited.
 */
export const ready: PromiseLike<Features> = {
  then: (fulfilled, rejected) => (settled ??= settle()).then(fulfilled, rejected),
};
