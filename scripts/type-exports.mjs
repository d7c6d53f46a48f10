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
    const text = [`import { FastLoop } from "./fast-loop";`, `import { Loop } from "./loop";`, `import { NOWHERE } from "./memory";`, `import { WideLoop } from "./wide-loop";`];
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

function activation(name, { implementsTypes }) {
  const [kind] = implementsTypes.map((type) => type.name.identifier.text);
  // What goes a faster way for f32 is a wide activation for f64, and from its output.
  const loop = (direction, type) => {
    if (kind.endsWith('FastActivation') && type === 'f32' && direction !== 'backwardFromOutput') return `FastLoop.${direction}<${name}<f32>>`;
    return `${/(Wide|Fast)Activation$/.test(kind) ? 'WideLoop' : 'Loop'}.${direction}<${type}, ${name}<${type}>>`;
  };
  return Object.entries(directions)
    .filter(([direction]) => kind.startsWith('Invertible') || direction !== 'backwardFromOutput')
    .flatMap(([direction, pointers]) => {
      const parameters = [...pointers, 'length'].map((parameter) => [parameter, 'usize']);
      // f' itself is dy f' without a dy: the body is compiled once for both.
      if (direction === 'derivative') return instances(name, direction, parameters, 'void', (type) => exportedName(name, 'backward', type), 'NOWHERE, ');
      return instances(name, direction, parameters, 'void', (type) => loop(direction, type));
    });
}

function methods(name, { members }) {
  return members
    .filter((member) => !(member.flags & PRIVATE))
    .flatMap((method) => {
      const parameters = method.signature.parameters.map((p) => [p.name.text, p.type.range.toString()]);
      const result = method.signature.returnType.range.toString();
      return instances(name, method.name.text, parameters, result, (type) => `${name}.${method.name.text}<${type}>`);
    });
}

const exportedName = (name, method, type) => `${name[0].toLowerCase()}${name.slice(1)}_${method}_${type}`;

function instances(name, method, parameters, result, callee, first = '') {
  const typed = parameters.map(([parameter, type]) => `${parameter}: ${type}`).join(', ');
  const passed = parameters.map(([parameter]) => parameter).join(', ');
  return ['f32', 'f64'].map(
    (type) => `export function ${exportedName(name, method, type)}(${typed}): ${result} { return ${callee(type)}(${first}${passed}); }`,
  );
}
