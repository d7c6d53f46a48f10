/** What is published, as a user gets it: packed, installed, compiled against, imported and bundled. Assumes `npm run build`. */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const run = promisify(execFile);
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
const patience = 120_000;

/** A folder of a user's, in which the package is installed. */
let folder: string;
let files: string[];

const node = async (...parameters: string[]): Promise<string> => (await run(process.execPath, parameters, { cwd: folder })).stdout;
const installed = (path: string): string => join(folder, 'node_modules/sigmoidal', path);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sigmoidal-'));
  const { stdout } = await run(npm, ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], { cwd: root });
  const [packed] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }];
  files = packed.files.map(({ path }) => path).sort();
  // The loader comes from this project's own dependencies, so that nothing is fetched.
  const loader = join(root, 'node_modules/@assemblyscript/loader');
  const dependencies = { sigmoidal: `file:./${packed.filename}`, '@assemblyscript/loader': `file:${loader}` };
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module', dependencies }));
  await run(npm, ['install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock'], { cwd: folder });
  await cp(join(root, 'test/consumer'), join(folder, 'src'), { recursive: true });
}, patience);

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the tarball', () => {
  it('has the compiled sources, their declarations, the module, the documents, and nothing else', async () => {
    const sources = (await readdir(join(root, 'src'), { recursive: true })).filter((path) => path.endsWith('.ts'));
    const stems = sources.map((path) => `build/${path.replaceAll('\\', '/').replace(/\.ts$/, '')}`);
    const types = [...stems, 'build/wasm-bytes-relaxed'].map((stem) => `${stem}.d.ts`);
    const compiled = [...types, 'build/index.js', 'build/nn/index.js', 'build/wasm-bytes-relaxed.js'];
    const documents = (await readdir(root)).filter((name) => /^(README|LICENSE|CHANGELOG|ACCURACY|CONTRIBUTING)/.test(name));
    // A file too many is one whose source is gone: remove build/ and build again.
    expect(files).toEqual([...compiled, 'build/sigmoidal.wasm', 'build/sigmoidal-relaxed.wasm', 'package.json', ...documents].sort());
    expect(documents).toEqual(expect.arrayContaining(['LICENSE', 'README.md']));
  });

  it('has the kernels once, in the file that the other one imports', async () => {
    const nn = await readFile(installed('build/nn/index.js'), 'utf8');
    expect(nn.match(/^import .*/gm)).toEqual(['import * as defaults from "../index.js";']);
    expect(nn).not.toContain('class WasmArray');
    expect(nn.length).toBeLessThan(80_000);
    expect((await readFile(installed('build/index.js'), 'utf8')).length).toBeGreaterThan(300_000);
  });

  it('refers to no source map that it has not, and to no place on this machine', async () => {
    for (const file of files.filter((path) => /\.(js|ts|json|md)$/.test(path))) {
      const text = await readFile(installed(file), 'utf8');
      for (const [, map] of text.matchAll(/^\/\/# sourceMappingURL=(\S+)/gm)) expect(files, file).toContain(join(file, '..', map!));
      expect(text, file).not.toContain(root);
    }
  });

  it('depends on the loader only, and runs nothing when it is installed', async () => {
    const manifest = JSON.parse(await readFile(installed('package.json'), 'utf8')) as Record<string, Record<string, string> | undefined>;
    expect(Object.keys(manifest.dependencies!)).toEqual(['@assemblyscript/loader']);
    expect(manifest).not.toHaveProperty('peerDependencies');
    expect(manifest).not.toHaveProperty('optionalDependencies');
    expect(manifest.sideEffects).toBe(false);
    for (const script of ['preinstall', 'install', 'postinstall', 'prepare']) expect(manifest.scripts).not.toHaveProperty(script);
  });
});

describe('a consumer', () => {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  /** What the compiler has to say. */
  const compile = (...parameters: string[]): Promise<string> =>
    node(tsc, '--strict', '--noUncheckedIndexedAccess', '--target', 'ES2022', '--rootDir', 'src', ...parameters)
      .catch((error: unknown) => (error as { stdout: string }).stdout);
  const disposable = ['--lib', 'ES2022,DOM,ESNext.Disposable', '--skipLibCheck'];

  it('compiles as a module of Node, and runs', async () => {
    expect(await compile(...disposable, '--module', 'nodenext', '--outDir', 'out', 'src/index.ts')).toBe('');
    expect(await node('out/index.js')).toBe('the consumer ran\n');
  }, patience);

  it('compiles for a bundler, with exact optional properties', async () => {
    const resolution = ['--module', 'esnext', '--moduleResolution', 'bundler', '--exactOptionalPropertyTypes'];
    expect(await compile(...disposable, ...resolution, '--noEmit', 'src/index.ts')).toBe('');
  }, patience);

  it('compiles without the newest libraries, declarations checked', async () => {
    await writeFile(join(folder, 'src/plain.ts'), `
      import { allocate, sigmoid } from 'sigmoidal';
      export const y: Float32Array = sigmoid(allocate(Float32Array, 2)).data;
    `);
    expect(await compile('--lib', 'ES2022,DOM', '--module', 'nodenext', '--noEmit', 'src/plain.ts')).toBe('');
  }, patience);

  const script = `
    import * as sg from 'sigmoidal';
    const x = sg.allocate(Float64Array, 1);
    x.data[0] = 8;
    const { loss } = sg.softmaxCrossEntropy(Float32Array.of(1, 1), Int32Array.of(0), { columns: 2 });
    const positive = [...sg.relu(Float32Array.of(-1, 2))];
    console.log(JSON.stringify([sg.features.backend, sg.sigmoid(x).data[0], positive, loss.toFixed(6), sg.sigmoid.info.name]));
  `;

  it('gets the same results in wasm and where there is no WebAssembly', async () => {
    const expected = [0.9996646498695336, [0, 2], '0.693147', 'sigmoid'];
    await writeFile(join(folder, 'calls.mjs'), script);
    expect(JSON.parse(await node('calls.mjs'))).toEqual(['wasm', ...expected]);
    expect(JSON.parse(await node('--jitless', 'calls.mjs'))).toEqual(['javascript', ...expected]);
  }, patience);

  const training = `
    import { Linear, Sequential, MeanSquaredError, SGD } from 'sigmoidal/nn';
    import { WasmArray, allocate, features, memoryUsage } from 'sigmoidal';
    const model = new Sequential([new Linear(2, 1, { initialization: 'zeros' })]);
    const [loss, optimizer] = [new MeanSquaredError(), new SGD(model.parameters, { learningRate: 0.5 })];
    const x = allocate(Float32Array, 2);
    x.data.set([1, 2]);
    const losses = [0, 0].map(() => {
      const value = loss.forward(model.forward(x), Float32Array.of(3));
      model.backward(loss.backward());
      optimizer.step();
      return value;
    });
    console.log(JSON.stringify([features.backend, losses, model.forward(x) instanceof WasmArray, memoryUsage().arrays > 5]));
  `;

  it('trains a network, in wasm and where there is no WebAssembly, and bundled', async () => {
    // y = 0, then 18: the gradient of (0 - 3)^2 is -6 times (1, 2, 1), and half of it is the step.
    const expected = [[9, 225], true, true];
    await writeFile(join(folder, 'training.mjs'), training);
    expect(JSON.parse(await node('training.mjs'))).toEqual(['wasm', ...expected]);
    expect(JSON.parse(await node('--jitless', 'training.mjs'))).toEqual(['javascript', ...expected]);
    const outDir = join(folder, 'trained');
    const lib = { entry: join(folder, 'training.mjs'), formats: ['es' as const], fileName: () => 'bundle.mjs' };
    await build({ root: folder, configFile: false, logLevel: 'silent', build: { outDir, lib } });
    // Beside it there is what only backends of one's own need.
    for (const file of await readdir(outDir)) if (file !== 'bundle.mjs') await rm(join(outDir, file));
    expect(JSON.parse(await node(join(outDir, 'bundle.mjs')))).toEqual(['wasm', ...expected]);
  }, patience);

  it('does nothing by importing it', async () => {
    await writeFile(join(folder, 'trap.mjs'), `
      const trap = new Proxy({}, { get(_, name) { throw new Error('asked for WebAssembly.' + String(name)); } });
      Object.defineProperty(globalThis, 'WebAssembly', { value: trap });
      const { features } = await import('sigmoidal');
      await import('sigmoidal/nn');
      console.log('imported');
      console.log(features.backend, features.reason);
    `);
    expect(await node('trap.mjs')).toMatch(/^imported\njavascript asked for WebAssembly\.\w+\n$/);
  }, patience);

  it('finds the modules, and nothing inside the package', async () => {
    await writeFile(join(folder, 'paths.mjs'), `
      import { createBackend } from 'sigmoidal';
      const sg = await createBackend({ wasm: new URL(import.meta.resolve('sigmoidal/sigmoidal.wasm')) });
      const relaxed = await createBackend({ wasm: new URL(import.meta.resolve('sigmoidal/sigmoidal-relaxed.wasm')) }).catch((error) => error);
      console.log(sg.features.backend, sg.tanh(0), relaxed.features?.relaxedSimd ?? relaxed.message.includes('relaxed'));
      await import('sigmoidal/build/heap.js').catch((error) => console.log(error.code));
    `);
    expect(await node('paths.mjs')).toBe('wasm 0 true\nERR_PACKAGE_PATH_NOT_EXPORTED\n');
  }, patience);

  it('bundles it without settings, into one file that stands alone', async () => {
    await writeFile(join(folder, 'entry.js'), script);
    const outDir = join(folder, 'bundle');
    const lib = { entry: join(folder, 'entry.js'), formats: ['es' as const], fileName: () => 'bundle.mjs' };
    await build({ root: folder, configFile: false, logLevel: 'silent', build: { outDir, lib } });
    expect(await readdir(outDir)).toEqual(['bundle.mjs']);
    const elsewhere = join(folder, '..', `${folder.split(/[\\/]/).pop()!}-alone`);
    await mkdir(elsewhere);
    try {
      await cp(join(outDir, 'bundle.mjs'), join(elsewhere, 'bundle.mjs'));
      expect(JSON.parse(await node(join(elsewhere, 'bundle.mjs')))).toEqual(['wasm', 0.9996646498695336, [0, 2], '0.693147', 'sigmoid']);
    } finally {
      await rm(elsewhere, { recursive: true, force: true });
    }
  }, patience);

  it('bundles the relaxed build into a file of its own, which is read when it is asked for', async () => {
    await writeFile(join(folder, 'choose.js'), `
      import { createBackend, relu } from 'sigmoidal';
      const asked = process.argv[2];
      const sg = asked ? await createBackend({ relaxedSimd: asked === 'auto' ? asked : false }) : { relu };
      console.log(JSON.stringify([...sg.relu(Float32Array.of(-1, 2))]));
    `);
    const outDir = join(folder, 'chosen');
    const lib = { entry: join(folder, 'choose.js'), formats: ['es' as const], fileName: () => 'bundle.mjs' };
    await build({ root: folder, configFile: false, logLevel: 'silent', build: { outDir, lib } });
    const chunks = (await readdir(outDir)).filter((file) => file !== 'bundle.mjs').sort();
    // Beside it the loader, which only backends of one's own need.
    expect(chunks).toEqual([expect.stringMatching(/^loader/), expect.stringMatching(/^wasm-bytes-relaxed/)]);
    const chunk = chunks.at(-1);
    const relaxed = (await readFile(join(root, 'build/sigmoidal-relaxed.wasm'))).toString('base64').slice(-1000);
    expect(await readFile(join(outDir, chunk!), 'utf8')).toContain(relaxed);
    expect(await readFile(join(outDir, 'bundle.mjs'), 'utf8')).not.toContain(relaxed);
    for (const asked of [[], ['false'], ['auto']]) expect(JSON.parse(await node(join(outDir, 'bundle.mjs'), ...asked))).toEqual([0, 2]);
    // Nobody misses it who has not asked for it.
    await rm(join(outDir, chunk!));
    for (const asked of [[], ['false'], ['auto']]) expect(JSON.parse(await node(join(outDir, 'bundle.mjs'), ...asked))).toEqual([0, 2]);
  }, patience);
});
