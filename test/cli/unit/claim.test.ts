/** The exclusive claim of a runner on a machine. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addressOf, Claimed, claim } from '../../../cli/runner/claim.ts';

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

  it('is free after its process was killed', async () => {
    const address = addressed();
    const script = `require('node:net').createServer().listen(${JSON.stringify(address)}, () => process.kill(process.pid, 'SIGKILL'))`;
    expect(spawnSync(process.execPath, ['-e', script]).signal).toBe('SIGKILL');
    expect(existsSync(join(directory, 'claim'))).toBe(!address.startsWith('\0'));
    const server = await claim(address);
    await new Promise((closed) => server.close(closed));
  });
});
