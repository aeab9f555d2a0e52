import { toItem } from '../../lib/adapters/dynamodb/element-item.ts';
import type { Item } from '../../lib/adapters/dynamodb/engine/expression.ts';
import { edgeKey } from '../../lib/adapters/dynamodb/keys.ts';
import type { Composition } from '../../lib/composition/composition.ts';
import { presentComposition } from '../../lib/composition/representation.ts';
import { defined } from '../../lib/defined.ts';
import type { Location } from '../../lib/location/location.ts';
import { LocationCache } from '../../lib/location/location-cache.ts';
import { type Answer, type Api, apiOn, dependenciesOn } from './api.ts';
import { after } from './composition-effects.ts';
import type { Member, Step, World } from './composition-model.ts';
import { aLocation, anElement } from './records.ts';
import type { Stores } from './stores.ts';

/** The answer to a step. */
export interface Told {
  readonly status: number;
  readonly code?: string;
  readonly handle?: string;
  readonly members?: readonly Member[];
}

/** The state after all steps. */
export interface Seen {
  /** Each with its associated tasks. */
  readonly elements: Readonly<Record<string, readonly string[]>>;
  readonly compositions: Readonly<Record<string, readonly Member[]>>;
}

/** A small world in a table shared with others. */
export interface Site {
  readonly key: string;
  idOf(name: string): string;
  perform(step: Step): Promise<Told>;
  see(rows: readonly Item[]): Seen;
  /** The rows of this world. */
  own(rows: readonly Item[]): Item[];
}

const places = {
  E: { name: 'hosts', kind: 'executor', allow: { nfs: ['nfs.example:/export/'] } },
  I: { name: 'library', kind: 'image' },
  V: { name: 'disks', kind: 'volume' },
  N: { name: 'shares', kind: 'volume', type: 'nfs', nfs: { server: 'nfs.example', path: '/export' } },
  T: { name: 'jobs', kind: 'task' },
  L: { name: 'logs', kind: 'log' },
} satisfies Record<string, Partial<Location>>;

/** A cache of locations that never expires, so that reads of locations do not synchronise callers. */
export const knownForGood = ({ locations }: Stores): LocationCache => new LocationCache(locations, () => 0);

/** The API of a process with this cache. */
export const steadyApi = (stores: Stores, known = knownForGood(stores)): Api =>
  apiOn(stores, { ...dependenciesOn(stores), known });

export const openPlaces = async (api: Api): Promise<void> => {
  for (const place of Object.values(places)) await api('POST /locations', place);
  // Known from here on, in this process.
  for (const { name, kind } of Object.values(places)) await api(`GET /elements/${kind}/${name}/none`);
};

const placeOf = (name: string) => places[name.charAt(0) as keyof typeof places];

/** Names of the model within the table: every world has a key of its own in front of them. */
const namesOf = (key: string) => {
  const idOf = (name: string): string => `${placeOf(name).kind}://${placeOf(name).name}/${key}.${name}`;
  return {
    idOf,
    pathOf: (name: string): string => `/elements/${idOf(name).replace('://', '/')}`,
    tailOf: (name: string): string => `${placeOf(name).name}/${key}.${name}`,
    nameOf: (id: string): string => id.slice(id.lastIndexOf('/') + key.length + 2),
  };
};

// biome-ignore lint/suspicious/noExplicitAny: a member as the API shows it.
const toMember = (json: any, nameOf: (id: string) => string): Member => {
  const { id, bound, mount, task } = json;
  return {
    id: nameOf(id),
    bound,
    ...defined({
      mount: mount || undefined,
      task: task
        ? {
            state: task.state,
            attempt: task.attempt,
            isAsked: task.boundAt !== undefined || task.state !== 'created',
            ephemeral: task.ephemeral,
            ...defined({ with: task.storageId === undefined ? undefined : nameOf(task.storageId) }),
            signals: task.interrupt?.count ?? 0,
          }
        : undefined,
    }),
  };
};

/** The time in reports, which is the same for repeated reports. */
const AT = '2026-01-01T00:00:00Z';

const send = (api: Api, names: ReturnType<typeof namesOf>, step: Step): Promise<Answer> => {
  const { idOf, pathOf, tailOf } = names;
  switch (step.op) {
    case 'open':
      return api('POST /compositions', { executorId: idOf(step.on) });
    case 'compose':
      return api('POST /compositions', {
        executorId: idOf(step.on),
        ...(step.makes && { executor: {} }),
        members: step.joins.map(({ id, ...rest }) => ({ id: idOf(id), ...rest })),
        bind: step.bind,
      });
    case 'create':
      return api('POST /elements', { id: idOf(step.id) });
    case 'child':
      return api('POST /elements', { id: idOf(step.id), parentId: idOf(step.of) });
    case 'delete':
      return api(`DELETE ${pathOf(step.id)}`);
    case 'associate':
      return api(`PUT ${pathOf(step.id)}/tasks/${tailOf(step.task)}`);
    case 'dissociate':
      return api(`DELETE ${pathOf(step.id)}/tasks/${tailOf(step.task)}`);
    case 'report': {
      const { state, attempt } = step;
      const ended = state === 'exited' ? { exitCode: 0 } : {};
      return api(`POST ${pathOf(step.on)}/tasks/${tailOf(step.id)}/reports`, {
        attempt,
        state,
        ...ended,
        at: AT,
      });
    }
    default: {
      const { id } = step;
      const more =
        step.op === 'join' ? { mount: step.mount } : step.op === 'interrupt' ? { signal: 'TERM' } : {};
      const body = { ...defined({ id: id === undefined ? undefined : idOf(id) }), ...more };
      return api(`POST /compositions/${step.handle}/${step.op}`, body);
    }
  }
};

/** The world with that key, on these stores. */
export const siteOf = (api: Api, key: string): Site => {
  const names = namesOf(key);
  const { nameOf } = names;
  const own = (rows: readonly Item[]): Item[] =>
    rows.filter(({ row, pk, run }) => String(row === 'run' ? run : pk).includes(`/${key}.`));
  return {
    key,
    idOf: names.idOf,
    own,
    async perform(step) {
      const { status, body } = await send(api, names, step);
      if (status >= 400) return { status, code: body.code };
      if (!body?.handle) return { status };
      // biome-ignore lint/suspicious/noExplicitAny: as above.
      const members = body.composition.members.map((json: any) => toMember(json, nameOf));
      return { status, handle: body.handle, members };
    },
    see(rows) {
      const mine = own(rows);
      const compositions = mine
        .filter(({ row }) => row === 'composition')
        .map((row) => JSON.parse(row.composition as string) as Composition);
      return {
        elements: Object.fromEntries(
          mine
            .filter(({ row }) => row === 'element')
            .map(({ id, tasks = [] }) => [
              nameOf(id as string),
              (tasks as { id: string }[]).map((task) => nameOf(task.id)),
            ]),
        ),
        compositions: Object.fromEntries(
          compositions.map((composition) => [
            nameOf(composition.executorId),
            presentComposition(composition, () => true).members.map((json) => toMember(json, nameOf)),
          ]),
        ),
      };
    },
  };
};

/** Creates elements of a world, and associates tasks with storage; answers the world of the model. */
export const furnish = async (
  stores: Stores,
  { key }: Site,
  elements: readonly string[],
  associations: readonly (readonly [storage: string, task: string])[] = [],
): Promise<World> => {
  const { idOf } = namesOf(key);
  const reference = 'at-first';
  const rows = elements.map((name) => {
    const place = aLocation(placeOf(name));
    const tasks = associations
      .filter(([storage]) => storage === name)
      .map(([, task]) => ({ id: idOf(task), reference }));
    const record = anElement(place, `${key}.${name}`, tasks.length > 0 ? { tasks } : {});
    return toItem(record, place, 'furnish');
  });
  const edges = associations.map(([storage, task]) => ({
    ...edgeKey(idOf(task), idOf(storage), reference),
    row: 'edge',
    state: 'held',
    referrer: idOf(storage),
    kind: 'association',
  }));
  await stores.table.transact([...rows, ...edges].map((put) => ({ put })));
  const steps = [
    ...elements.map((id): Step => ({ op: 'create', id })),
    ...associations.map(([id, task]): Step => ({ op: 'associate', id, task })),
  ];
  return steps.reduce<World>((world, step) => after(world, step, undefined), {
    elements: {},
    compositions: {},
  });
};
