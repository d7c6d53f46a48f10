// Makes the compiled module part of the package: a module whose default export is its bytes in base64.
import { readFileSync, writeFileSync } from 'node:fs';

const [input, output] = process.argv.slice(2);
writeFileSync(`${output}.js`, `export default '${readFileSync(input).toString('base64')}';\n`);
writeFileSync(`${output}.d.ts`, `declare const bytes: string;\nexport default bytes;\n`);
