/** What the compiled modules must have and must not, read from build/. */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import binaryen from 'binaryen';
import { describe, expect, it } from 'vitest';
import { type Row, rows } from '../src/catalogue/index.js';
import { inlined, inlinedRelaxed } from '../src/wasm/instantiate.js';
import './relaxed-simd.js';

const builds = [
  { file: 'sigmoidal.wasm', inlined: inlined(), relaxed: [], size: 160_000, compressed: 50_000 },
  { file: 'sigmoidal-relaxed.wasm', inlined: await inlinedRelaxed(), relaxed: ['laneselect', 'madd', 'nmadd'], size: 160_000, compressed: 50_000 },
];

/** The expressions that begin so, from parenthesis to parenthesis, the outermost ones. */
function expressions(source: string, beginning: string): string[] {
  const found: string[] = [];
  for (let start = source.indexOf(beginning); start >= 0; start = source.indexOf(beginning, start)) {
    let end = start;
    let depth = 0;
    do {
      if (source[end] === '(') depth++;
      else if (source[end] === ')') depth--;
      end++;
    } while (depth > 0);
    found.push(source.slice(start, end));
    start = end;
  }
  return found;
}

describe.each(builds)('$file', ({ file, inlined: packaged, relaxed, size, compressed }) => {
  const bytes = readFileSync(new URL(`../build/${file}`, import.meta.url));
  const text = binaryen.readBinaryWithFeatures(bytes, binaryen.Features.All).emitText();
  const functions = expressions(text, '(func ').filter((source) => source.includes('\n'));
  const withLoops = functions.filter((source) => source.includes('(loop '));
  const loops = functions.flatMap((source) => expressions(source, '(loop '));
  const innerLoops = functions.flatMap((source) => [...source.matchAll(/\(loop /g)].map(({ index }) => expressions(source.slice(index), '(loop ')[0]!)).filter((loop) => !loop.includes('(loop ', 1));
  const module = new WebAssembly.Module(bytes);

  it('imports the memory and nothing else', () => {
    expect(WebAssembly.Module.imports(module)).toEqual([{ module: 'env', name: 'memory', kind: 'memory' }]);
  });

  it('exports one function for each kernel and type', () => {
    const elementwise = rows.flatMap(({ name, kernel = name, scalar }: Row) => {
      const directions = ['forward', 'derivative', 'backward', ...(scalar.derivativeFromOutput ? ['backwardFromOutput'] : [])];
      return directions.map((direction) => `${kernel}_${direction}`);
    });
    const others = [
      'softmax_forward', 'softmax_backwardFromOutput', 'logSoftmax_forward', 'logSoftmax_backwardFromOutput', 'argmax_forward', 'hardmax_forward',
      'sparsemax_forward', 'sparsemax_backwardFromOutput', 'softmin_negate', 'logSumExp_forward', 'logSumExp_scaleRows', 'transpose_planes',
      'softmaxCrossEntropy_labels', 'softmaxCrossEntropy_probabilities', 'softmaxCrossEntropy_weigh', 'binaryCrossEntropy_withLogits',
      'binaryCrossEntropy_weighted', 'squaredError_elements', 'prelu_forward', 'prelu_derivative', 'prelu_backward', 'diagnosis_update', 'diagnosis_units',
      'gate_copy', 'gate_multiply',
      'descent_adam', 'descent_momentum', 'matmul_multiply', 'matmul_pack', 'vectors_addPattern',
    ];
    const expected = [...new Set([...elementwise, ...others])].flatMap((name) => [`${name}_f32`, `${name}_f64`]);
    const exported = WebAssembly.Module.exports(module);
    expect(exported.map(({ name }) => name).sort()).toEqual(['isRelaxed', 'setParameters', ...expected].sort());
    expect(new Set(exported.map(({ kind }) => kind))).toEqual(new Set(['function']));
  });

  it('has no data, no table, no start function, no names and no producers', () => {
    for (const beginning of ['(data ', '(table ', '(elem ', '(start ', '(tag ']) expect(expressions(text, beginning)).toEqual([]);
    for (const name of ['name', 'producers', 'sourceMappingURL', 'target_features']) {
      expect(WebAssembly.Module.customSections(module, name), name).toEqual([]);
    }
  });

  it('asks for no more than SIMD and what came with or before it, or relaxed SIMD where that is what it is for', () => {
    const { BulkMemory, BulkMemoryOpt, MutableGlobals, NontrappingFPToInt, RelaxedSIMD, SIMD128, SignExt } = binaryen.Features;
    const plain = [MutableGlobals, SignExt, NontrappingFPToInt, BulkMemory, BulkMemoryOpt, SIMD128];
    const features = (relaxed.length > 0 ? [...plain, RelaxedSIMD] : plain).reduce((all, feature) => all | feature);
    expect(binaryen.readBinaryWithFeatures(bytes, features).validate()).toBeTruthy();
    const instructions = [...text.matchAll(/\.relaxed_(\w+)/g)].map(([, name]) => name);
    expect([...new Set(instructions)].sort()).toEqual(relaxed);
  });

  it('has loops', () => {
    // What follows would hold for an empty module.
    expect(withLoops.length).toBeGreaterThan(50);
    expect(loops.length).toBeGreaterThan(100);
  });

  it('has no calls where it has loops, but that for huge angles: all of a kernel is inlined', () => {
    const called = withLoops.flatMap((source) => {
      expect(['(call_indirect ', '(call_ref ', '(return_call'].flatMap((call) => expressions(source, call))).toEqual([]);
      return expressions(source, '(call ').map((call) => call.split(/\s/)[1]);
    });
    // snake forward and backward, for both types.
    expect(called.length).toBe(4);
    expect(new Set(called).size).toBe(1);
  });

  it('builds no vector constant and reads no global in an inner loop', () => {
    const zero = /^\(v128\.const i32x4 0x00000000 0x00000000 0x00000000 0x00000000\)$/;
    for (const loop of innerLoops) {
      expect(expressions(loop, '(v128.const ').filter((constant) => !zero.test(constant))).toEqual([]);
      expect(expressions(loop, '(global.get ')).toEqual([]);
    }
  });

  it('is part of the package byte for byte', () => {
    expect(Buffer.compare(Buffer.from(packaged), bytes)).toBe(0);
  });

  it(`is not larger than ${size} bytes, ${compressed} compressed`, () => {
    expect(bytes.length).toBeLessThan(size);
    expect(gzipSync(bytes, { level: 9 }).length).toBeLessThan(compressed);
  });
});
