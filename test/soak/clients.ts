import type { CompositionInput, CompositionOutput } from './composition-model.ts';
import type { ElementInput, ElementOutput, ElementProblem, Seen } from './element-model.ts';
import type { Answer, Api } from './service.ts';

/** A request of clients, by key; undefined for an unknown outcome. */
export type Subject<I, O> = (key: string, input: I) => Promise<O | undefined>;

/** Chooses the next request of a client from its answers so far. */
export interface Curiosity<I, O> {
  next(key: string): I;
  heard(key: string, input: I, output: O | undefined): void;
}

export type Random = () => number;

export const pick = <T>(random: Random, items: readonly T[]): T =>
  items[Math.floor(random() * items.length)] as T;

/** An unknown outcome: the change may be made or not. Unexpected answers are thrown. */
const isUnknown = ({ status }: Answer): boolean => status === 503;

const PROBLEMS = new Set([
  'name-collision',
  'not-found',
  'revision-mismatch',
  'stale-handle',
  'already-joined',
  'not-joined',
  'already-bound',
  'not-bound',
]);

const problemOf = ({ status, body }: Answer): { problem: string; revision?: number } => {
  if (!PROBLEMS.has(body?.code)) throw new Error(`unexpected: ${status} ${JSON.stringify(body)}`);
  return body.revision === undefined
    ? { problem: body.code }
    : { problem: body.code, revision: body.revision };
};

/** Elements in a location for volumes, by their names. */
export const elementsBy = (api: Api, location: string): Subject<ElementInput, ElementOutput> => {
  const tags = new Map<string, string>();
  const nameOf = (key: string, { life, revision }: Seen): string => `${key} ${life} ${revision}`;
  return async (key, input) => {
    const path = `/elements/volume/${location}/${key}`;
    const asked = 'ifMatch' in input ? input.ifMatch : undefined;
    const ifMatch = asked && { 'if-match': tags.get(nameOf(key, asked)) ?? '' };
    const ask = (): Promise<Answer> => {
      switch (input.op) {
        case 'create': {
          const metadata = { ro: { life: input.value }, rw: { value: input.value } };
          return api('POST', '/elements', { id: `volume://${location}/${key}`, freeSpace: 0, metadata });
        }
        case 'read':
          return api('GET', path);
        case 'update':
          return api('PATCH', path, { metadata: { rw: { value: input.value } } }, ifMatch);
        case 'resize':
          return api('PATCH', path, { freeSpace: input.free }, ifMatch);
        case 'delete':
          return api('DELETE', path, undefined, ifMatch);
      }
    };
    const answer = await ask();
    if (isUnknown(answer)) return undefined;
    if (answer.status === 204) return 'absent';
    if (answer.status >= 300) return problemOf(answer) as ElementProblem;
    const { revision, metadata, freeSpace } = answer.body;
    const shown = { life: metadata.ro.life, revision, value: metadata.rw.value, free: freeSpace };
    tags.set(nameOf(key, shown), answer.headers.get('etag') ?? '');
    return shown;
  };
};

/** Compositions of the executors in a location, by their names. */
export const compositionsBy =
  (api: Api, location: string): Subject<CompositionInput, CompositionOutput> =>
  async (key, input) => {
    const ask = (): Promise<Answer> => {
      if (input.op === 'open')
        return api('POST', '/compositions', { executorId: `executor://${location}/${key}` });
      const path = `/compositions/${input.handle}`;
      if (input.op === 'read') return api('GET', path);
      const { op, id } = input;
      const mount =
        op === 'join' ? { mount: { path: `/${id.slice(id.lastIndexOf('/') + 1)}`, readOnly: true } } : {};
      return api('POST', `${path}/${op}`, id === undefined ? {} : { id, ...mount });
    };
    const answer = await ask();
    if (isUnknown(answer)) return undefined;
    if (answer.status >= 300) return problemOf(answer);
    const { handle, composition } = answer.body;
    const members = (composition.members as { id: string; bound: boolean }[]).map(({ id, bound }) => [
      id,
      bound,
    ]);
    return { handle, revision: composition.revision, members: Object.fromEntries(members) };
  };

/** Creates, changes, deletes and creates again; with a known state, mostly the last one, or without. */
export const elementClient = (name: string, random: Random): Curiosity<ElementInput, ElementOutput> => {
  const seen = new Map<string, Seen>();
  const former = new Map<string, Seen>();
  let written = 0;
  return {
    next(key) {
      const last = seen.get(key);
      const known = random() < 0.2 ? (former.get(key) ?? last) : last;
      const ifMatch = known !== undefined && random() < 0.4 ? { ifMatch: known } : {};
      written += 1;
      const value = `${name}-${written}`;
      const dice = random();
      if (last === undefined ? dice < 0.6 : dice < 0.05) return { op: 'create', value };
      if (dice < 0.35) return { op: 'read' };
      if (dice < 0.7) return { op: 'update', value, ...ifMatch };
      if (dice < 0.88) return { op: 'resize', free: Math.floor(random() * 1_000_000), ...ifMatch };
      return { op: 'delete', ...ifMatch };
    },
    heard(key, _, output) {
      if (output === undefined) return;
      const last = seen.get(key);
      if (output !== 'absent' && 'life' in output) {
        // For a new life, the last state of the former one is kept.
        if (last && last.life !== output.life) former.set(key, last);
        seen.set(key, output);
      } else if (output === 'absent' || output.problem === 'not-found') {
        if (last) former.set(key, last);
        seen.delete(key);
      }
    },
  };
};

/** Joins, binds, unbinds and leaves with the last known handle, or opens again. */
export const compositionClient = (
  ids: readonly string[],
  random: Random,
): Curiosity<CompositionInput, CompositionOutput> => {
  const handles = new Map<string, string>();
  return {
    next(key) {
      const handle = handles.get(key);
      if (handle === undefined || random() < 0.1) return { op: 'open' };
      const dice = random();
      if (dice < 0.15) return { op: 'read', handle };
      if (dice < 0.25) return { op: pick(random, ['bind', 'unbind'] as const), handle };
      return {
        op: pick(random, ['join', 'join', 'bind', 'unbind', 'leave'] as const),
        handle,
        id: pick(random, ids),
      };
    },
    heard(key, _, output) {
      // An unknown outcome keeps the handle, which may still be the latest.
      if (output === undefined) return;
      if ('handle' in output) handles.set(key, output.handle);
      else if (output.problem === 'stale-handle') handles.delete(key);
    },
  };
};
