/** A client that opens the composition of an executor, and continues with the handle of each answer. */

import { expect } from 'vitest';
import { defined } from '../lib/defined.ts';
import { bodyOf, makeLocations, pathOf } from './functions/api/support.ts';
import { type Answer, startTaskport, type Taskport } from './taskport.ts';

export type Verb = 'join' | 'bind' | 'unbind' | 'leave' | 'interrupt';
type Answered = Pick<Answer, 'status' | 'body'>;
/** Posts JSON as the given caller. */
export type Post<A extends Answered = Answer> = (
  path: string,
  body?: object,
  headers?: Record<string, string>,
) => Promise<A>;

/** The part of a shown member that tests use. */
export interface ShownMember {
  readonly id: string;
  readonly kind: string;
  readonly bound: boolean;
  readonly mount?: { readonly path: string; readonly readOnly: boolean; readonly persistent: boolean };
  // biome-ignore lint/suspicious/noExplicitAny: tests read any member of an answer.
  readonly task?: any;
}

export interface ShownComposition {
  readonly executorId: string;
  readonly revision: number;
  readonly members: readonly ShownMember[];
  readonly createdAt: string;
}

export const reportsPath = (executorId: string, taskId: string): string =>
  `${pathOf(executorId)}${pathOf(taskId).replace('/v1/elements/task/', '/tasks/')}/reports`;

export const associationPath = (storageId: string, taskId: string): string =>
  `${pathOf(storageId)}${pathOf(taskId).replace('/v1/elements/task/', '/tasks/')}`;

/** Composes one executor. */
export class Composer<A extends Answered = Answer> {
  readonly executorId: string;
  /** The latest handle, and its composition. */
  handle = '';
  composition: ShownComposition = { executorId: '', revision: 0, members: [], createdAt: '' };
  readonly #post: Post<A>;

  constructor(post: Post<A>, executorId: string) {
    this.#post = post;
    this.executorId = executorId;
  }

  async open(): Promise<this> {
    this.#goOn(await this.#post('/v1/compositions', { executorId: this.executorId }), 201);
    return this;
  }

  /** Tries an operation with the latest handle, and keeps the next one if it succeeds. */
  async attempt(verb: Verb, body?: object, headers?: Record<string, string>): Promise<A> {
    const answer = await this.#post(`/v1/compositions/${this.handle}/${verb}`, body, headers);
    if (answer.status === 200) this.#goOn(answer, 200);
    return answer;
  }

  join(id: string, more: object = {}): Promise<ShownMember> {
    return this.#done('join', { id, ...more });
  }

  /** Joins storage. */
  mount(id: string, path: string, more: object = {}): Promise<ShownMember> {
    return this.join(id, { mount: { path, ...more } });
  }

  bind(id?: string): Promise<ShownMember> {
    return this.#done('bind', id === undefined ? undefined : { id });
  }

  unbind(id?: string): Promise<ShownMember> {
    return this.#done('unbind', id === undefined ? undefined : { id });
  }

  leave(id: string): Promise<ShownMember> {
    return this.#done('leave', { id });
  }

  interrupt(id: string, signal: string): Promise<ShownMember> {
    return this.#done('interrupt', { id, signal });
  }

  /** Tries to report on a task, like its runner. */
  report(taskId: string, report: object, headers?: Record<string, string>): Promise<A> {
    const at = new Date().toISOString();
    return this.#post(reportsPath(this.executorId, taskId), { at, ...report }, headers);
  }

  member(id: string): ShownMember {
    return this.composition.members.find((member) => member.id === id) as ShownMember;
  }

  /** The IDs of all members, or of the bound ones. */
  ids(which: 'all' | 'bound' = 'all'): string[] {
    return this.composition.members.filter(({ bound }) => which === 'all' || bound).map(({ id }) => id);
  }

  async #done(
    verb: Verb,
    body?: { readonly id: string; readonly [option: string]: unknown },
  ): Promise<ShownMember> {
    const { status, body: answered } = await this.attempt(verb, body);
    expect({ verb, status, answered }).toMatchObject({ status: 200 });
    return this.member(body?.id ?? '');
  }

  #goOn({ status, body }: Answered, expected: number): void {
    expect({ status, body }).toMatchObject({ status: expected });
    this.handle = body.handle;
    this.composition = body.composition;
  }
}

/** A Taskport with a location of each kind, named after it, and `shared` for volumes on NFS. */
export interface Stage extends Taskport {
  post: Post;
  /** Makes an element, and answers its ID. */
  make(kind: string, more?: object, location?: string): Promise<string>;
  /** Makes an element of each kind, and answers their IDs. */
  makeAll<const K extends readonly string[]>(...kinds: K): Promise<{ -readonly [At in keyof K]: string }>;
  /** A new executor without members. */
  compose(): Promise<Composer>;
  /** One with an image bound at `/`. */
  grounded(): Promise<Composer & { readonly rootId: string }>;
  /** One with a bound task. */
  busy(spec?: object): Promise<Composer & { readonly rootId: string; readonly taskId: string }>;
}

export const openStage = async (): Promise<Stage> => {
  const taskport = await startTaskport();
  const nfs = { server: 'files', path: '/home' };
  await makeLocations(
    taskport,
    'task',
    'image',
    'volume',
    { name: 'executor', kind: 'executor', allow: { nfs: [`${nfs.server}:`] } },
    'log',
    { name: 'shared', kind: 'volume', type: 'nfs', nfs },
  );
  let made = 0;
  const post: Post = (path, body, headers) =>
    taskport.call('POST', path, defined({ body: body || undefined, headers }));
  const stage: Stage = {
    ...taskport,
    post,
    async make(kind, more = {}, location = kind) {
      made += 1;
      const id = `${kind}://${location}/${kind}-${made}`;
      await bodyOf(post('/v1/elements', { id, ...more }), 201);
      return id;
    },
    makeAll: (...kinds) => Promise.all(kinds.map((kind) => stage.make(kind))) as Promise<never>,
    compose: async () => new Composer(post, await stage.make('executor')).open(),
    async grounded() {
      const [composer, rootId] = [await stage.compose(), await stage.make('image')];
      await composer.mount(rootId, '/');
      await composer.bind();
      return Object.assign(composer, { rootId });
    },
    async busy(spec) {
      const [composer, taskId] = [await stage.grounded(), await stage.make('task', spec && { spec })];
      await composer.join(taskId);
      await composer.bind(taskId);
      return Object.assign(composer, { taskId });
    },
  };
  return stage;
};
