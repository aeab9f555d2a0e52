import { describe, expect, it } from 'vitest';
import { Checker, type Exchange } from './checker.ts';

const checker = new Checker();

const location = {
  name: 'library',
  kind: 'image',
  type: 's3',
  policy: 'read-write',
  owner: 'local',
  state: 'open',
  revision: 1,
  createdAt: '2026-01-31T12:00:00.000Z',
  createdBy: 'local',
  modifiedAt: '2026-01-31T12:00:00.000Z',
  modifiedBy: 'local',
};

const reversed = (value: object) => Object.fromEntries(Object.entries(value).reverse());
/** The members before and after `nfs`. */
const { name, kind, type, policy, ...locationFrom } = location;
const locationUpTo = { name, kind, type, policy };

const problem = (status: number, code: string, members: object = {}) => ({
  status,
  type: 'application/problem+json',
  body: {
    type: `https://taskport.dev/problems/${code}`,
    title: code.replaceAll('-', ' '),
    status,
    code,
    detail: 'this happened: try again',
    ...members,
    requestId: 'r',
  },
});

interface Told {
  readonly status: number;
  readonly body?: unknown;
  readonly type?: string;
  readonly headers?: Record<string, string>;
}

/** The violations of a call. */
const objections = (
  call: string,
  { status, body, type = 'application/json', headers = { etag: '"1"', location: '/' } }: Told,
  request?: unknown,
  requestType = 'application/json',
): string[] => {
  const [method = '', path = ''] = call.split(' ');
  const exchange: Exchange = {
    method,
    path,
    request: request === undefined ? {} : { type: requestType, text: JSON.stringify(request) },
    answer: {
      status,
      headers: new Headers({ 'x-request-id': 'r', 'content-type': type, ...headers }),
      text: body === undefined ? '' : JSON.stringify(body),
    },
  };
  return checker.check(exchange);
};

const READ = 'GET /v1/locations/library';
const CREATE = 'POST /v1/locations';
const made = { status: 201, body: location };

describe('a call that conforms to the document', () => {
  it.each([
    ['is read', READ, { status: 200, body: location }, undefined],
    ['is asked for by HEAD', 'HEAD /v1/locations/library', { status: 200 }, undefined],
    ['is created', CREATE, made, { name: 'library', kind: 'image' }],
    [
      'is refused, whatever was asked',
      CREATE,
      problem(409, 'name-collision', { id: 'library' }),
      { colour: 1 },
    ],
    ['leads nowhere', 'GET /v1/nothing', problem(404, 'unknown-route'), undefined],
    [
      'has no such method',
      'PUT /v1/locations',
      problem(405, 'method-not-allowed', { allowed: ['GET'] }),
      undefined,
    ],
  ] as const)('passes: it %s', (_, call, answer, request) => {
    expect(objections(call, answer, request)).toEqual([]);
  });
});

describe('a call that violates the document', () => {
  it.each([
    ['a status', READ, { status: 201, body: location }],
    ['a field that is missing', READ, { status: 200, body: { ...location, policy: undefined } }],
    ['a field that is not told', READ, { status: 200, body: { ...location, colour: 'red' } }],
    [
      'a field of a part that is not told',
      READ,
      { status: 200, body: { ...location, nfs: { server: 'a', path: '/', port: 1 } } },
    ],
    ['members in another order', READ, { status: 200, body: reversed(location) }],
    [
      'members of a part in another order',
      READ,
      { status: 200, body: { ...locationUpTo, nfs: { path: '/', server: 'a' }, ...locationFrom } },
    ],
    ['a value of another type', READ, { status: 200, body: { ...location, revision: '1' } }],
    ['a time that is none', READ, { status: 200, body: { ...location, createdAt: 'today' } }],
    ['a type of body', READ, { status: 200, body: location, type: 'text/plain' }],
    ['a header that is missing', READ, { status: 200, body: location, headers: {} }],
    ['a body where there is none', 'DELETE /v1/elements/image/library/a', { status: 204, body: {} }],
    ['a problem that is not told', READ, problem(409, 'in-use', { references: [], hidden: 0 })],
    ['a problem without its members', CREATE, problem(409, 'name-collision')],
    [
      'a problem without a way out',
      CREATE,
      problem(409, 'name-collision', { id: 'a', detail: 'it is taken' }),
    ],
    ['a member that is not told', CREATE, problem(409, 'name-collision', { id: 'a', colour: 'red' })],
    ['a bug', READ, { status: 500, body: {}, type: 'application/problem+json' }],
    ['a path that is not told', 'GET /v1/nothing', { status: 200, body: {} }],
    ['a method that is not told', 'PUT /v1/locations', { status: 200, body: {} }],
    ['a parameter that is not told', 'GET /v1/locations?colour=red', { status: 200, body: { items: [] } }],
    ['a value of a parameter', 'GET /v1/locations?limit=0', { status: 200, body: { items: [] } }],
    [
      'a parameter that is not asked for',
      'GET /v1/elements?kind=image',
      { status: 200, body: { items: [] } },
    ],
  ] as const)('is found by %s', (_, call, answer) => {
    expect(objections(call, answer)).not.toEqual([]);
  });

  it.each([
    ['a field that is not told', { name: 'library', kind: 'image', colour: 'red' }, 'application/json'],
    ['a field that is missing', { name: 'library' }, 'application/json'],
    ['another type', { name: 'library', kind: 'image' }, 'text/plain'],
  ])('is detected by %s in an accepted body', (_, request, type) => {
    expect(objections(CREATE, made, request, type)).not.toEqual([]);
  });

  it('is detected by a missing body', () => {
    expect(objections(CREATE, made)).not.toEqual([]);
  });
});
