/** What tests of the registry need that is not part of the product. */
import { execFile, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect, vi } from 'vitest';
import { PATIENCE } from '../patience.ts';

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

export interface Daemon {
  /** Where docker finds it. */
  readonly host: string;
  /** Where its containerd is found. */
  readonly containerd: string;
  stop(): Promise<void>;
}

/** Starts a daemon of Docker that shares nothing with any other, with a containerd of its own. */
export const startDocker = async (directory: string): Promise<Daemon> => {
  mkdirSync(directory);
  const inside = (name: string): string => join(directory, name);
  const host = `unix://${inside('docker.sock')}`;
  const log = openSync(inside('log'), 'w');
  const places = ['--data-root', inside('data'), '--exec-root', inside('exec'), '--pidfile', inside('pid')];
  const child = spawn('dockerd', [...places, '-H', host, '--bridge', 'none', '--iptables=false'], {
    stdio: ['ignore', log, log],
  });
  const ended = new Promise<void>((settle) => child.on('exit', () => settle()));
  await vi.waitFor(async () => {
    if (child.exitCode !== null) throw new Error(readFileSync(inside('log'), 'utf8'));
    await output('docker', '-H', host, 'version');
  }, PATIENCE);
  return {
    host,
    containerd: inside('exec/containerd/containerd.sock'),
    stop: async () => {
      child.kill();
      const isOver = await Promise.race([
        ended.then(() => true),
        sleep(PATIENCE.timeout, false, { ref: false }),
      ]);
      expect(isOver).toBe(true);
    },
  };
};
