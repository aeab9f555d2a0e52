/** Secrets from a runner's store reach their task, and nothing else. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { titled } from '../bundle.ts';
import { withoutDocker } from '../docker/dockerd.ts';
import { PATIENCE } from '../patience.ts';
import type { RunnerProcess } from '../runner-process.ts';
import { Stage, sh } from './runner.ts';

const without = withoutDocker();
const PLANTED = 'planted-value';

describe.skipIf(without)(titled('secrets of a task', without), () => {
  let stage: Stage;
  let directory: string;
  let runner: RunnerProcess;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'taskport-secrets-'));
    mkdirSync(join(directory, 'jobs'));
    writeFileSync(join(directory, 'jobs/key'), PLANTED);
    stage = await Stage.open();
    const [state, bare] = [
      await stage.place('boxes', { secrets: ['jobs/'] }),
      await stage.place('bare', { secrets: ['jobs/'] }),
    ];
    runner = await stage.startRunner('boxes', state, '--secrets', `dir:${directory}`);
    await stage.startRunner('bare', bare);
  });
  afterAll(async () => {
    await stage?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const secret = (valueFrom: string, target: 'env' | 'file') => ({
    name: `key-${target}`.replace('-', '_'),
    valueFrom,
    target,
  });
  const ended = async (executorId: string, spec: Parameters<Stage['furnish']>[1]) => {
    const [taskId = ''] = await stage.furnish(executorId, spec);
    await stage.bind(executorId);
    const isOver = async () =>
      expect((await stage.task(executorId, taskId))?.state).toBeOneOf(['exited', 'failed']);
    await vi.waitFor(isOver, PATIENCE);
    return { taskId, task: await stage.task(executorId, taskId) };
  };

  it('reach the task as variables and files, and appear in no answer, event or log', async () => {
    const executorId = 'executor://boxes/given';
    const secrets = [secret('jobs/key', 'env'), secret('jobs/key', 'file')];
    const script =
      'printf %s "$key_env" | sha256sum; sha256sum < /run/secrets/key_file; wc -c < /run/secrets/key_file';
    const { taskId, task } = await ended(executorId, sh(script, { secrets }));
    expect(task).toMatchObject({ state: 'exited', exitCode: 0, boundBy: 'local' });
    const lines = await stage.lines(executorId, taskId);
    expect(lines).toHaveLength(3);
    expect(lines[0]).toBe(lines[1]);
    expect(lines[2]?.trim()).toBe(String(PLANTED.length));
    expect(runner.said()).toContain(`gives jobs/key to ${taskId} on ${executorId}, which local bound`);
    const { taskport } = stage;
    const { handle, composition } = await taskport.compositions.open(executorId);
    const { items } = await taskport.events.page({ limit: 1_000 });
    const told = [
      runner.said(),
      JSON.stringify([composition, items, await stage.reports(executorId, taskId)]),
      JSON.stringify(await taskport.compositions.plan(handle, 'docker')),
    ];
    expect(told.join('\n')).not.toContain(PLANTED);
  });

  it('are refused with instructions how to provide one', async () => {
    const missing = await ended(
      'executor://boxes/missing',
      sh('true', { secrets: [secret('jobs/other', 'env')] }),
    );
    expect(missing.task).toMatchObject({
      state: 'failed',
      launchError: expect.stringContaining('jobs/other is not among the secrets of this runner'),
    });
    const none = await ended('executor://bare/none', sh('true', { secrets: [secret('jobs/key', 'file')] }));
    expect(none.task).toMatchObject({
      state: 'failed',
      launchError: expect.stringContaining(
        'this runner has no store of secrets: start it with `--secrets dir:',
      ),
    });
  });

  it('are limited by `allow.secrets` of the location', async () => {
    await expect(
      stage.furnish('executor://boxes/other', sh('true', { secrets: [secret('others/key', 'env')] })),
    ).rejects.toThrow(/others\/key/);
  });

  it('need an existing store, or the runner does not start', async () => {
    const state = await stage.place('wrong');
    await expect(stage.startRunner('wrong', state, '--secrets', 'vault')).rejects.toThrow(
      /--secrets is `dir:<directory>` or `aws`/,
    );
  });
});
