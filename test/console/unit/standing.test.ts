import { expect, it } from 'vitest';
import { causeOf } from '../../../console/runs/cause.ts';
import { standingOf, whyOf } from '../../../console/runs/standing.ts';

const launch = (launchError: string) => whyOf({ reason: 'launch-error', launchError });

it.each([
  [
    'OCI runtime create failed: exec: "migrate": executable file not found in $PATH',
    /program migrate is not in the image/,
  ],
  [
    'exec: "/usr/bin/migrate": stat /usr/bin/migrate: no such file or directory',
    /program \/usr\/bin\/migrate is not/,
  ],
  ['crun: executable file `tool` not found in $PATH: No such file or directory', /program tool is not in/],
  ['exec: "/etc/passwd": permission denied', /program \/etc\/passwd is in the image, but/],
  [
    'x is not pulled: Get "https://no.such/v2/": dial tcp: lookup no.such on 127.0.0.1:53: no such host',
    /does not find the registry no\.such\./,
  ],
  ['pull access denied for nothing, repository does not exist', /registry refuses it/],
  ['x is not pulled: manifest for alpine:0 not found: manifest unknown', /no image of this name and tag/],
])('says in plain words why nothing started: %s', (said, words) => {
  expect(launch(said)).toMatch(words);
  expect(causeOf(`${said} \n`).engine).toBe(said);
});

it('says what it does not know as the engine does, without space around it', () => {
  expect(causeOf(' something else\n')).toEqual({ words: 'something else' });
  expect(launch(' something else\n')).toBe('Not started: something else');
  expect(whyOf({ reason: 'lost', lost: ' gone\n' })).toBe('Lost: gone');
});

it('says what the exit codes mean for which nothing ran', () => {
  expect(whyOf({ reason: 'failed', exitCode: 127 })).toMatch(/exit code 127: a command was not found/);
  expect(whyOf({ reason: 'failed', exitCode: 1 })).toBe('Failed, exit code 1');
});

it('names the limit that is blamed', () => {
  const limits = { resources: { memory: { limit: 16 * 2 ** 20 } }, deadlines: { runSeconds: 3 } };
  expect(whyOf({ reason: 'out-of-memory', exitSignal: 'KILL' }, limits)).toMatch(/limit of 16\.0 MiB/);
  expect(whyOf({ reason: 'run-deadline', exitSignal: 'TERM' }, limits)).toBe(
    'Stopped by its time limit of 3 s (signal TERM)',
  );
});

it('calls a run that was just asked for starting, and waiting only after a while', () => {
  const boundAt = '2030-01-31T12:00:00Z';
  const told = { state: 'bound', bound: true, attempt: 1, boundAt } as const;
  const now = Date.parse(boundAt);
  expect([standingOf(told, now + 1_000), standingOf(told, now + 6_000)]).toEqual(['starting', 'waiting']);
});
