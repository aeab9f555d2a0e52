/** Several callers with locations of one name, one after another. */
import { afterAll, beforeAll, inject } from 'vitest';
import { CLOSING_MS } from '../../../lib/location/locations.ts';
import { type LoggedTaskport, startLogged } from './event-stream.ts';
import { bodyOf, expectProblem, pathOf, sweep } from './support.ts';

const role = (name: string): string => `arn:aws:iam::123456789012:role/${name}`;
export const [OLD, NEW, READER, WRITER, STRANGER] = ['old', 'new', 'reader', 'writer', 'stranger'].map(
  role,
) as [string, string, string, string, string];
const ALL = ['create', 'read', 'write', 'delete', 'compose', 'admin'];
export const of = (principal: string, actions = ALL) => ({ principal, actions });
export const OLD_GRANTS = [of(OLD), of(READER, ['read']), of(WRITER, ['create', 'write'])];
export const NEW_GRANTS = [of(NEW)];

export interface Shown {
  readonly 'detail-type': string;
  readonly detail: Readonly<Record<string, string>>;
}
export const told = ({ items }: { items: Shown[] }): string[] =>
  items.map(({ 'detail-type': type, detail }) => `${type} ${detail.id}`);

export const actionsOf = ({ items }: { items: { action: string; actor: string }[] }): string[] =>
  items.map(({ action, actor }) => `${action} by ${actor.split('/')[1]}`);

/** A Taskport for the tests of a file, and the calls of each tenant, by name. */
export const useTenants = () => {
  let started: LoggedTaskport;
  beforeAll(async () => {
    started = await startLogged(inject('dynamodbUrl'));
  });
  afterAll(() => started.stop());
  const taskport = (): LoggedTaskport => started;
  const make = (as: string, name: string, grants?: object[], kind = 'task') =>
    bodyOf(taskport().callAs(as, 'POST', '/v1/locations', { body: { name, kind, grants } }), 201);
  const create = (as: string, id: string, rest: object = {}) =>
    bodyOf(taskport().callAs(as, 'POST', '/v1/elements', { body: { id, ...rest } }), 201);
  const update = (as: string, id: string, rw: object) =>
    bodyOf(taskport().callAs(as, 'PATCH', pathOf(id), { body: { metadata: { rw } } }), 200);
  const remove = (as: string, id: string) => bodyOf(taskport().callAs(as, 'DELETE', pathOf(id)), 204);
  const close = (as: string, name: string) =>
    bodyOf(taskport().callAs(as, 'DELETE', `/v1/locations/${name}`), 202);
  /** Deletes an empty location, and waits until it is gone. */
  const destroy = async (as: string, name: string): Promise<void> => {
    await close(as, name);
    await sweep(taskport(), CLOSING_MS + 1_000);
    expectProblem(await taskport().callAs(as, 'GET', `/v1/locations/${name}`), 404, 'unknown-location');
  };
  const askAudit = (as: string, id: string, query = '') =>
    taskport().callAs(as, 'GET', `${pathOf(id)}/audit${query}`);
  const audit = (as: string, id: string, query = '') => bodyOf(askAudit(as, id, query), 200);
  const events = (as: string, query: string) =>
    bodyOf(taskport().callAs(as, 'GET', `/v1/events?${query}`), 200);
  const latest = async (): Promise<string> => {
    await taskport().logged();
    return (await events(OLD, 'after=latest')).after;
  };
  return { taskport, make, create, update, remove, destroy, askAudit, audit, events, latest };
};
