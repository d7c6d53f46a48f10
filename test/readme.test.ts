import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { described, factLines, updatedDocstrings, updatedReadme } from '../scripts/docs.js';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

/** The docstring of every export of src/index.ts by name. */
function docstrings(): Map<string, string> {
  const source = ts.createSourceFile('index.ts', read('../src/index.ts'), ts.ScriptTarget.Latest, true);
  const statements = source.statements.filter(ts.isVariableStatement);
  return new Map(
    statements.map((statement) => [
      statement.declarationList.declarations[0]!.name.getText(),
      ts.getJSDocCommentsAndTags(statement).map((comment) => comment.getText()).join('\n').replace(/\s*\n\s*\*\s?/g, ' '),
    ]),
  );
}

describe('README', () => {
  it('has the table of functions that the catalogue makes (npm run docs)', () => {
    const readme = read('../README.md');
    expect(readme).toBe(updatedReadme(readme));
  });

  it('names only commands that package.json has', () => {
    const { scripts } = JSON.parse(read('../package.json')) as { scripts: Record<string, string> };
    for (const file of ['../README.md', '../CONTRIBUTING.md']) {
      for (const [, name] of read(file).matchAll(/npm (?:run )?(start|test|(?<=run )[\w:]+)/g)) expect(scripts).toHaveProperty([name!]);
    }
  });
});

describe('docstrings', () => {
  const documented = docstrings();

  it('stand above every export', () => {
    for (const [name, text] of documented) expect(text, name).not.toBe('');
  });

  it('give the figures of now (npm run docs)', () => {
    const index = read('../src/index.ts');
    expect(index).toBe(updatedDocstrings(index));
  });

  it.each(Object.entries(described))('of %s gives the facts, the measured accuracy and the source', (name, info) => {
    const text = documented.get(name);
    expect(text).toContain(factLines(info).join(' '));
    expect(text).toContain(info.source);
  });
});
