/** The state of runners of one location, which may serve different engines of a machine at the same time. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { Spool } from '../../../cli/docker/storage/spool.ts';
import { arrivingIn, openState } from '../../../cli/runner/state-directory.ts';

const makeState = (): string => {
  const state = mkdtempSync(join(tmpdir(), 'taskport-state-'));
  onTestFinished(() => rmSync(state, { recursive: true }));
  return state;
};
const none = async (): Promise<never> => {
  throw new Error('nothing is fetched');
};

it('a runner removes the archives of an earlier runner of its engine, and none of another engine', async () => {
  const state = makeState();
  const spoolOf = (host: string): Spool => new Spool(arrivingIn(state, host), none);
  const [docker, podman] = ['unix:///run/docker.sock', 'unix:///run/podman/podman.sock'];
  await spoolOf(docker).directory(async (saved) => {
    writeFileSync(join(saved, 'archive'), 'x');
    await spoolOf(podman).directory(async () => {});
    expect(existsSync(join(saved, 'archive'))).toBe(true);
    await spoolOf(docker).directory(async () => {});
    expect(existsSync(saved)).toBe(false);
  });
});

it('a runner removes archives that earlier versions left in a directory of all engines', () => {
  const state = makeState();
  const [left, used] = [join(state, 'arriving/part-abcdef'), join(arrivingIn(state, 'x'), 'part-abcdef')];
  for (const path of [left, used]) mkdirSync(path, { recursive: true });
  expect(openState(state)).toEqual([]);
  expect([existsSync(left), existsSync(used)]).toEqual([false, true]);
});
