/** What whoever starts a runner is told of an engine that cannot be used. */

import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { reachEngine } from '../../cli/docker/reach-engine.ts';
import { titled } from '../bundle.ts';
import { withoutDocker } from './dockerd.ts';

const directory = mkdtempSync(join(tmpdir(), 'taskport-reach-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** What reaching something is refused with that answers every request so. */
const refusalOf = async (answer: object): Promise<unknown> => {
  const path = join(directory, `socket-${Math.random()}`);
  const server = createServer((_, to) => to.end(JSON.stringify(answer)));
  await new Promise<void>((settle) => server.listen(path, settle));
  const refusal = await reachEngine(`unix://${path}`, {}).catch((error) => error);
  server.close();
  return refusal;
};
const engine = { Version: '20.10.24', ApiVersion: '1.41', MinAPIVersion: '1.12', Arch: 'amd64', Os: 'linux' };

describe('an engine', () => {
  it.each([
    ['unix:///nowhere', /unix:\/\/\/nowhere.*there is no such socket/],
    ['tcp://127.0.0.1:9', /nobody listens there/],
    ['ssh://somewhere', /unix:\/\/ and tcp:\/\/ alone/],
  ])('at %s is said not to be there', (host, words) => expect(reachEngine(host, {})).rejects.toThrow(words));

  it.each([
    [{ ...engine, ApiVersion: '1.40' }, /is too old: it speaks version 1.40 of the API, and 1.41 is needed/],
    [{ ...engine, Arch: 'riscv64' }, /on riscv64/],
    [{ ...engine, Os: 'windows' }, /of windows/],
    [{ hello: 'world' }, /no engine of Docker's API/],
  ])('that cannot run tasks is said what is wrong with: %o', async (answer, words) =>
    expect(await refusalOf(answer)).toMatchObject({ message: expect.stringMatching(words) }),
  );

  it('that speaks later versions alone is spoken with as it likes', async () => {
    const later = { ...engine, ApiVersion: '1.99', MinAPIVersion: '1.60' };
    expect(await refusalOf(later)).toMatchObject({ facts: { api: '1.60' } });
    expect(await refusalOf({ ...later, MinAPIVersion: '1.44' })).toMatchObject({ facts: { api: '1.47' } });
  });

  const without = withoutDocker();
  it.skipIf(without)(titled('that is there says what it is', without), async () => {
    const { facts } = await reachEngine(undefined, { DOCKER_HOST: inject('dockerHost') });
    expect(facts).toMatchObject({ name: 'Docker', host: inject('dockerHost') });
  });
});
