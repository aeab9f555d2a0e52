/** Records requests and answers, to check the product after a kill. */

import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import { defined } from '../../lib/defined.ts';

/** An element as the API shows it. */
export type Shown = Readonly<Record<string, unknown>> & { readonly state: string; readonly revision: number };

/** An element, by the answers about it. */
export interface Entry {
  readonly id: string;
  readonly path: string;
  readonly kind: string;
  readonly parentId?: string;
  /** The last answered state; absent if the element does not exist. */
  shown?: Shown;
  /** A change without an answer: the state that it would lead to, or `gone`. */
  doubt?: Partial<Shown> | 'gone';
  /** A delete was tried, so the element may be gone. */
  doomed: boolean;
  /** The events of its answered changes. */
  readonly events: { readonly type: string; readonly revision: number }[];
}

export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests read any member of an answer.
  readonly body: any;
}

const JSON_TYPES: Readonly<Record<string, string>> = { PATCH: 'application/merge-patch+json' };

/** Calls the product; undefined if there is no reliable answer: none at all, or `unavailable`. */
export const ask = async (
  url: string,
  method: string,
  path: string,
  body?: object,
): Promise<Answer | undefined> => {
  const bytes = body instanceof Uint8Array;
  const type = bytes ? 'application/gzip' : (JSON_TYPES[method] ?? 'application/json');
  try {
    const response = await fetch(`${url}${path}`, {
      method,
      ...defined({
        headers: body ? { 'content-type': type } : undefined,
        body: body ? (bytes ? new Uint8Array(body) : JSON.stringify(body)) : undefined,
      }),
    });
    const text = await response.text();
    if (response.status === 503) return undefined;
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
  } catch {
    return undefined;
  }
};

/** The kind in the names of events. */
const title = (kind: string): string => kind.charAt(0).toUpperCase() + kind.slice(1);

/** Whether the element has all predicted values. */
const shows = (found: Shown, predicted: Partial<Shown>): boolean =>
  Object.entries(predicted).every(([name, value]) => isDeepStrictEqual(found[name], value));

export class Ledger {
  readonly #entries = new Map<string, Entry>();

  /** Adds an entry for an element that is about to be created. */
  open(kind: string, location: string, name: string, parentId?: string): Entry {
    const id = `${kind}://${location}/${name}`;
    const path = `/v1/elements/${kind}/${location}/${name}`;
    const entry: Entry = {
      id,
      path,
      kind,
      doomed: false,
      events: [],
      ...defined({ parentId: parentId || undefined }),
    };
    this.#entries.set(id, entry);
    return entry;
  }

  get(id: string): Entry | undefined {
    return this.#entries.get(id);
  }

  all(): Entry[] {
    return [...this.#entries.values()];
  }

  present(): Entry[] {
    return this.all().filter(({ shown }) => shown);
  }

  /** Existing elements that refer to the element. */
  childrenOf(id: string): Entry[] {
    return this.present().filter(({ parentId }) => parentId === id);
  }

  /** Records a change as done: the new state, and its event. */
  settle(entry: Entry, after: Shown | undefined): void {
    const { shown: before, kind } = entry;
    const [was, is] = [before?.state === 'ready', after?.state === 'ready'];
    if (!was && is) entry.events.push({ type: `${title(kind)} Created`, revision: after?.revision ?? 0 });
    if (was && is) entry.events.push({ type: `${title(kind)} Modified`, revision: after?.revision ?? 0 });
    if (was && !after) {
      entry.events.push({ type: `${title(kind)} Deleted`, revision: (before?.revision ?? 0) + 1 });
    }
    delete entry.doubt;
    if (after) entry.shown = after;
    else delete entry.shown;
  }

  /** Checks an element: it has the answered state, or the state after its change without an answer. */
  async check(url: string, entry: Entry): Promise<void> {
    const answer = await ask(url, 'GET', entry.path);
    expect(answer?.status, `GET ${entry.id}`).toBeOneOf([200, 404]);
    const found: Shown | undefined = answer?.status === 200 ? answer.body : undefined;
    const { doubt, shown } = entry;
    if (doubt !== undefined && !isDeepStrictEqual(found, shown)) {
      if (doubt === 'gone') expect(found, `${entry.id}, whose delete had no answer`).toBeUndefined();
      else expect(found && shows(found, doubt), say(entry, found)).toBe(true);
      this.settle(entry, found);
      return;
    }
    expect(found, entry.id).toEqual(shown);
    delete entry.doubt;
  }

  /** Checks the data of an element that has data. */
  async checkData(url: string, { id, path, shown }: Entry): Promise<void> {
    if (shown?.state !== 'ready' || shown.checksum === undefined) return;
    const response = await fetch(`${url}${path}/data`);
    const bytes = new Uint8Array(await response.arrayBuffer());
    const checksum = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    expect([response.status, checksum], `the data of ${id}`).toEqual([200, shown.checksum]);
  }
}

const say = ({ id, shown, doubt }: Entry, found: Shown | undefined): string =>
  `${id} is ${JSON.stringify(found)}; it was ${JSON.stringify(shown)}, and to become ${JSON.stringify(doubt)}`;
