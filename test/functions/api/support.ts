import { createHash } from 'node:crypto';
import { pack } from 'tar-stream';
import { expect } from 'vitest';
import { asFunction } from '../../../infra/local/function-calls.ts';
import { createDynamoClient } from '../../../lib/adapters/dynamodb/engine/client.ts';
import { Table } from '../../../lib/adapters/dynamodb/engine/table.ts';
import { Sweeper } from '../../../lib/adapters/dynamodb/sweeper.ts';
import type { ProblemCode } from '../../../lib/errors.ts';
import { type Answer, AUDIT_DAYS, type Call, type Taskport } from '../../taskport.ts';

/** A caller through one of the two ways in. */
export type Caller = (method: string, path: string, call?: Call) => Promise<Answer>;

/** The two ways in: over HTTP, and as a Lambda function behind API Gateway. */
export const waysIn = (taskport: Taskport): readonly [name: string, call: Caller][] => [
  ['over HTTP', taskport.call],
  ['as a Lambda function', caller(taskport, 'arn:aws:iam::123456789012:role/tester')],
];

/** Calls as one principal behind API Gateway. */
export const caller =
  (taskport: Taskport, userArn: string): Caller =>
  (method, path, call) =>
    taskport.callAs(userArn, method, path, call);

/** Checks that the answer is this problem in the form of RFC 9457, with at least these members. */
export const expectProblem = (
  answer: Answer,
  status: number,
  code: ProblemCode,
  members: Record<string, unknown> = {},
): void => {
  expect({ status: answer.status, body: answer.body }).toMatchObject({
    status,
    body: { ...members, status, code, type: `https://taskport.dev/problems/${code}` },
  });
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(answer.body.detail).toBeTypeOf('string');
  expect(answer.body.requestId).toBe(answer.headers.get('x-request-id'));
};

/** An entity tag of a record at that revision. */
export const tagAt = (revision: number): RegExp => new RegExp(`^"[^"/]+\\.${revision}"$`);

/** Checks that the answer is an `invalid-request` with exactly these places. */
export const expectInvalid = (answer: Answer, ...paths: string[]): void => {
  expectProblem(answer, 400, 'invalid-request');
  const named = answer.body.issues.map((issue: { path: string }) => issue.path);
  expect([...new Set(named)]).toEqual(paths);
};

/** The body of an answer that has to be of this status. */
// biome-ignore lint/suspicious/noExplicitAny: tests read any member of an answer.
export const bodyOf = async (answer: Promise<Answer>, status: number): Promise<any> => {
  const { status: actual, body } = await answer;
  expect({ status: actual, body }).toMatchObject({ status });
  return body;
};

/** Makes locations; each is a name, which is also its kind, or a whole request. */
export const makeLocations = async (
  { call }: Pick<Taskport, 'call'>,
  ...locations: (string | { name: string; kind: string; [field: string]: unknown })[]
): Promise<void> => {
  await Promise.all(
    locations.map((location) => {
      const body = typeof location === 'string' ? { name: location, kind: location } : location;
      return bodyOf(call('POST', '/v1/locations', { body }), 201);
    }),
  );
};

/** The path of an element. */
export const pathOf = (id: string): string =>
  `/v1/elements/${id.replace('://', '/').replace(/[^/]+$/, encodeURIComponent)}`;

/** All items of a list, page by page. */
// biome-ignore lint/suspicious/noExplicitAny: tests read any member of an answer.
export const readPages = async (call: Caller, path: string, limit: number): Promise<any[][]> => {
  const pages: unknown[][] = [];
  let cursor: string | undefined;
  do {
    const next = `${path}${path.includes('?') ? '&' : '?'}limit=${limit}${cursor ? `&cursor=${cursor}` : ''}`;
    const { items, cursor: following } = await bodyOf(call('GET', next), 200);
    expect(items.length).toBeLessThanOrEqual(limit);
    pages.push(items);
    cursor = following;
  } while (cursor !== undefined);
  return pages;
};

/** A tar archive of files, by name and content. */
export const tar = async (files: Readonly<Record<string, string | Uint8Array>>): Promise<Uint8Array> => {
  const archive = pack();
  for (const [name, content] of Object.entries(files)) {
    if (name.endsWith('/')) archive.entry({ name, type: 'directory' });
    else archive.entry({ name }, Buffer.from(content));
  }
  archive.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of archive) chunks.push(chunk as Uint8Array);
  return new Uint8Array(Buffer.concat(chunks));
};

export const base64 = (bytes: Uint8Array): { base64: string } => ({
  base64: Buffer.from(bytes).toString('base64'),
});

export const digest = (algorithm: string, bytes: Uint8Array): string =>
  `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;

/** Runs the sweeper with its clock ahead. */
export const sweep = async ({ table, dependencies }: Taskport, aheadMs: number) => {
  const rows = new Table(createDynamoClient(), table);
  const sweeper = new Sweeper(rows, dependencies.blobs, () => Date.now() + aheadMs, AUDIT_DAYS);
  return asFunction('sweep', () => sweeper.run());
};
