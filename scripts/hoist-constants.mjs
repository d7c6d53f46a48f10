// Rewrites a compiled module in place so that every vector constant and parameter of an inner loop is read once, before a
// function's loops.
//
// V8 builds a `v128.const` anew at every use, three or four instructions each, and reads a mutable global anew in every
// round; Binaryen in turn folds a local that holds a constant back into its uses. So this runs last: each constant
// becomes a mutable global (which nobody writes, but V8 does not look), and every function with a loop copies the
// globals its inner loops need into locals at its start. What is outside of these is rare, or short: it reads the globals.
import { readFileSync, writeFileSync } from 'node:fs';
import binaryen from 'binaryen';

const file = process.argv[2];
const ZERO = '(v128.const i32x4 0x00000000 0x00000000 0x00000000 0x00000000)'; // one instruction already
const GET = /\(global\.get [^)]*\)/g;
const constants = new Map(); // v128.const expression -> expression that reads its global

const text = parse(readFileSync(file)).emitText();
const parameters = new Set([...text.matchAll(/^ \(global (\S+) \(mut v128\)/gm)].map(([, name]) => `(global.get ${name})`));
// Binaryen prints one function a block, indented by one space.
const [head, ...functions] = text.split(/^(?= \(func )/m);
const hoisted = functions.map((source) => (source.includes('(loop') ? hoist(source) : source));
const globals = [...constants.keys()].map((value, i) => ` (global $constant${i} (mut v128) ${value})\n`);
const module = binaryen.parseText(head + globals.join('') + hoisted.join(''));
module.setFeatures(binaryen.Features.All);
if (!module.validate()) throw new Error(`${file}: not valid after its constants were hoisted`);
writeFileSync(file, module.emitBinary());

function parse(bytes) {
  return binaryen.readBinaryWithFeatures(bytes, binaryen.Features.All);
}

function hoist(source) {
  const locals = new Map(); // expression that reads a global -> name of the local that holds it
  const withGlobals = source.replace(/\(v128\.const [^)]*\)/g, (constant) => {
    if (constant === ZERO) return constant;
    if (!constants.has(constant)) constants.set(constant, `(global.get $constant${constants.size})`);
    return constants.get(constant);
  });
  for (const [get] of innerLoops(withGlobals).matchAll(GET)) {
    if ((parameters.has(get) || get.startsWith('(global.get $constant')) && !locals.has(get)) locals.set(get, `$hoisted${locals.size}`);
  }
  const lines = withGlobals.replace(GET, (get) => (locals.has(get) ? `(local.get ${locals.get(get)})` : get)).split('\n');
  const afterLocals = 1 + lines.findLastIndex((line, i) => i === 0 || line.startsWith('  (local $'));
  const declarations = [...locals.values()].map((name) => `  (local ${name} v128)`);
  const copies = [...locals].map(([get, name]) => `  (local.set ${name} ${get})`);
  lines.splice(afterLocals, 0, ...declarations, ...copies);
  return lines.join('\n');
}

/** The text of the loops without a loop in them. */
function innerLoops(source) {
  const beginnings = [...source.matchAll(/\(loop/g)].map(({ index }) => index);
  const loops = beginnings.map((start) => source.slice(start, endOf(source, start)));
  return loops.filter((loop) => !loop.includes('(loop', 1)).join('');
}

function endOf(source, start) {
  let end = start;
  let depth = 0;
  do {
    if (source[end] === '(') depth++;
    else if (source[end] === ')') depth--;
    end++;
  } while (depth > 0);
  return end;
}
