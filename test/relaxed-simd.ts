/** Whether the relaxed kernels can be tested here: Node 20 has relaxed SIMD behind a flag. */
import { setFlagsFromString } from 'node:v8';
import { requireRelaxedSimd } from '../src/wasm/relaxed-simd.js';

function isThere(): boolean {
  try {
    requireRelaxedSimd();
    return true;
  } catch {
    return false;
  }
}

if (process.version.startsWith('v20.')) setFlagsFromString('--experimental-wasm-relaxed-simd');

export const hasRelaxedSimd = isThere();
