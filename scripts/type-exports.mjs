// A compiler transform: replaces every class that assembly/index.ts exports by exported functions for f32 and for f64,
// named <class>_<method>_<type>. Without it each kernel file would end in the same eight lines.
import { Transform } from 'assemblyscript/transform';

const INDEX = 'assembly/index';
const PRIVATE = 1 << 9; // CommonFlags.Private of the compiler

// The directions of an activation: methods of Loop, WideLoop or FastLoop over its lane mathematics.
const directions = {
  forward: ['x', 'y'],
  derivative: ['x', 'dx'],
  backward: ['dy', 'x', 'dx'],
  backwardFromOutput: ['dy', 'y', 'dx'],
};

export default class TypeExports extends Transform {
  afterParse(parser) {
    const find = (path) => parser.sources.find((source) => source.internalPath === path);
    const index = find(INDEX);
    const isReExport = (statement) => statement.internalPath && statement.members;
    const text = [`import { FastLoop, Widened } from "./fast-loop";`, `import { Loop } from "./loop";`, `import { NOWHERE } from "./memory";`, `import { WideLoop } from "./wide-loop";`];
    for (const { internalPath, members } of index.statements.filter(isReExport)) {
      for (const { localName } of members) {
        const name = localName.text;
        const declaration = find(internalPath).statements.find((statement) => statement.name?.text === name);
        text.push(`import { ${name} } from "./${internalPath.slice('assembly/'.length)}";`);
        text.push(...(declaration.implementsTypes ? activation(name, declaration) : methods(name, declaration)));
      }
    }
    index.statements = index.statements.filter((statement) => !isReExport(statement));
    parser.parseFile(text.join('\n'), 'assembly/type-exports.ts', true);
  }
}

/** The call of a loop: which one is decided by what the kernel implements. */
function loop([kind, ...traits], direction, type, kernel, operands) {
  const wide = kind.includes('Wide');
  const fast = { forward: 'FastForward', backward: 'FastBackward' }[direction];
  if (type === 'f32' && traits.includes(fast)) return `FastLoop.${direction}<${kernel}, ${wide ? `Widened<${kernel}>` : kernel}>(${operands})`;
  if (wide) return `WideLoop.${direction}<${type}, ${kernel}>(${operands})`;
  return `Loop.${direction}<${type}, ${kernel}>(${operands}, ${!kind.includes('Long')})`;
}

function activation(name, { implementsTypes }) {
  const implemented = implementsTypes.map((type) => type.name.identifier.text);
  return Object.entries(directions)
    .filter(([direction]) => implemented[0].startsWith('Invertible') || direction !== 'backwardFromOutput')
    .flatMap(([direction, pointers]) => {
      const parameters = [...pointers, 'length'].map((parameter) => [parameter, 'usize']);
      return instances(name, direction, parameters, 'void', (type, operands) => {
        // f' itself is dy f' without a dy: the body is compiled once for both.
        if (direction === 'derivative') return `${exportedName(name, 'backward', type)}(NOWHERE, ${operands})`;
        return loop(implemented, direction, type, `${name}<${type}>`, operands);
      });
    });
}

function methods(name, { members }) {
  return members
    .filter((member) => !(member.flags & PRIVATE))
    .flatMap((method) => {
      const parameters = method.signature.parameters.map((p) => [p.name.text, p.type.range.toString()]);
      const result = method.signature.returnType.range.toString();
      return instances(name, method.name.text, parameters, result, (type, operands) => `${name}.${method.name.text}<${type}>(${operands})`);
    });
}

const exportedName = (name, method, type) => `${name[0].toLowerCase()}${name.slice(1)}_${method}_${type}`;

function instances(name, method, parameters, result, call) {
  const typed = parameters.map(([parameter, type]) => `${parameter}: ${type}`).join(', ');
  const operands = parameters.map(([parameter]) => parameter).join(', ');
  return ['f32', 'f64'].map((type) => `export function ${exportedName(name, method, type)}(${typed}): ${result} { return ${call(type, operands)}; }`);
}
