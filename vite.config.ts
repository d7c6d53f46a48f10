import { type Plugin, defineConfig } from 'vite';

/** Of ASCII characters only: engines hold a text of others in twice the memory, and take longer to read it. */
const ascii: Plugin = {
  name: 'ascii',
  generateBundle(_options, bundle) {
    for (const chunk of Object.values(bundle)) {
      if (chunk.type === 'chunk') chunk.code = chunk.code.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
    }
  },
};

/** The package's JavaScript in one file, the default kernels with it: engines load it in a fraction of the time that forty take. */
export default defineConfig({
  plugins: [ascii],
  build: {
    outDir: 'build',
    emptyOutDir: false,
    target: 'es2022',
    minify: false,
    lib: { entry: 'src/index.ts', formats: ['es'], fileName: 'index' },
    rolldownOptions: {
      external: ['@assemblyscript/loader', '#wasm-relaxed'],
      // Constants are to stay constants, which engines put into the code they compile.
      output: { comments: false, topLevelVar: false },
    },
  },
});
