import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

/** A program of the machine that failed; its own words are the message. */
export class ProgramError extends Error {
  override name = 'ProgramError';
}

/** Runs a program to its end and answers what it printed. Throws `ProgramError` with its words where it does not end with 0. */
export const run = async (
  program: string,
  args: readonly string[],
  { cwd, input, signal }: { cwd?: string; input?: Uint8Array; signal?: AbortSignal } = {},
): Promise<string> => {
  const child = spawn(program, args, { cwd, signal, stdio: ['pipe', 'pipe', 'pipe'] });
  // Who does not read its input ends with a status that says why.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const ended = new Promise<string>((resolve, reject) => {
    child.once('error', (error) => child.pid === undefined && reject(error));
    child.once('close', (code, killer) => resolve(killer ?? String(code)));
  });
  const [status, printed, words] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  if (status === '0') return printed;
  throw new ProgramError(words.trim() || `${program} ended with ${status}`);
};
