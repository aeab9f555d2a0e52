import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { Spool } from '../../../cli/docker/storage/spool.ts';

it('a spool whose directory could not be made makes it by the next call', async () => {
  const state = mkdtempSync(join(tmpdir(), 'taskport-spool-'));
  onTestFinished(() => rmSync(state, { recursive: true }));
  const parent = join(state, 'arriving');
  const spool = new Spool(join(parent, 'docker'), () => Promise.reject(new Error('nothing is fetched')));
  writeFileSync(parent, 'not a directory');
  await expect(spool.room()).rejects.toMatchObject({ code: 'ENOTDIR' });
  rmSync(parent);
  mkdirSync(parent);
  expect(await spool.room()).toBeGreaterThan(0);
});
