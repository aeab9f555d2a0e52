import { expect, it } from 'vitest';
import { askedOf } from '../../../console/new-run/again.ts';
import { type Asked, NOTHING, requestOf } from '../../../console/new-run/request.ts';

const ASKED: Asked = {
  ...NOTHING,
  image: 'images/app:1',
  command: "sh -c 'echo hi'",
  variables: [{ name: 'A', value: 'b' }],
  volumes: [{ id: 'volumes/data', path: '/data', isReadOnly: true }],
  memory: '64 MiB',
  cpus: '0.5',
  timeout: '90 s',
  restart: 'on-failure',
  restarts: '3',
  location: 'machines',
  cwd: '/srv',
  user: '1000:staff',
  entrypoint: '/bin/env',
  log: 'logs/main',
};

it('fills the form with the request of a run', () => {
  expect(askedOf(requestOf(ASKED))).toEqual(ASKED);
  expect(askedOf(requestOf({ ...NOTHING, image: 'images/app' }))?.command).toBe('');
  const { members = [], ...request } = requestOf(ASKED);
  expect(askedOf({ members: members.toReversed(), ...request })).toEqual(ASKED);
});

it('falls back to text for requests without matching fields', () => {
  const { members = [], ...request } = requestOf(ASKED);
  const more = { id: 'image://images/tools', mount: { path: '/opt' } };
  expect(askedOf({ ...request, members: [...members, more] })).toBeUndefined();
});

it('refuses a user with more than a name and a group', () => {
  for (const user of ['1:2:3', '1:', ':2'])
    expect(() => requestOf({ ...ASKED, user })).toThrow('neither <user> nor <user>:<group>');
});
