/** The language of the workflows: steps with calls to the public API, and their events. */

import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, inject, test } from 'vitest';
import { defined } from '../../lib/defined.ts';
import { parseId } from '../../lib/element/id.ts';
import { Composer, reportsPath } from '../composing.ts';
import { pathOf } from '../functions/api/support.ts';
import { type PrintedEvent, parseOutput, withoutRepeats } from '../host/output.ts';
import { assertDocumented } from '../openapi/checker.ts';
import { PATIENCE } from '../patience.ts';
import { Runners, withoutEngine } from './container.ts';
import { abbreviate, type Headline, type Line, type Step, shortHandle } from './story.ts';

interface Answer {
  readonly status: number;
  readonly headers: Headline;
  // biome-ignore lint/suspicious/noExplicitAny: a workflow reads any member of an answer.
  readonly body: any;
}

interface Call {
  /** JSON, or bytes unchanged. */
  readonly body?: object | Uint8Array;
  readonly headers?: Headline;
}

/** An event that a step waits for, with the relevant part of its detail. */
interface ExpectedEvent {
  readonly type: string;
  readonly id: string;
  readonly detail?: Partial<PrintedEvent['detail']>;
}

/** Composes an executor by the calls of a workflow. */
export type Composing = Composer<Answer>;

interface Workflow {
  /** Runs and records one step. */
  step(what: string, act: () => Promise<void>): Promise<void>;
  call(method: string, path: string, call?: Call): Promise<Answer>;
  /** Calls until the answer is as expected, because lists lag writes by moments. Only the last call is recorded. */
  callUntil(method: string, path: string, holds: (answer: Answer) => boolean): Promise<Answer>;
  /** The data of the element, from the URL of `GET …/data`. */
  download(path: string): Promise<Uint8Array>;
  /** Opens the composition of an executor. */
  compose(executorId: string): Promise<Composing>;
  /**
   * Lets a runner run bound tasks, and answers the output of a task after its expected end. If nothing can run here, which is recorded, it
   * reports like a runner and answers nothing.
   */
  run(box: Composing, taskId: string, exitCode: number): Promise<string | undefined>;
  /** Waits until these events have come, in order for each record, and no others since the last call. */
  events(...expected: readonly ExpectedEvent[]): Promise<void>;
}

const TOLD_HEADERS = ['location', 'etag', 'allow'];
const JSON_TYPES: Headline = { PATCH: 'application/merge-patch+json' };

const printed = () => parseOutput(readFileSync(inject('workflowOutput'), 'utf8'));

/** Repeats until the result is as expected, or time is up. */
const eventually = async <T>(ask: () => T | Promise<T>, holds: (it: T) => boolean): Promise<T> => {
  const deadline = Date.now() + PATIENCE.timeout;
  for (;;) {
    const it = await ask();
    if (holds(it) || Date.now() > deadline) return it;
    await sleep(PATIENCE.interval);
  }
};

const parse = (text: string): unknown => {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
};

const OF_COMPOSITION = / (Joined|Bound|Unbound|Left|Interrupted|Started|Exited)$/;
/** An element and its part in a composition are two records, each with ordered events. */
const recordOf = ({ type, id }: { readonly type: string; readonly id: string }): string =>
  `${id} ${OF_COMPOSITION.test(type) ? 'joined' : ''}`;
const byRecord = <T extends { readonly type: string; readonly id: string }>(events: readonly T[]): T[] =>
  events.toSorted((a, b) => (recordOf(a) < recordOf(b) ? -1 : Number(recordOf(a) > recordOf(b))));

/** A test that is a workflow of the specification, and records its steps (`npm run workflows` prints them). */
export const workflow = (title: string, tell: (workflow: Workflow) => Promise<void>): void =>
  test(title, async ({ task }) => {
    const story: Step[] = [];
    task.meta.story = story;
    const { url } = await eventually(printed, (output) => output.url !== undefined);
    if (url === undefined) throw new Error('the product does not listen');
    const runners = new Runners(url);
    try {
      await tell(begin(url, story, runners));
    } finally {
      await runners.stop();
    }
  });

const begin = (url: string, story: Step[], runners: Runners): Workflow => {
  const locations = new Set<string>();
  const seen = new Set<string>();
  const tell = (...lines: Line[]) => story.at(-1)?.lines.push(...lines);

  // Changes of runners belong to the machine, and are not part of any workflow.
  const isOurs = ({ id, type }: PrintedEvent) =>
    !type.startsWith('Runner ') && locations.has(/^\w+:\/\/([^/]+)\//.exec(id)?.[1] ?? id);
  const news = () =>
    withoutRepeats(printed().events).filter((event) => isOurs(event) && !seen.has(event.detail.eventId));

  const exchange = async (method: string, target: string, { body, headers = {} }: Call): Promise<Answer> => {
    const json = body !== undefined && !(body instanceof Uint8Array);
    const response = await fetch(target, {
      method,
      redirect: 'manual',
      headers: {
        ...defined({ 'content-type': json ? (JSON_TYPES[method] ?? 'application/json') : undefined }),
        ...headers,
      },
      ...defined({
        body:
          body === undefined ? undefined : json ? JSON.stringify(body) : new Uint8Array(body as Uint8Array),
      }),
    });
    const isText = response.headers.get('content-type')?.includes('json') ?? true;
    const bytes = new Uint8Array(await response.arrayBuffer());
    const text = isText ? Buffer.from(bytes).toString('utf8') : '';
    if (target.startsWith(url)) {
      assertDocumented({
        method,
        path: target.slice(url.length),
        request: {
          type: json ? (JSON_TYPES[method] ?? 'application/json') : headers['content-type'],
          text: json ? JSON.stringify(body) : '',
        },
        answer: { status: response.status, headers: response.headers, text },
      });
    }
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: isText ? parse(text) : bytes,
    };
  };

  const told = (method: string, target: string, { body, headers }: Call, answer: Answer): Line[] => [
    {
      kind: 'request',
      call: `${method} ${shortened(target)}`,
      ...defined({ headers }),
      ...(body ? { body: abbreviate(body) } : {}),
    },
    defined({
      kind: 'answer',
      status: answer.status,
      headers: Object.fromEntries(
        TOLD_HEADERS.flatMap((name) =>
          answer.headers[name] ? [[name, shortened(answer.headers[name])]] : [],
        ),
      ),
      body: answer.body === undefined ? undefined : abbreviate(answer.body),
    }),
  ];

  const call: Workflow['call'] = async (method, path, request = {}) => {
    const answer = await exchange(method, `${url}${path}`, request);
    if (path === '/v1/locations' && answer.status === 201) locations.add(answer.body.name);
    tell(...told(method, path, request, answer));
    return answer;
  };

  /** The content of a signed URL. */
  const fetched = async (target: string): Promise<Uint8Array> => {
    const answer = await exchange('GET', target, {});
    tell(...told('GET', target, {}, answer));
    expect(answer.status).toBe(200);
    return answer.body;
  };

  const download: Workflow['download'] = async (path) => {
    const { status, headers } = await call('GET', path);
    expect(status).toBe(307);
    return fetched(headers.location ?? '');
  };

  const callUntil: Workflow['callUntil'] = async (method, path, holds) => {
    const answer = await eventually(() => exchange(method, `${url}${path}`, {}), holds);
    tell(...told(method, path, {}, answer));
    return answer;
  };

  return {
    call,
    download,
    compose: (executorId) => {
      const post = (path: string, body?: object, headers?: Headline) =>
        call('POST', path, defined({ body: body || undefined, headers }));
      return new Composer<Answer>(post, executorId).open();
    },
    async run(box, taskId, exitCode) {
      const { attempt } = box.member(taskId).task;
      const without = withoutEngine();
      if (without !== undefined) {
        tell({ kind: 'remark', text: `not run here: ${without}` });
        await box.report(taskId, { attempt, state: 'running' });
        await box.report(taskId, { attempt, state: 'exited', exitCode });
        return undefined;
      }
      const command = await runners.start(parseId(box.executorId, 'executorId').location);
      const { body } = await callUntil('GET', `${pathOf(box.executorId)}?fields=composition`, (answer) =>
        ['exited', 'failed'].includes(taskOf(answer, taskId)?.state),
      );
      expect(taskOf({ body }, taskId)).toMatchObject({ state: 'exited', attempt, exitCode });
      const path = `${reportsPath(box.executorId, taskId).replace(/reports$/, 'attempts')}/${attempt}/output`;
      const kept = await callUntil('GET', `${path}?stream=stdout`, (answer) => answer.body.ended === true);
      const parts: string[] = await Promise.all(
        kept.body.items.map(async (item: { readonly text?: string; readonly url?: string }) =>
          item.url ? Buffer.from(await fetched(item.url)).toString() : item.text,
        ),
      );
      const lines = parts.join('').split('\n').slice(0, -1);
      const output = lines.map((line) => `${line.slice(line.indexOf(' ') + 1)}\n`).join('');
      tell({ kind: 'run', command, output, exitCode });
      return output;
    },
    async step(what, act) {
      story.push({ what, lines: [] });
      await act();
    },
    callUntil,
    async events(...expected) {
      const come = await eventually(news, ({ length }) => length >= expected.length);
      for (const { type, id, detail } of come) {
        seen.add(detail.eventId);
        // The ID contains the kind and the location.
        const { eventId: _, schemaVersion: __, kind: ___, location: ____, ...rest } = detail;
        tell({ kind: 'event', type, id, detail: rest });
      }
      expect(byRecord(come)).toMatchObject(byRecord(expected));
    },
  };
};

/** The state of a task in the answer about an executor. */
const taskOf = ({ body }: Pick<Answer, 'body'>, taskId: string) =>
  body.composition.members.find(({ id }: { id: string }) => id === taskId)?.task;

/** A URL without its signature. */
const withoutQuery = (target: string): string => target.replace(/\?X-Amz-.*$/, '?X-Amz-…');

/** A shortened path or URL. */
const shortened = (target: string): string =>
  withoutQuery(target).replace(/(?<=\/compositions\/)[\w-]+/, shortHandle);
