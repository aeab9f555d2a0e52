import type { ListedRun } from '../../lib/composition/listed-run.ts';
import { UsageError } from '../usage-error.ts';
import { shortOf } from './made-by-run.ts';

type Test = (run: ListedRun, value: string) => boolean;

const STATES = ['bound', 'running', 'exited', 'failed', 'created', 'restarting'];

const tests: Readonly<Record<string, Test>> = {
  name: ({ executorId }, value) => shortOf(executorId).includes(value),
  status: ({ state, nextAttemptAt }, value) =>
    value === 'restarting' ? nextAttemptAt !== undefined : state === value,
  reason: ({ reason }, value) => reason === value,
  exited: ({ exitCode }, value) => String(exitCode) === value,
};

/** The filter of `--filter`, as in `docker ps`: any of several values of one key, and all of several keys. Throws `UsageError`. */
export const parseRunFilter = (texts: readonly string[]): ((run: ListedRun) => boolean) => {
  const asked = new Map<string, string[]>();
  for (const text of texts) {
    const [, key = '', value = ''] = /^([a-z]+)=(.+)$/s.exec(text) ?? [];
    if (!Object.hasOwn(tests, key))
      throw new UsageError(`--filter is ${text}, and has to be ${Object.keys(tests).join('=…, ')}=…`);
    if (key === 'status' && !STATES.includes(value))
      throw new UsageError(`--filter is ${text}, and the status is ${STATES.join(', ')}`);
    asked.set(key, [...(asked.get(key) ?? []), value]);
  }
  return (run) =>
    [...asked].every(([key, values]) => values.some((value) => tests[key]?.(run, value) ?? false));
};
