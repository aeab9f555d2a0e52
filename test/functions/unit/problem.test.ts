import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { describe, expect, it } from 'vitest';
import { createApp } from '../../../functions/api/app.ts';
import { answerProblem, statusOf } from '../../../functions/api/problem.ts';
import { type ProblemCode, problemCodes, TaskportError } from '../../../lib/errors.ts';

/** The table in the API's contract (docs: Problems). */
const CONTRACT: Record<number, readonly string[]> = {
  400: ['invalid-request', 'invalid-filterspec', 'invalid-handle', 'data-error'],
  401: ['unauthenticated'],
  403: ['permission-denied', 'invalid-location'],
  404: ['unknown-location', 'not-found', 'unknown-route'],
  405: ['method-not-allowed'],
  409: [
    'name-collision',
    'read-only-key',
    'in-use',
    'insufficient-space',
    'invalid-state',
    'stale-handle',
    'already-joined',
    'not-joined',
    'already-bound',
    'not-bound',
    'mount-conflict',
    'volume-attached',
    'volume-elsewhere',
    'not-attached',
    'runner-elsewhere',
    'stale-runner',
    'no-root-filesystem',
  ],
  412: ['revision-mismatch'],
  413: ['payload-too-large'],
  415: ['unsupported-media-type', 'unsupported-data-format'],
  422: [
    'unknown-parent',
    'invalid-parent',
    'invalid-entry',
    'unsupported-checksum-algorithm',
    'checksum-mismatch',
    'unsupported-by-target',
    'idempotency-mismatch',
    'unknown-content',
  ],
  429: ['too-many-requests'],
  503: ['unavailable'],
};

const answer = async (error: Error) => {
  const app = new Hono();
  app.get('/', () => {
    throw error;
  });
  app.onError(answerProblem);
  const response = await app.request('/');
  return { status: response.status, headers: response.headers, body: await response.json() };
};

describe('a problem', () => {
  const table = Object.entries(CONTRACT).flatMap(([status, codes]) =>
    codes.map((code) => [code, Number(status)] as const),
  );

  it('has a status for every code, and no code is left out', () => {
    expect(Object.fromEntries(table)).toEqual(statusOf);
    expect(table.map(([code]) => code).sort()).toEqual([...problemCodes].sort());
  });

  it.each(table)('%s is answered with status %i, its code, detail and members', async (code, status) => {
    const { headers, ...rest } = await answer(
      new TaskportError(code as ProblemCode, 'what happened', { available: 5 }),
    );
    expect(rest).toMatchObject({
      status,
      body: {
        type: `https://taskport.dev/problems/${code}`,
        code,
        detail: 'what happened',
        available: 5,
        status,
      },
    });
    expect(headers.get('content-type')).toBe('application/problem+json');
    expect(headers.get('retry-after')).toBe(code === 'unavailable' ? '1' : null);
  });

  it('of the HTTP framework is an invalid request', async () => {
    const malformed = await answer(new HTTPException(400, { message: 'malformed' }));
    expect(malformed).toMatchObject({ status: 400, body: { code: 'invalid-request', detail: 'malformed' } });
  });
});

describe('a bug', () => {
  it('is answered 500 without details, and logged with all of them', async () => {
    const lines: string[] = [];
    const broken = {
      known: {
        get: () => {
          throw new TypeError('secret is not a function');
        },
      },
    };
    const app = createApp(broken as never, { localPrincipal: 'local', log: (line) => lines.push(line) });
    const response = await app.request('/v1/elements/image/any/image');
    const requestId = response.headers.get('x-request-id');
    expect([response.status, await response.json()]).toEqual([
      500,
      { type: 'about:blank', title: 'Internal Server Error', status: 500, requestId },
    ]);
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      {
        level: 'ERROR',
        code: 'bug',
        requestId,
        error: expect.stringContaining('secret is not a function\n'),
      },
    ]);
  });
});
