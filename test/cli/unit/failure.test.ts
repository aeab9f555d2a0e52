import { expect, it } from 'vitest';
import { reportFailure } from '../../../cli/failure.ts';
import { UsageError } from '../../../cli/usage-error.ts';
import { parseReference } from '../../../client/image-reference.ts';
import { ProblemError } from '../../../client/problem-error.ts';

const told = (error: unknown, isJson = false) => {
  let err = '';
  const { signal } = new AbortController();
  const io = {
    signal,
    err: (text: string) => {
      err += text;
    },
  };
  const code = reportFailure(error, io, isJson);
  return { code, err };
};

const thrown = (act: () => unknown): unknown => {
  try {
    return act();
  } catch (error) {
    return error;
  }
};

it('distinguishes wrong usage from a fault of Taskport, and shows how to report the fault', () => {
  expect(told(new UsageError('--since is soon'))).toEqual({ code: 2, err: 'taskport: --since is soon\n' });
  expect(told(thrown(() => parseReference('image://x')))).toEqual({
    code: 2,
    err: expect.stringMatching(/^taskport: image:\/\/x names no image: .*\n$/),
  });
  const fault = thrown(() => (undefined as unknown as { length: number }).length);
  const { code, err } = told(fault);
  expect(code).toBe(1);
  expect(err).toMatch(
    /^taskport: a fault of Taskport.*report it.*: TypeError: Cannot read properties of undefined.*\n {4}at .*failure\.test\.ts/,
  );
  expect(JSON.parse(told(fault, true).err)).toMatchObject({
    code: 'fault',
    detail: expect.stringContaining('failure.test.ts'),
  });
});

it('prints no control characters of a problem, which may quote another user', () => {
  const problem = {
    ...{ type: 'about:blank', status: 409, code: 'in-use' as const, detail: 'is in use\u001b[2J' },
    references: [{ id: 'task://jobs/\u0007one', kind: 'parent' }],
  };
  expect(told(new ProblemError(problem)).err).toBe(
    'taskport: in-use: is in use [2J\n  task://jobs/ one (parent)\n',
  );
});
