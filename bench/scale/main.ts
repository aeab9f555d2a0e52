/** Counts the units that operations take of shared partitions, and writes docs/scale.md. */
import { writeFile } from 'node:fs/promises';
import { scalePage } from './page.ts';
import { recorded } from './recorded.ts';

const page = scalePage(await recorded());
await writeFile(new URL('../../docs/scale.md', import.meta.url), page);
console.log(page);
