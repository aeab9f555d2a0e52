import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../../functions/api/app.ts';
import { defined } from '../../../lib/defined.ts';
import type { Kind } from '../../../lib/kind/index.ts';
import { actions as ACTIONS, type Action } from '../../../lib/location/location.ts';
import { Composer } from '../../composing.ts';
import { ADMINISTRATOR, type Answer, startTaskport, type Taskport } from '../../taskport.ts';
import { type Permission, type Place, permissions } from './permissions.ts';
import { bodyOf, expectProblem, makeLocations } from './support.ts';

const KINDS: readonly Kind[] = ['task', 'image', 'volume', 'executor', 'log'];
const ISSUER = 'https://id.example.com';

/** A caller with one grant, or none, in the form of either authorizer. */
type Holder = Action | 'stranger';
const HOLDERS: readonly Holder[] = [...ACTIONS, 'stranger'];
const authorizers = {
  'a role': (holder: Holder) => ({
    iam: { userArn: `arn:aws:sts::123456789012:assumed-role/${holder}/session` },
  }),
  'a token': (holder: Holder) => ({ jwt: { claims: { iss: ISSUER, sub: holder } } }),
};
const principalsOf = (action: Action) => [`arn:aws:iam::123456789012:role/${action}`, `${ISSUER}|${action}`];

/** The owner of the guarded locations, without grants there. */
const OWNER = 'arn:aws:iam::123456789012:role/owner';
/** A value in elements of the guarded locations, for their readers only. */
const SECRET = 'for readers alone';

let taskport: Taskport;
const handles = { guarded: '', open: '', bare: '' };

beforeAll(async () => {
  taskport = await startTaskport();
  const grants = [
    ...ACTIONS.flatMap((action) =>
      principalsOf(action).map((principal) => ({ principal, actions: [action] })),
    ),
    { principal: 'local', actions: ACTIONS },
  ];
  await makeLocations(
    taskport,
    ...KINDS.flatMap((kind) => [
      { name: `open-${kind}`, kind },
      { name: `bare-${kind}`, kind },
      { name: `guarded-${kind}`, kind, grants, owner: OWNER },
    ]),
  );
  const create = (body: object) => bodyOf(taskport.call('POST', '/v1/elements', { body }), 201);
  await Promise.all(
    KINDS.flatMap((kind) =>
      ['open', 'guarded', 'bare'].map((place) =>
        create({
          id: `${kind}://${place}-${kind}/there`,
          metadata: { rw: { note: SECRET } },
          ...defined({ spec: kind === 'task' ? { annotations: { note: SECRET } } : undefined }),
        }),
      ),
    ),
  );
  // References to the elements prevent their delete.
  await Promise.all(
    (['task', 'image', 'volume'] as const).map((kind) =>
      create({ id: `${kind}://open-${kind}/child`, parentId: `${kind}://guarded-${kind}/there` }),
    ),
  );
  for (const place of ['open', 'guarded', 'bare'] as const) {
    const executorId = `executor://${place}-executor/there`;
    const composer = await new Composer(
      (path, body) => taskport.call('POST', path, body ? { body } : {}),
      executorId,
    ).open();
    handles[place] = composer.handle;
    await composer.join('log://guarded-log/there');
    await composer.join('task://guarded-task/there');
  }
});
afterAll(() => taskport.stop());

const placeOf = (kind: Kind, name = 'there', of: 'guarded' | 'bare' = 'guarded'): Place => {
  const location = `${of}-${kind}`;
  return {
    kind,
    location,
    name,
    id: `${kind}://${location}/${name}`,
    path: `/v1/elements/${kind}/${location}/${name}`,
    fresh: `n${randomUUID()}`,
    handle: handles[of],
    openHandle: handles.open,
  };
};

const ask = (authorizer: object, { route, call }: Permission, place: Place): Promise<Answer> => {
  const { path, ...rest } = call(place);
  return taskport.callBehind(authorizer, route.split(' ')[0] ?? '', path, rest);
};

const may = ({ granted }: Permission, holder: Holder): boolean =>
  granted === 'everybody' || granted.includes(holder as Action);
const namedTo = ({ granted, named = {} }: Permission, holder: Holder): Action | undefined =>
  named[holder as Action] ?? named.others ?? (granted as readonly Action[])[0];

/** An answer without the ID of its request. */
const said = ({ status, body }: Answer): unknown => ({ status, ...body, requestId: undefined });

/** Calls that need no credentials. */
const OPEN = ['GET /v1/health', 'GET /v1/openapi.json'];

it('knows every route of the API', () => {
  const { routes } = createApp(taskport.dependencies);
  const served = routes
    .filter(({ method }) => method !== 'ALL')
    .map(({ method, path }) => `${method} ${path}`);
  expect([...new Set(permissions.map(({ route }) => route))].sort()).toEqual([...new Set(served)].sort());
});

describe.each(permissions)('$route, by the grants of $of', (permission) => {
  it.each(permission.kinds)('%s: needs the grant', async (kind) => {
    for (const authorizer of Object.values(authorizers)) {
      await Promise.all(
        HOLDERS.map(async (holder) => {
          const answer = await ask(authorizer(holder), permission, placeOf(kind));
          if (may(permission, holder)) {
            expect({ holder, status: answer.status }).toEqual({
              holder,
              status: expect.toSatisfy((status: number) => permission.answers.includes(status)),
            });
            expect(answer.body?.code).not.toBe('permission-denied');
            // A caller who executes sees the specifications of tasks.
            const isReader = holder === 'read' || (holder === 'execute' && permission.of === 'the executor');
            if (!isReader) expect(JSON.stringify(answer.body ?? {})).not.toContain(SECRET);
          } else {
            expectProblem(answer, 403, 'permission-denied', { action: namedTo(permission, holder) });
          }
        }),
      );
    }
  });

  it('tells others nothing about existing elements', async () => {
    for (const kind of permission.kinds) {
      const others = HOLDERS.filter((holder) => !may(permission, holder));
      // A caller who may create learns by that which elements exist.
      for (const holder of others.filter((each) => permission.named?.[each as Action] === undefined)) {
        const authorizer = authorizers['a role'](holder);
        const [there, absent] = await Promise.all(
          ['there', 'absent'].map((name) => ask(authorizer, permission, placeOf(kind, name))),
        );
        expect(said(there as Answer)).toEqual(said(absent as Answer));
      }
    }
  });

  it('refuses callers whom the gateway does not name', async () => {
    const kind = permission.kinds[0] as Kind;
    const answer = await ask({}, permission, placeOf(kind));
    expect(answer.status).toBe(OPEN.includes(permission.route) ? 200 : 401);
  });
});

describe.each(permissions)('$route, of $of', (permission) => {
  const { granted, kinds } = permission;

  it('is for the owner and for administrators if it needs `admin`, and gives them nothing else', async () => {
    for (const kind of kinds)
      for (const userArn of [OWNER, ADMINISTRATOR]) {
        const answer = await ask({ iam: { userArn } }, permission, placeOf(kind));
        if (granted === 'everybody' || granted.includes('admin'))
          expect(permission.answers).toContain(answer.status);
        else expectProblem(answer, 403, 'permission-denied', { action: namedTo(permission, 'stranger') });
        if (granted !== 'everybody') expect(JSON.stringify(answer.body ?? {})).not.toContain(SECRET);
      }
  });

  it('is for everybody if there are no grants, unless it needs `admin`', async () => {
    for (const kind of kinds) {
      const answer = await ask(
        authorizers['a token']('stranger'),
        permission,
        placeOf(kind, 'there', 'bare'),
      );
      if (JSON.stringify(granted) === '["admin"]')
        expectProblem(answer, 403, 'permission-denied', { action: 'admin' });
      else expect(answer.body?.code).not.toBe('permission-denied');
    }
  });
});

it('requests of unfinished uploads are for callers who may create', async () => {
  const body = { data: { upload: true }, size: 1, checksum: `sha256:${'0'.repeat(64)}` };
  for (const kind of ['task', 'image', 'volume'] as const) {
    const id = `${kind}://guarded-${kind}/awaited`;
    await bodyOf(taskport.call('POST', '/v1/elements', { body: { id, ...body } }), 201);
    for (const [method, tail, status] of [
      ['GET', '/data/upload', 200],
      ['POST', '/data/complete', 409],
    ] as const) {
      const path = `/v1/elements/${kind}/guarded-${kind}/awaited${tail}`;
      for (const holder of HOLDERS) {
        const answer = await taskport.callBehind(authorizers['a token'](holder), method, path);
        if (holder === 'create') expect(answer.status).toBe(status);
        else expectProblem(answer, 403, 'permission-denied', { action: 'create' });
      }
    }
  }
});

it('the list of locations contains those that the caller may read or manage', async () => {
  for (const holder of HOLDERS) {
    const names: string[] = [];
    let cursor = '';
    do {
      const { body } = await taskport.callBehind(
        authorizers['a token'](holder),
        'GET',
        `/v1/locations?limit=1000${cursor}`,
      );
      names.push(...body.items.map(({ name }: { name: string }) => name));
      cursor = body.cursor === undefined ? '' : `&cursor=${body.cursor}`;
    } while (cursor);
    const guarded = names.filter((name) => name.startsWith('guarded-'));
    expect(guarded.length).toBe(['read', 'admin'].includes(holder) ? KINDS.length : 0);
    expect(names).toContain('open-task');
  }
});
