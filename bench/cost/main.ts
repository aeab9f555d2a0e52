/** Prints the costs of calls, and writes them into docs/cost.md. */
import { readFile, writeFile } from 'node:fs/promises';
import { costTable, withCosts } from './table.ts';

const page = new URL('../../docs/cost.md', import.meta.url);
await writeFile(page, withCosts(await readFile(page, 'utf8')));
console.log(costTable());
