/** A story in which every call is made once and every problem met: where the examples of the document come from. */

import { randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import type { Example, Examples } from '../../docs/generate/examples.ts';
import { answerProblem } from '../../functions/api/problem.ts';
import { defined } from '../../lib/defined.ts';
import { type ProblemCode, TaskportError } from '../../lib/errors.ts';
import type { LoggedTaskport } from '../functions/api/event-stream.ts';
import type { Answer, Call } from '../taskport.ts';

const STRANGER = 'arn:aws:iam::123456789012:role/stranger';
const TOLD_HEADERS = ['ETag', 'Location', 'Idempotency-Replayed', 'Allow', 'Retry-After'];
/** Characters of a text that is told whole. */
const MAX_TEXT = 2_000;

/** What is another every time, and what is told instead. */
const constants: readonly (readonly [RegExp, string])[] = [
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, '2026-01-31T12:00:00.000Z'],
  [/http:\/\/127\.0\.0\.1:\d+\/[^"]*/g, 'https://data.example.com/3f7c?X-Amz-Signature=5d67'],
  [/ws:\/\/127\.0\.0\.1:\d+\/v1\/sessions\/[\w-]*/g, 'wss://taskport.example.com/v1/sessions/Zt8mQy0c'],
  [/Wy[IJ][\w-]{12,}/g, 'WyJvcGFxdWUiXQ'],
  [/"password": ?"[^"]*/g, '"password":"bG9jYWw.tnpxgo.5PpLZ0Sc1X3wUeMvC8dQ2kR7yHb9aTfGjN4iVxWoE6s'],
  [/"silentSeconds":\d+/g, '"silentSeconds":12'],
  [/"eventId": ?"[^".]*/g, '"eventId":"c4ca4238a0b923820dcc509a6f75849b'],
  [/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g, '0b7a3f1e-5d0c-4f0e-9a55-3c1d2e4f5a6b'],
];

/** As it is told: without what is another every time, and with long texts cut. */
const settled = <T>(value: T): T => {
  const text = JSON.stringify(value, (_, part) =>
    typeof part === 'string' && part.length > MAX_TEXT ? `${part.slice(0, 24)}…` : part,
  );
  return JSON.parse(constants.reduce((told, [what, instead]) => told.replace(what, instead), text)) as T;
};

export class Story {
  readonly #taskport: LoggedTaskport;
  readonly #operations: Record<string, Example> = {};
  readonly #problems: Record<string, Example> = {};

  constructor(taskport: LoggedTaskport) {
    this.#taskport = taskport;
  }

  /** What was told so far. */
  get examples(): Examples {
    return { operations: this.#operations, problems: this.#problems };
  }

  /** Waits until what happened is in the log of events. */
  logged(): Promise<void> {
    return this.#taskport.logged();
  }

  /** Does it when an hour has passed, as the service has it. */
  async later(act: () => Promise<unknown>): Promise<void> {
    const dependencies: { now: () => number } = this.#taskport.dependencies;
    const { now } = dependencies;
    dependencies.now = () => now() + 3_600_000;
    await act();
    dependencies.now = now;
  }

  /** Makes a call that is not told. Throws where it fails. */
  async make(
    method: string,
    path: string,
    body: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const answer = await this.#taskport.call(method, path, { body, headers });
    if (answer.status >= 400) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`);
    return answer;
  }

  /** The header by which a change asks that what the path names is as it is now. */
  async ifMatch(path: string): Promise<Record<string, string>> {
    const { headers } = await this.make('GET', path, undefined);
    return { 'if-match': headers.get('etag') ?? '' };
  }

  /** Makes the call that is told of an operation. Throws where it fails. */
  async tell(id: string, method: string, path: string, call: Call = {}): Promise<Answer> {
    const answer = await this.#taskport.call(method, path, call);
    if (answer.status >= 400) throw new Error(`${id}: ${JSON.stringify(answer.body)}`);
    this.#operations[id] = toExample(method, path, call, answer);
    return answer;
  }

  /** Makes the call that is told of a problem. Throws where another comes of it. */
  async meet(code: ProblemCode, method: string, path: string, call: Call = {}): Promise<void> {
    this.#met(code, method, path, call, await this.#taskport.call(method, path, call));
  }

  /** Makes it as somebody else; as nobody without a name. */
  async meetAs(code: ProblemCode, as: 'stranger' | 'nobody', method: string, path: string): Promise<void> {
    const answer = await this.#taskport.callAs(as === 'stranger' ? STRANGER : '', method, path);
    this.#met(code, method, path, {}, answer);
  }

  /** What is answered where a store does not, or calls are too many: nothing that calls alone could lead to. */
  async imagine(code: ProblemCode, detail: string): Promise<void> {
    const app = new Hono<{ Variables: { requestId: string } }>();
    app.get('*', (c) => {
      c.set('requestId', randomUUID());
      throw new TaskportError(code, detail);
    });
    app.onError(answerProblem);
    const response = await app.request('/v1/locations');
    const { status, headers } = response;
    this.#met(code, 'GET', '/v1/locations', {}, { status, headers, body: await response.json() });
  }

  #met(code: ProblemCode, method: string, path: string, call: Call, answer: Answer): void {
    if (answer.body?.code !== code) throw new Error(`${code}: ${JSON.stringify(answer.body)}`);
    this.#problems[code] = toExample(method, path, call, answer);
  }
}

const toExample = (method: string, path: string, { headers, body }: Call, answer: Answer): Example => {
  // The document does not stand in itself, and neither does the tag that is made of it.
  const isOwn = path.endsWith('/openapi.json');
  const told = TOLD_HEADERS.flatMap((name) => {
    const value = isOwn ? null : answer.headers.get(name);
    return value === null ? [] : [[name, value]];
  });
  return settled({
    request: defined({ method, path, headers, body }),
    answer: {
      status: answer.status,
      ...(told.length > 0 ? { headers: Object.fromEntries(told) } : {}),
      ...(answer.body === undefined || isOwn ? {} : { body: answer.body }),
    },
  });
};
