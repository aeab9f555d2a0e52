import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The files below a directory, without installed packages: those of `test/package` and `test/cloud` are a hundred thousand. */
export const filesBelow = (directory: string): string[] =>
  readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (!entry.isDirectory()) return [path];
    return ['node_modules', '.venv'].includes(entry.name) ? [] : filesBelow(path);
  });
