/** Requests to a store of secrets. */
import { describe, expect, it } from 'vitest';
import { compose } from '../../../lib/composition/plan/composed-container.ts';
import type { TaskSpec } from '../../../lib/element/task-spec.ts';
import { LaunchError } from '../../../lib/execution/engine.ts';
import { type SecretAsker, secretsOf } from '../../../lib/execution/secret-provider.ts';
import { inputOf, task } from '../composition/plan/some-input.ts';

const MAIN = 'task://jobs/main';
const SIDE = 'task://jobs/side';
const secret = (name: string, valueFrom: string, target: 'env' | 'file' = 'env') => ({
  name,
  valueFrom,
  target,
});
const attemptOf = (taskId: string) => ({ executorId: 'executor://boxes/box-1', taskId, attempt: 1 });

const spec: TaskSpec = { secrets: [secret('KEY', 'jobs/key'), secret('cert', 'jobs/cert', 'file')] };
const container = compose(
  inputOf({
    tasks: [{ ...task(MAIN, spec), boundBy: 'somebody' }, task(SIDE, { secrets: [secret('A', 'a')] })],
  }),
);

describe('the secrets of a task', () => {
  it('are requested with the caller who bound the task, its location and its ID; other tasks’ secrets are not', async () => {
    const asked: [string, SecretAsker][] = [];
    const found = await secretsOf(container, attemptOf(MAIN), async (reference, asker) => {
      asked.push([reference, asker]);
      return `the value of ${reference}`;
    });
    const asker = {
      location: 'boxes',
      executorId: 'executor://boxes/box-1',
      taskId: MAIN,
      principal: 'somebody',
    };
    expect(asked).toEqual([
      ['jobs/key', asker],
      ['jobs/cert', asker],
    ]);
    expect(found).toEqual([
      { name: 'KEY', target: 'env', value: 'the value of jobs/key' },
      { name: 'cert', target: 'file', value: 'the value of jobs/cert' },
    ]);
  });

  it('are requested without a caller for a task from an earlier version', async () => {
    await secretsOf(container, attemptOf(SIDE), async (_, asker) => {
      expect(asker).not.toHaveProperty('principal');
      return '';
    });
  });

  it('may have a NUL in a file, but not in a variable', async () => {
    const nul = async () => 'planted\0';
    const error = await secretsOf(container, attemptOf(MAIN), nul).catch((refused: Error) => refused);
    expect(error).toBeInstanceOf(LaunchError);
    expect((error as Error).message).toBe(
      'jobs/key has a NUL, which no variable can have: its target has to be `file`',
    );
  });
});
