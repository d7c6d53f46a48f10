// Rewrites a compiled module in place so that every vector constant and parameter is read once, before a function's
// loops.
//
// V8 builds a `v128.const` anew at every use, three or four instructions each, and reads a mutable global anew in every
// round; Binaryen in turn folds a local that holds a constant back into its uses. So this runs last: each constant
// becomes a mutable global (which nobody writes, but V8 does not look), and every function with a loop copies the
// globals it needs into locals at its start.
import { readFileSync, writeFileSync } from 'node:fs';
import binaryen from 'binaryen';

const file = process.argv[2];
const ZERO = '(v128.const i32x4 0x00000000 0x00000000 0x00000000 0x00000000)'; // one instruction already
const constants = new Map(); // v128.const expression -> name of its global

const text = parse(readFileSync(file)).emitText();
const parameters = new Set([...text.matchAll(/^ \(global (\S+) \(mut v128\)/gm)].map(([, name]) => `(global.get ${name})`));
// Binaryen prints one function a block, indented by one space.
const [head, ...functions] = text.split(/^(?= \(func )/m);
const hoisted = functions.map((source) => (source.includes('(loop') ? hoist(source) : source));
const globals = [...constants].map(([value, name]) => ` (global ${name} (mut v128) ${value})\n`);
const module = binaryen.parseText(head + globals.join('') + hoisted.join(''));
module.setFeatures(binaryen.Features.All);
if (!module.validate()) throw new Error(`${file}: not valid after its constants were hoisted`);
writeFileSync(file, module.emitBinary());

function parse(bytes) {
  return binaryen.readBinaryWithFeatures(bytes, binaryen.Features.All);
}

function hoist(source) {
  const locals = new Map(); // expression that reads the value -> name of its local
  const local = (expression) => {
    if (!locals.has(expression)) locals.set(expression, `$hoisted${locals.size}`);
    return `(local.get ${locals.get(expression)})`;
  };
  const lines = source
    .replace(/\(v128\.const [^)]*\)/g, (constant) => {
      if (constant === ZERO) return constant;
      if (!constants.has(constant)) constants.set(constant, `$constant${constants.size}`);
      return local(`(global.get ${constants.get(constant)})`);
    })
    .replace(/\(global\.get [^)]*\)/g, (get) => (parameters.has(get) ? local(get) : get))
    .split('\n');
  const afterLocals = 1 + lines.findLastIndex((line, i) => i === 0 || line.startsWith('  (local $'));
  const declarations = [...locals.values()].map((name) => `  (local ${name} v128)`);
  const copies = [...locals].map(([expression, name]) => `  (local.set ${name} ${expression})`);
  lines.splice(afterLocals, 0, ...declarations, ...copies);
  return lines.join('\n');
}
