/** Several locations of one name, one after another: each caller sees the events of those in which it may read, or could read at the end. */
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { CLOSING_MS } from '../../../lib/location/locations.ts';
import { type LoggedTaskport, startLogged } from './event-stream.ts';
import { bodyOf, pathOf, sweep } from './support.ts';

const READERS = ['a', 'b'].map((name) => `arn:aws:iam::123456789012:role/${name}`);
const ALL = ['create', 'read', 'write', 'delete', 'admin'];
const RUNS = 8;

let taskport: LoggedTaskport;
beforeAll(async () => {
  taskport = await startLogged(inject('dynamodbUrl'));
});
afterAll(() => taskport.stop());

/** A location that had a name for a while, and its readers. */
interface Life {
  readonly name: string;
  readers: readonly string[];
  revision: number;
  createdAt: string;
}

/** An event in the test's records, with its locations; it happened in the first. */
interface Happened {
  readonly event: string;
  readonly id: string;
  readonly places: readonly { readonly id: string; readonly life: Life }[];
}

interface Kept {
  readonly id: string;
  readonly life: Life;
  readonly parent: Kept | undefined;
  readonly createdAt: string;
  revision: number;
}

const readersOf = (which: number): string[] => READERS.filter((_, at) => which & (1 << at));
const locationIn = (id: string): string => id.split('/')[2] as string;
const grantsOf = (readers: readonly string[]) => [
  { principal: 'local', actions: ALL },
  ...readers.map((principal) => ({ principal, actions: ['read'] })),
];

/** Runs a program of actions, and records the expected events. */
class World {
  readonly happened: Happened[] = [];
  readonly ids = new Set<string>();
  readonly #names: readonly string[];
  readonly #lives = new Map<string, Life>();
  readonly #elements = new Map<string, Kept>();

  constructor(mark: string) {
    this.#names = ['x', 'y'].map((name) => `${mark}-${name}`);
  }

  nameOf(at: number): string {
    return this.#names[at] as string;
  }

  /** Creates the location, or changes its readers. */
  async grant(name: string, readers: readonly string[]): Promise<void> {
    const grants = grantsOf(readers);
    const life = this.#lives.get(name);
    if (life) {
      const path = `/v1/locations/${name}`;
      const { revision } = await bodyOf(taskport.call('PATCH', path, { body: { grants } }), 200);
      Object.assign(life, { readers, revision });
      this.#ofLocation('Modified', life);
      return;
    }
    const body = { name, kind: 'image', grants };
    const { createdAt, revision } = await bodyOf(taskport.call('POST', '/v1/locations', { body }), 201);
    const made = { name, readers, revision, createdAt };
    this.#lives.set(name, made);
    this.#ofLocation('Created', made);
  }

  /** Creates the element, or changes it. */
  async touch(id: string, parentId: string | undefined): Promise<void> {
    const life = this.#lives.get(locationIn(id));
    if (!life) return;
    const there = this.#elements.get(id);
    if (there) {
      const body = { metadata: { rw: { nth: String(there.revision) } } };
      there.revision = (await bodyOf(taskport.call('PATCH', pathOf(id), { body }), 200)).revision;
      this.#ofElement('Modified', there);
      return;
    }
    const parent = parentId === undefined || parentId === id ? undefined : this.#elements.get(parentId);
    const body = { id, ...(parent ? { parentId } : {}) };
    const { createdAt } = await bodyOf(taskport.call('POST', '/v1/elements', { body }), 201);
    const made: Kept = { id, life, parent, createdAt, revision: 1 };
    this.#elements.set(id, made);
    this.ids.add(id);
    this.#ofElement('Created', made);
    if (!parent) return;
    const places = [parent, made].map((each) => ({ id: each.id, life: each.life }));
    this.happened.push({ event: `Image Inherited ${parent.id} ${createdAt}`, id: parent.id, places });
  }

  /** Deletes the element, its children first. */
  async remove(id: string): Promise<void> {
    const element = this.#elements.get(id);
    if (!element) return;
    for (const child of [...this.#elements.values()].filter(({ parent }) => parent === element)) {
      await this.remove(child.id);
    }
    await bodyOf(taskport.call('DELETE', pathOf(id)), 204);
    this.#elements.delete(id);
    element.revision += 1;
    this.#ofElement('Deleted', element);
  }

  /** Deletes the location with all its elements. */
  async destroy(name: string): Promise<void> {
    const life = this.#lives.get(name);
    if (!life) return;
    for (const { id } of [...this.#elements.values()].filter((element) => element.life === life)) {
      await this.remove(id);
    }
    await expect.poll(async () => (await taskport.call('DELETE', `/v1/locations/${name}`)).status).toBe(202);
    life.revision += 1;
    this.#ofLocation('Modified', life);
    await sweep(taskport, CLOSING_MS + 1_000);
    life.revision += 1;
    this.#ofLocation('Deleted', life);
    this.#lives.delete(name);
  }

  mayReadNow(principal: string, name: string): boolean {
    return this.#lives.get(name)?.readers.includes(principal) ?? false;
  }

  isThere(id: string): boolean {
    return this.#elements.has(id);
  }

  #ofLocation(verb: string, life: Life): void {
    const { name, createdAt, revision } = life;
    const event = `Location ${verb} ${name} ${createdAt} ${revision}`;
    this.happened.push({ event, id: name, places: [{ id: name, life }] });
  }

  #ofElement(verb: string, { id, life, createdAt, revision }: Kept): void {
    this.happened.push({
      event: `Image ${verb} ${id} ${createdAt} ${revision}`,
      id,
      places: [{ id, life }],
    });
  }
}

/** An element, by its location (one of two) and its number. */
type Named = readonly [at: number, nth: number];
type Step =
  | { readonly verb: 'grant'; readonly at: number; readonly which: number }
  | { readonly verb: 'touch'; readonly named: Named; readonly parent: Named | null }
  | { readonly verb: 'remove'; readonly named: Named }
  | { readonly verb: 'destroy'; readonly at: number };

const at = fc.nat(1);
const named = fc.tuple(at, fc.nat(1));
const steps = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ verb: fc.constant('grant' as const), at, which: fc.nat(3) }) },
    {
      weight: 5,
      arbitrary: fc.record({ verb: fc.constant('touch' as const), named, parent: fc.option(named) }),
    },
    { weight: 1, arbitrary: fc.record({ verb: fc.constant('remove' as const), named }) },
    { weight: 3, arbitrary: fc.record({ verb: fc.constant('destroy' as const), at }) },
  ),
  { minLength: 10, maxLength: 25 },
);

const take = (world: World, step: Step): Promise<void> => {
  const idOf = ([place, nth]: Named): string => `image://${world.nameOf(place)}/${nth}`;
  if (step.verb === 'grant') return world.grant(world.nameOf(step.at), readersOf(step.which));
  if (step.verb === 'destroy') return world.destroy(world.nameOf(step.at));
  if (step.verb === 'remove') return world.remove(idOf(step.named));
  return world.touch(idOf(step.named), step.parent ? idOf(step.parent) : undefined);
};

const maySee = (principal: string, { places }: Happened): boolean =>
  places.every(({ life }) => life.readers.includes(principal));

interface Shown {
  readonly 'detail-type': string;
  // biome-ignore lint/suspicious/noExplicitAny: tests read any member of an answer.
  readonly detail: any;
}
const tellOf = ({ 'detail-type': type, detail }: Shown): string =>
  type.endsWith('Inherited')
    ? `${type} ${detail.id} ${detail.child.createdAt}`
    : `${type} ${detail.id} ${detail.createdAt} ${detail.revision}`;
const eventsOf = (happened: readonly Happened[]): string[] => happened.map(({ event }) => event).sort();

/** Reads as this caller, and compares each answer with the expected events. */
const checkFor = async (principal: string, world: World, after: string): Promise<void> => {
  const ask = (path: string) => taskport.callAs(principal, 'GET', path);
  const seen = world.happened.filter((each) => maySee(principal, each));
  const mark = { items: [] as Shown[], hidden: 0 };
  let from = after;
  for (;;) {
    const page = await bodyOf(ask(`/v1/events?after=${from}&kind=image&limit=7`), 200);
    mark.items.push(...page.items);
    mark.hidden += page.hidden ?? 0;
    if (page.after === from) break;
    from = page.after;
  }
  const images = world.happened.filter(({ event }) => event.startsWith('Image'));
  const seenImages = seen.filter(({ event }) => event.startsWith('Image'));
  expect([mark.items.map(tellOf).sort(), mark.hidden]).toEqual([
    eventsOf(seenImages),
    images.length - seenImages.length,
  ]);
  for (const place of [0, 1]) {
    const name = world.nameOf(place);
    const page = await bodyOf(ask(`/v1/events?after=${after}&id=${name}&limit=1000`), 200);
    expect([page.items.map(tellOf).sort(), page.hidden]).toEqual([
      eventsOf(seen.filter(({ id }) => id === name)),
      undefined,
    ]);
  }
  for (const id of world.ids) {
    const own = world.happened.filter(
      (each) =>
        each.id === id && each.places.some((one) => one.id === id && one.life.readers.includes(principal)),
    );
    const shown = own.filter((each) => maySee(principal, each));
    const answer = await ask(`${pathOf(id)}/audit?limit=1000`);
    const isThere = world.mayReadNow(principal, locationIn(id)) && world.isThere(id);
    if (own.length === 0 && !isThere) {
      expect([404, 403]).toContain(answer.status);
      continue;
    }
    expect({ id, status: answer.status, hidden: answer.body.hidden ?? 0 }).toEqual({
      id,
      status: 200,
      hidden: own.length - shown.length,
    });
    const type = (action: string): string => `Image ${action}`;
    const entries = answer.body.items.map((entry: Record<string, string>) =>
      tellOf({ 'detail-type': type(entry.action as string), detail: { id, ...entry } }),
    );
    expect(entries.sort()).toEqual(eventsOf(shown));
  }
};

it('shows each caller the events of locations that it may read, and counts nothing else', async () => {
  let run = 0;
  await fc.assert(
    fc.asyncProperty(steps, async (program) => {
      run += 1;
      await taskport.logged();
      const { after } = await bodyOf(taskport.call('GET', '/v1/events?after=latest'), 200);
      const world = new World(`run${run}`);
      for (const [nth, step] of program.entries()) {
        await take(world, step);
        // A caller who follows keeps its position in between.
        if (nth % 8 === 7)
          for (const reader of READERS) await taskport.callAs(reader, 'GET', `/v1/events?after=${after}`);
      }
      await taskport.logged();
      // A changed grant takes effect within five seconds; the test does not wait.
      for (const place of [0, 1]) taskport.dependencies.known.forget(world.nameOf(place));
      for (const reader of READERS) await checkFor(reader, world, after);
    }),
    { numRuns: RUNS, endOnFailure: true },
  );
}, 240_000);
