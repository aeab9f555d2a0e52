/** The installed command: bundled, in its own process. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { COMMAND, startCommandLine } from './command-line.ts';

let url: string;
let stop: () => Promise<void>;
beforeAll(async () => {
  ({ url, stop } = await startCommandLine());
});
afterAll(() => stop());

const { PATH = '', HOME = '' } = process.env;
const start = (args: readonly string[], env: Record<string, string> = {}): ChildProcess => {
  const child = spawn(process.execPath, [COMMAND, ...args], {
    env: { PATH, HOME, TASKPORT_URL: url, ...env },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
};

const run = async (args: readonly string[], env?: Record<string, string>) => {
  const child = start(args, env);
  const said = { out: '', err: '' };
  child.stdout?.on('data', (chunk) => {
    said.out += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    said.err += chunk;
  });
  const [code] = await once(child, 'close');
  return { code: code as number, ...said };
};

describe('the command', () => {
  it('prints only the result, and ends with 0', async () => {
    const made = await run(['location', 'create', 'images', '--kind', 'image', '--json']);
    expect(made).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(made.out)).toMatchObject({ name: 'images' });
  });

  it('ends with 1 for a refusal, and with 2 for wrong usage', async () => {
    const refused = await run(['image', 'show', 'images/none', '--json']);
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(JSON.parse(refused.err)).toMatchObject({ code: 'not-found' });
    const wrong = await run(['image', 'show']);
    expect(wrong).toMatchObject({ code: 2, out: '' });
    expect(wrong.err).toContain("missing required argument 'id'");
  });

  it('ends with 3 if a host does not answer, and names it', async () => {
    const nowhere = 'http://127.0.0.1:1';
    const { code, out, err } = await run(['location', 'list'], { TASKPORT_URL: nowhere });
    expect({ code, out }).toEqual({ code: 3, out: '' });
    expect(err).toMatch(new RegExp(`^taskport: no answer from ${nowhere}: .*ECONNREFUSED.*\n$`));
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('ends without a word on %s, with %d', async (signal, code) => {
    const child = start(['events', '--follow', '--json']);
    let err = '';
    child.stderr?.on('data', (chunk) => {
      err += chunk;
    });
    await once(child.stdout as NodeJS.ReadableStream, 'data');
    child.kill(signal);
    expect(await once(child, 'close')).toEqual([code, null]);
    expect(err).toBe('');
  });

  it('sends the token of the environment', async () => {
    const asked: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      asked.push(request.headers.authorization);
      response.end('{"items": []}');
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    onTestFinished(() => void server.close());
    const elsewhere = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const env = { TASKPORT_TOKEN: 'secret' };
    expect(await run(['location', 'list', '--url', elsewhere], env)).toMatchObject({ code: 0 });
    expect(asked).toEqual(['Bearer secret']);
  });

  it('ends quietly if its reader closes the pipe', () => {
    const { status, stderr } = spawnSync(
      'sh',
      ['-c', `"${process.execPath}" "${COMMAND}" --help | head -1`],
      {
        encoding: 'utf8',
      },
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it.each([[['--help']], [['image', 'push', '--help']], [['compose', 'join', '--help']]])(
    'prints its usage without loading its actions: %j',
    async (args) => {
      const child = spawnSync(process.execPath, [COMMAND, ...args], {
        encoding: 'utf8',
        env: { PATH, HOME, NODE_DEBUG: 'esm' },
      });
      expect(child.status).toBe(0);
      expect(child.stdout).toContain('Usage: taskport');
      // Node logs the loaded chunks; those with the actions and their dependencies are by far the largest.
      const loaded = new Set([...child.stderr.matchAll(/dist\/cli\/([\w.-]+\.js)/g)].map(([, name]) => name));
      const parts = readdirSync(dirname(COMMAND)).filter((name) => name.endsWith('.js'));
      const sizeOf = (names: readonly string[]): number =>
        names.reduce((sum, name) => sum + statSync(join(dirname(COMMAND), name)).size, 0);
      expect(loaded).toContain('main.js');
      expect(sizeOf(parts.filter((name) => loaded.has(name)))).toBeLessThan(sizeOf(parts) / 8);
      expect(child.stderr).not.toContain('node_modules');
    },
  );
});
