import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { hasRelaxedSimd } from './test/relaxed-simd.js';

const all = ['test/**/*.test.ts'];
/** What is not about the default backend's kernels, or looks at both builds itself. */
const once = [
  'accuracy', 'artefact', 'backend', 'bench', 'bench-training', 'csv', 'errors', 'errors-options', 'memory', 'package', 'parameters', 'readme', 'reference', 'tour',
].map((name) => `test/${name}.test.ts`);

if (!hasRelaxedSimd) console.warn('No relaxed SIMD in this engine or processor: the relaxed build is not tested.');

/** The same tests, with the relaxed build in place of the bytes that the default backend runs. */
const relaxed = {
  extends: true as const,
  resolve: { alias: { '#wasm': fileURLToPath(new URL('build/wasm-bytes-relaxed.js', import.meta.url)) } },
  test: { name: 'relaxed', include: all, exclude: once, setupFiles: ['test/setup-relaxed.ts'] },
};

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default', './scripts/count-reporter.ts'],
    projects: [{ extends: true, test: { name: 'deterministic', include: all } }, ...(hasRelaxedSimd ? [relaxed] : [])],
  },
});
