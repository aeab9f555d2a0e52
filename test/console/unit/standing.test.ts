import { expect, it } from 'vitest';
import { standingOf, whyOf } from '../../../console/runs/standing.ts';

const launch = (launchError: string) => whyOf({ reason: 'launch-error', launchError });

it('explains a failed start in plain words', () => {
  expect(launch('exec: "migrate": executable file not found in $PATH')).toMatch(
    /^Not started: the program migrate is not in the image\./,
  );
});

it('repeats an unknown message of the engine, trimmed', () => {
  expect(launch(' something else\n')).toBe('Not started: something else');
  expect(whyOf({ reason: 'lost', lost: ' gone\n' })).toBe('Lost: gone');
});

it('explains exit codes of commands that could not run', () => {
  expect(whyOf({ reason: 'failed', exitCode: 127 })).toMatch(/exit code 127: a command was not found/);
  expect(whyOf({ reason: 'failed', exitCode: 1 })).toBe('Failed, exit code 1');
});

it('names the limit that ended the run', () => {
  const limits = { resources: { memory: { limit: 16 * 2 ** 20 } }, deadlines: { runSeconds: 3 } };
  expect(whyOf({ reason: 'out-of-memory', exitSignal: 'KILL' }, limits)).toMatch(/limit of 16\.0 MiB/);
  expect(whyOf({ reason: 'run-deadline', exitSignal: 'TERM' }, limits)).toBe(
    'Stopped by its time limit of 3 s (signal TERM)',
  );
});

it('shows a new run as starting, and as waiting only after a while or for a known reason', () => {
  const boundAt = '2030-01-31T12:00:00Z';
  const told = { state: 'bound', bound: true, attempt: 1, boundAt } as const;
  const now = Date.parse(boundAt);
  expect([standingOf(told, now + 1_000), standingOf(told, now + 6_000)]).toEqual(['starting', 'waiting']);
  expect(standingOf({ ...told, waitsFor: 'a volume' }, now + 1_000)).toBe('waiting');
});
