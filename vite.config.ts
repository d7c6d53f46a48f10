import { defineConfig } from 'vite';

/** The package's JavaScript in one file: engines load it in a fraction of the time that forty take. */
export default defineConfig({
  build: {
    outDir: 'build',
    emptyOutDir: false,
    target: 'es2022',
    minify: false,
    lib: { entry: 'src/index.ts', formats: ['es'], fileName: 'index' },
    rolldownOptions: {
      external: ['@assemblyscript/loader', '#wasm', '#wasm-relaxed'],
      output: { comments: false },
    },
  },
});
