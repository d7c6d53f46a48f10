import { fileURLToPath } from 'node:url';
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

const path = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/**
 * The package's JavaScript, the default kernels with it, in one file: engines load it in a fraction of the time that forty take. With
 * `--mode nn` what is in the package's second file, which imports the first.
 */
export default defineConfig(({ mode }) => {
  const isNn = mode === 'nn';
  return {
    plugins: [ascii],
    build: {
      outDir: 'build',
      emptyOutDir: false,
      target: 'es2022',
      minify: false,
      lib: { entry: isNn ? 'src/nn/index.ts' : 'src/index.ts', formats: ['es'], fileName: isNn ? 'nn/index' : 'index' },
      rolldownOptions: {
        external: isNn ? [path('src/index.ts')] : ['@assemblyscript/loader', '#wasm-relaxed'],
        // Constants are to stay constants, which engines put into the code they compile.
        output: { comments: false, topLevelVar: false, ...(isNn && { paths: () => './index.js' }) },
      },
    },
  };
});
