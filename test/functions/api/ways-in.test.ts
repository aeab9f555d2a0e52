import { request as httpRequest } from 'node:http';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Taskport as Client } from '../../../client/taskport.ts';
import { createApp } from '../../../functions/api/app.ts';
import { behindGateway } from '../../../functions/gateway.ts';
import { gatewayEvent } from '../../gateway-event.ts';
import { type Answer, startTaskport, type Taskport } from '../../taskport.ts';
import { bodyOf, expectInvalid, expectProblem, makeLocations, waysIn } from './support.ts';

const VICTIM = '/v1/elements/task/t/victim';
const authorizer = { iam: { userArn: 'arn:aws:iam::123456789012:role/tester' } };

let taskport: Taskport;
beforeAll(async () => {
  taskport = await startTaskport();
  await makeLocations(taskport, { name: 't', kind: 'task' });
  await bodyOf(taskport.call('POST', '/v1/elements', { body: { id: 'task://t/victim' } }), 201);
});
afterAll(() => taskport.stop());

/** Sends exactly this request line, which `fetch` would normalise. */
const askHttp = (method: string, path: string): Promise<Answer> =>
  new Promise((settle, fail) => {
    const asked = httpRequest(new URL(taskport.url), { method, path }, async (answer) => {
      const text = Buffer.concat(await answer.toArray()).toString();
      const headers = new Headers(Object.entries(answer.headers).map(([name, value]) => [name, `${value}`]));
      settle({ status: answer.statusCode ?? 0, headers, body: text === '' ? undefined : JSON.parse(text) });
    });
    asked.on('error', fail).end();
  });

/** An answer without the ID of its request. */
const said = ({ status, headers, body }: Answer) => ({
  status,
  headers: ['content-type', 'etag', 'location', 'allow'].map((name) => headers.get(name)),
  body: { ...body, requestId: undefined },
});

/** Calls like API Gateway. */
const askGateway = async (method: string, target: string): Promise<Answer> => {
  const handler = behindGateway(createApp(taskport.dependencies, { log: () => {} }));
  const { statusCode, headers, body } = (await handler(
    gatewayEvent(method, target, authorizer, {}, undefined) as never,
  )) as APIGatewayProxyStructuredResultV2;
  return {
    status: statusCode ?? 0,
    headers: new Headers(headers as Record<string, string>),
    body: body ? JSON.parse(body) : undefined,
  };
};

const sameBothWays = async (method: string, target: string): Promise<void> => {
  const [direct, behind] = await Promise.all([askHttp(method, target), askGateway(method, target)]);
  expect(said(behind)).toEqual(said(direct));
};

describe('a path with escapes', () => {
  it.each(['%23x', '%25', '%2541', '%20', '%C3%A4', '%5Cx', '%00', '%FF', '%3B%23'])(
    'is one name, for any escape: victim%s is refused, and no other element is meant',
    async (tail) => {
      for (const [, call] of waysIn(taskport)) {
        for (const query of ['', '?fields=nonsense']) {
          expectInvalid(await call('DELETE', `${VICTIM}${tail}${query}`), 'path');
          expectInvalid(await call('PATCH', `${VICTIM}${tail}${query}`, { body: {} }), 'path');
        }
        expect((await call('GET', VICTIM)).body.revision).toBe(1);
      }
    },
  );

  it('has the same answer both ways in, for any path and query', async () => {
    const words = ['v1', 'elements', 'locations', 'compositions', 'task', 't', 'victim', 'data', 'tasks'];
    const rest = ['lineage', 'children', 'references', 'health', 'openapi.json', 'plan', '', '.', '..'];
    const escapes = [
      '%23',
      '%25',
      '%2541',
      '%252F',
      '%20',
      '%C3%A4',
      '%FF',
      '%C3',
      '%ED%A0%80',
      '%5C',
      '%5c',
    ];
    const more = ['%2F', '%2f', '%2e', '%2E%2e', '%00', '%0A', '%7F', '%zz', '%', '%4', '%40', '%3A', '%2B'];
    const signs = [..."!$&'()*+,;=:@~-._"];
    const escaped = fc
      .tuple(fc.constantFrom(...words, ...rest), fc.array(fc.boolean(), { maxLength: 12 }))
      .map(([word, which]) =>
        [...word].map((sign, at) =>
          which[at] ? `%${sign.charCodeAt(0).toString(16).padStart(2, '0')}` : sign,
        ),
      )
      .map((parts) => parts.join(''));
    const word = fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...words, ...rest) },
      { weight: 2, arbitrary: escaped },
      { weight: 3, arbitrary: fc.constantFrom(...escapes, ...more, ...signs) },
    );
    const segment = fc.array(word, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(''));
    const path = fc
      .tuple(
        fc.constantFrom('/', '/v1/', '/v1/elements/task/t/', '/v1/locations/', VICTIM, `${VICTIM}/`),
        fc.array(fc.oneof(word, segment), { maxLength: 5 }),
      )
      .map(([base, parts]) => base + parts.join('/'));
    const query = fc
      .array(
        fc.tuple(
          fc.constantFrom('fields', 'limit', 'kind', 'location', 'filter', 'cursor', '%66ields', 'x'),
          fc.oneof(
            word,
            fc.constantFrom('attributes', 'task', 't', 'rw.a%2Crw.b', '1', 'name^=v', '?', 'a=b'),
          ),
        ),
        { maxLength: 3 },
      )
      .map((parts) => parts.map((part) => part.join('=')).join('&'))
      .map((text) => (text === '' ? '' : `?${text}`));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('GET', 'GET', 'HEAD', 'PUT'),
        path,
        query,
        async (method, asked, rest) => sameBothWays(method, asked + rest),
      ),
      { numRuns: 400 },
    );
  });

  it('with an encoded slash means the path with a slash', async () => {
    for (const [, call] of waysIn(taskport)) {
      expect((await call('GET', '/v1/elements%2Ftask/t%2fvictim')).body.id).toBe('task://t/victim');
      expectProblem(await call('DELETE', `${VICTIM}%2Fx`), 404, 'unknown-route');
    }
    for (const path of [
      '/%2F/..',
      `${VICTIM}%2F..`,
      `${VICTIM}/a%2Fb/../..`,
      `${VICTIM}%2F%2e./victim`,
      '/v1/.v1/%2e',
    ])
      await sameBothWays('GET', path);
  });

  // The part behind it is missing in the event, so a function cannot detect it.
  it('with an encoded question mark is refused where it arrives complete, and the client never sends one', async () => {
    expectInvalid(await taskport.call('DELETE', `${VICTIM}%3Fx`), 'path');
    const { elements, locations } = new Client({ url: taskport.url });
    for (const name of ['victim?x', 'victim?', 'victim/x'])
      await expect(locations.delete(name)).rejects.toThrow('no name has');
    await expect(elements.delete('task://t/victim?x')).rejects.toThrow('no name has');
    expect((await taskport.call('GET', VICTIM)).status).toBe(200);
  });
});

describe('a function URL', () => {
  it('passes paths unchanged, and they are understood', async () => {
    await bodyOf(taskport.call('POST', '/v1/elements', { body: { id: 'task://t/plain@1' } }), 201);
    const handler = behindGateway(createApp(taskport.dependencies, { log: () => {} }));
    for (const [name, status] of [
      ['plain%401', 200],
      ['pl%61in@1', 200],
      ['plain%25401', 400],
      ['plain@1%23', 400],
      ['plain%20', 400],
    ] as const) {
      const decoded = gatewayEvent('GET', `/v1/elements/task/t/${name}`, authorizer, {}, undefined);
      const event = { ...decoded, rawPath: `/v1/elements/task/t/${name}` };
      expect([name, (await handler(event as never)).statusCode]).toEqual([name, status]);
    }
  });
});

describe('other changes by the gateway', () => {
  const call = (...asked: Parameters<Taskport['call']>) => taskport.callBehind(authorizer, ...asked);

  it('to bodies: base64, unless the media type is on its list of text types', async () => {
    const body = { metadata: { rw: { a: 'ä' } } };
    const answer = await call('POST', '/v1/elements', { body: { id: 'task://t/bodies', ...body } });
    expect(answer.body.metadata.rw).toEqual({ a: 'ä' });
    const changed = { metadata: { rw: { a: 'ö' } } };
    const { headers, isBase64Encoded } = gatewayEvent(
      'PATCH',
      VICTIM,
      authorizer,
      { 'Content-Type': 'application/merge-patch+json' },
      JSON.stringify(changed),
    );
    expect([headers['content-type'], isBase64Encoded]).toEqual(['application/merge-patch+json', true]);
    const patched = await call('PATCH', '/v1/elements/task/t/bodies', { body: changed });
    expect(patched.body.metadata.rw).toEqual({ a: 'ö' });
  });

  it('to headers and cookies: joined, and moved', async () => {
    const { headers, cookies } = gatewayEvent(
      'GET',
      VICTIM,
      authorizer,
      { COOKIE: 'a=1; b=2', 'X-A': '1' },
      '',
    );
    expect({ headers, cookies }).toMatchObject({ headers: { 'x-a': '1' }, cookies: ['a=1', 'b=2'] });
    expect(headers).not.toHaveProperty('cookie');
    expect((await call('GET', VICTIM, { headers: { cookie: 'a=1' } })).status).toBe(200);
  });

  it('a header without a value still counts', async () => {
    for (const [, asked] of waysIn(taskport)) {
      const headers = { 'idempotency-key': '' };
      const body = { id: 'task://t/keyless' };
      expectInvalid(await asked('POST', '/v1/elements', { body, headers }), 'Idempotency-Key');
    }
  });

  it('the body of a GET is ignored', async () => {
    expect((await call('GET', VICTIM, { raw: 'x' })).status).toBe(200);
  });
});
