import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import manifest from '../package.json' with { type: 'json' };

/** The arguments of Node in `npm start`, which is `exec node <arguments>`. */
const START = manifest.scripts.start.split(' ').slice(2);

/** The product as `npm start` runs it, in a temporary directory. */
export interface Product {
  readonly url: string;
  /** Deleted at the end. */
  readonly directory: string;
  /** Resident bytes of its process. */
  residentBytes(): number;
  stop(): Promise<void>;
}

/** Starts the product and waits until it listens. */
export const startProduct = async (environment: Readonly<Record<string, string>> = {}): Promise<Product> => {
  const directory = mkdtempSync(join(tmpdir(), 'taskport-bench-'));
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, [...START, '--bare'], {
    cwd: join(import.meta.dirname, '..'),
    env: { PATH, HOME, PORT: '0', TASKPORT_DATA: join(directory, 'data'), ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((settle) => child.once('exit', () => settle()));
  const url = await new Promise<string>((settle, fail) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [, found] = /^listening on (\S+)$/.exec(line) ?? [];
      if (found !== undefined) settle(found);
    });
    void ended.then(() => fail(new Error('the product ended before it listened')));
  });
  return {
    url,
    directory,
    residentBytes: () =>
      Number(execFileSync('ps', ['-o', 'rss=', '-p', String(child.pid)], { encoding: 'utf8' })) * 1024,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
};
