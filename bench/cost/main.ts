/** Prints what calls cost, and writes it into the README. */
import { readFile, writeFile } from 'node:fs/promises';
import { costTable, withCosts } from './table.ts';

const readme = new URL('../../README.md', import.meta.url);
await writeFile(readme, withCosts(await readFile(readme, 'utf8')));
console.log(costTable());
