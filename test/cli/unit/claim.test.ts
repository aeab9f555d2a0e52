/** The exclusive claim of a runner on a machine. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addressOf, askToLeave, Claimed, claim } from '../../../cli/runner/claim.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'taskport-claim-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

describe.each([
  ['as the platform has it', () => addressOf(directory, 'boxes')],
  ['in a file', () => join(directory, 'claim')],
])('a claim %s', (_, addressed) => {
  it('belongs to one process until it is released', async () => {
    const address = addressed();
    const first = await claim(address);
    await expect(claim(address)).rejects.toThrow(Claimed);
    const other = await claim(`${address}-2`);
    await new Promise((closed) => first.close(closed));
    const next = await claim(address);
    for (const server of [other, next]) await new Promise((closed) => server.close(closed));
  });

  it('is released only at a request of a process that can read its key', async () => {
    const address = addressed();
    const { signal } = new AbortController();
    let left = 0;
    const leave = async (): Promise<void> => {
      left += 1;
    };
    expect(await askToLeave(address, signal)).toBe(false);
    const server = await claim(address, { directory, leave });
    await expect(claim(address, { directory, leave })).rejects.toThrow(Claimed);
    for (const words of ['leave\n', 'where\n', '', 'f'.repeat(64)]) {
      const socket = connect(address);
      socket.end(words);
      expect(await text(socket)).toBe(words === 'where\n' ? directory : '');
    }
    const [file = ''] = readdirSync(directory).filter((name) => name.startsWith('leave-'));
    expect(statSync(join(directory, file)).mode & 0o777).toBe(0o600);
    renameSync(join(directory, file), join(directory, 'away'));
    await expect(askToLeave(address, signal)).rejects.toThrow('only the user who runs the runner');
    expect(left).toBe(0);
    renameSync(join(directory, 'away'), join(directory, file));
    expect(await askToLeave(address, signal)).toBe(true);
    expect(left).toBe(1);
    await new Promise((closed) => server.close(closed));
  });

  it('is free after its process was killed', async () => {
    const address = addressed();
    const script = `require('node:net').createServer().listen(${JSON.stringify(address)}, () => process.kill(process.pid, 'SIGKILL'))`;
    expect(spawnSync(process.execPath, ['-e', script]).signal).toBe('SIGKILL');
    expect(existsSync(join(directory, 'claim'))).toBe(!address.startsWith('\0'));
    const server = await claim(address);
    await new Promise((closed) => server.close(closed));
  });
});
