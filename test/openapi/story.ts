/** Makes every call once and causes every problem: the source of the document's examples. */

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
/** Characters of a text that is shown whole. */
const MAX_TEXT = 2_000;

/** Varying values, and their replacements. */
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

/** The form for examples: without varying values, and with long texts cut. */
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

  /** The recorded examples so far. */
  get examples(): Examples {
    return { operations: this.#operations, problems: this.#problems };
  }

  /** Waits until the event log has everything. */
  logged(): Promise<void> {
    return this.#taskport.logged();
  }

  /** Runs `act` with the service's clock an hour ahead. */
  async later(act: () => Promise<unknown>): Promise<void> {
    const dependencies: { now: () => number } = this.#taskport.dependencies;
    const { now } = dependencies;
    dependencies.now = () => now() + 3_600_000;
    await act();
    dependencies.now = now;
  }

  /** Makes a call without recording it. Throws if it fails. */
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

  /** The header with the present entity tag of a path. */
  async ifMatch(path: string): Promise<Record<string, string>> {
    const { headers } = await this.make('GET', path, undefined);
    return { 'if-match': headers.get('etag') ?? '' };
  }

  /** Makes and records the call of an operation. Throws if it fails. */
  async tell(id: string, method: string, path: string, call: Call = {}): Promise<Answer> {
    const answer = await this.#taskport.call(method, path, call);
    if (answer.status >= 400) throw new Error(`${id}: ${JSON.stringify(answer.body)}`);
    this.#operations[id] = toExample(method, path, call, answer);
    return answer;
  }

  /** Makes and records the call that causes a problem. Throws for any other answer. */
  async meet(code: ProblemCode, method: string, path: string, call: Call = {}): Promise<void> {
    this.#met(code, method, path, call, await this.#taskport.call(method, path, call));
  }

  /** Makes the call as another principal, or without one. */
  async meetAs(code: ProblemCode, as: 'stranger' | 'nobody', method: string, path: string): Promise<void> {
    const answer = await this.#taskport.callAs(as === 'stranger' ? STRANGER : '', method, path);
    this.#met(code, method, path, {}, answer);
  }

  /** Records a problem that calls alone cannot cause: an unavailable store, or too many calls. */
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
  // The document does not contain itself, nor the tag derived from it.
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
