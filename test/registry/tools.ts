/** What tests of the registry need that is not part of the product. */
import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Why tests with these programs cannot run, as root alone may; undefined where they can. */
export const missing = (...programs: string[]): string | undefined => {
  if (process.getuid?.() !== 0) return 'only root may';
  const absent = programs.filter((program) => spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0);
  return absent.length === 0 ? undefined : `${absent.join(' and ')} not installed`;
};

/** Runs a program, and answers what it prints. Throws with what it complains of. */
export const output = async (program: string, ...args: string[]): Promise<string> =>
  (await run(program, args, { maxBuffer: 2 ** 26, encoding: 'utf8' })).stdout;

/** The same, as bytes. */
export const bytesOf = async (program: string, ...args: string[]): Promise<Buffer> =>
  (await run(program, args, { maxBuffer: 2 ** 26, encoding: 'buffer' })).stdout;
