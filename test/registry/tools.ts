/** Tools for the tests of the registry. */
import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Why tests with these programs cannot run, which need root; undefined if they can. */
export const missing = (...programs: string[]): string | undefined => {
  if (process.getuid?.() !== 0) return 'only root may';
  const absent = programs.filter((program) => spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0);
  return absent.length === 0 ? undefined : `${absent.join(' and ')} not installed`;
};

/** Runs a program, and answers its output. Throws its errors. */
export const output = async (program: string, ...args: string[]): Promise<string> =>
  (await run(program, args, { maxBuffer: 2 ** 26, encoding: 'utf8' })).stdout;

/** The same, as bytes. */
export const bytesOf = async (program: string, ...args: string[]): Promise<Buffer> =>
  (await run(program, args, { maxBuffer: 2 ** 26, encoding: 'buffer' })).stdout;
