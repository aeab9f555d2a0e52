/** Writes the pages of docs/ that are made of the code. */
import { writeFile } from 'node:fs/promises';
import { taskSpecification } from './task-specification.ts';

await writeFile(new URL('../task-specification.md', import.meta.url), taskSpecification());
