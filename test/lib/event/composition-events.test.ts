import { marshall } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toCompositionItem } from '../../../lib/adapters/dynamodb/composition-item.ts';
import { toChange } from '../../../lib/adapters/dynamodb/stream-record.ts';
import { bindMembers } from '../../../lib/composition/bind.ts';
import { type Composition, type Member, nextComposition } from '../../../lib/composition/composition.ts';
import type { Effect } from '../../../lib/composition/operation.ts';
import { reportMember } from '../../../lib/composition/report.ts';
import { unbindMembers } from '../../../lib/composition/unbind.ts';
import { defined } from '../../../lib/defined.ts';
import { entries, eventsOf, type TaskportEvent } from '../../../lib/event/catalogue.ts';
import { details } from '../../../lib/event/details.ts';
import { compositionOf, EXECUTOR, storageOf, taskOf } from '../composition/some-composition.ts';

const at = '2026-01-31T12:00:00Z';
const now = '2026-01-31T12:00:01.000Z';
const caller = { principal: 'changer', requestId: 'q' };

const after = (former: Composition, change: Partial<Composition>): Composition =>
  nextComposition(former, change, now, caller, 'another');
const effected = (former: Composition, effect: Effect | undefined): Composition =>
  after(former, effect?.change ?? {});

const events = (before: Composition | undefined, next: Composition | undefined): TaskportEvent[] =>
  eventsOf({
    id: 'c1',
    ...defined({
      before: before && { row: 'composition' as const, composition: before },
      after: next && { row: 'composition' as const, composition: next },
    }),
  });
const told = (list: readonly TaskportEvent[]) =>
  list.map(({ detailType, detail }) => `${detailType} ${detail.id}`);

/** The common part of the events of a member. */
const detail = (id: string, kind: string, verb: string) => ({
  eventId: `c1.${verb}.${id}`,
  schemaVersion: 1,
  id,
  kind,
  location: id.split('/')[2],
  at: now,
  actor: 'changer',
  composition: { executorId: EXECUTOR, createdAt: '2026-01-01T00:00:00.000Z', revision: 2 },
});

const root = storageOf('root', '/');
const main = taskOf('main');
const boundRoot = { ...root, bound: true };
const begun = effected(
  compositionOf(boundRoot, main),
  bindMembers(compositionOf(boundRoot, main), main.id, at, 'me'),
);
const busy = { ...begun, revision: 1 };
const mount = { path: '/', readOnly: false, persistent: true };

describe('a member of a composition', () => {
  it('that joins is Joined, with its mount', () => {
    expect(events(compositionOf(), after(compositionOf(), { members: [root] }))).toEqual([
      { detailType: 'Image Joined', detail: { ...detail(root.id, 'image', 'joined'), mount } },
    ]);
    const ephemeral = taskOf('brief', {}, { ephemeral: true });
    expect(events(compositionOf(root), after(compositionOf(root), { members: [root, ephemeral] }))).toEqual([
      { detailType: 'Task Joined', detail: { ...detail(ephemeral.id, 'task', 'joined'), ephemeral: true } },
    ]);
  });

  it('that is bound is Bound, a task with its attempt, all in one revision', () => {
    const composition = compositionOf(root, main);
    expect(events(composition, effected(composition, bindMembers(composition, undefined, at, 'me')))).toEqual(
      [
        { detailType: 'Image Bound', detail: { ...detail(root.id, 'image', 'bound'), mount } },
        { detailType: 'Task Bound', detail: { ...detail(main.id, 'task', 'bound'), attempt: 1 } },
      ],
    );
  });

  it('that is unbound is Unbound', () => {
    expect(events(busy, effected(busy, unbindMembers(busy, undefined)))).toEqual([
      { detailType: 'Image Unbound', detail: detail(root.id, 'image', 'unbound') },
      { detailType: 'Task Unbound', detail: { ...detail(main.id, 'task', 'unbound'), attempt: 1 } },
    ]);
  });

  it('that an engine wrote to is Saving after the unbind, and Settled after the save or a discard', () => {
    const written = storageOf('data', '/data', { id: 'volume://disks/data', kind: 'volume' });
    const bound = { ...written, bound: true, attachment: 'a1' };
    const saving = { round: 2, since: at, engine: 'e1' };
    const unbound = { ...bound, bound: false, saving };
    const composition = compositionOf(bound);
    const { id } = written;
    expect(events(composition, after(composition, { members: [unbound] }))).toEqual([
      { detailType: 'Volume Unbound', detail: detail(id, 'volume', 'unbound') },
      {
        detailType: 'Volume Saving',
        detail: { ...detail(id, 'volume', 'saving'), attachment: 'a1', round: 2, engine: 'e1' },
      },
    ]);
    const failed = { ...unbound, saving: { ...saving, problem: { code: 'disk-full', detail: 'none left' } } };
    expect(events(compositionOf(unbound), after(compositionOf(unbound), { members: [failed] }))).toEqual([]);
    const checksum = `sha256:${'0'.repeat(64)}` as const;
    const settled = { attachment: 'a1', outcome: 'saved', at, checksum } as const;
    const free = { ...written, settled };
    expect(events(compositionOf(failed), after(compositionOf(failed), { members: [free] }))).toEqual([
      {
        detailType: 'Volume Settled',
        detail: { ...detail(id, 'volume', 'settled'), attachment: 'a1', outcome: 'saved', checksum },
      },
    ]);
    const again = { ...free, bound: true, attachment: 'a2' };
    expect(told(events(compositionOf(free), after(compositionOf(free), { members: [again] })))).toEqual([
      `Volume Bound ${id}`,
    ]);
  });

  it('that leaves has Left', () => {
    expect(events(compositionOf(root), after(compositionOf(root), { members: [] }))).toEqual([
      { detailType: 'Image Left', detail: detail(root.id, 'image', 'left') },
    ]);
  });

  it('that joined again between two images is another: one has Left, one is Joined', () => {
    const again = { ...root, reference: 'another', bound: true };
    expect(
      told(events(compositionOf(boundRoot), after(compositionOf(boundRoot), { members: [again] }))),
    ).toEqual([`Image Left ${root.id}`, `Image Joined ${root.id}`, `Image Bound ${root.id}`]);
  });
});

describe('a task', () => {
  const withTask = (former: Composition, change: Partial<NonNullable<Member['task']>>) =>
    after(former, {
      members: former.members.map((member) =>
        member.task ? { ...member, task: { ...member.task, ...change } } : member,
      ),
    });

  it('is Interrupted for each requested signal', () => {
    const once = withTask(busy, { interrupt: { signal: 'HUP', count: 1, attempt: 1 } });
    const interrupted = { ...detail(main.id, 'task', 'interrupted'), attempt: 1, signal: 'HUP', count: 1 };
    expect(events(busy, once)).toEqual([{ detailType: 'Task Interrupted', detail: interrupted }]);
    const twice = withTask(once, { interrupt: { signal: 'HUP', count: 2, attempt: 1 } });
    expect(told(events(once, twice))).toEqual([`Task Interrupted ${main.id}`]);
    expect(events(twice, withTask(twice, {}))).toEqual([]);
  });

  it('is Started, and again with its next attempt', () => {
    const running = effected(busy, reportMember(busy, main.id, { attempt: 1, state: 'running', at }, at));
    expect(events(busy, running)).toEqual([
      { detailType: 'Task Started', detail: { ...detail(main.id, 'task', 'started'), attempt: 1 } },
    ]);
    const restarted = effected(
      running,
      reportMember(running, main.id, { attempt: 2, state: 'running', at }, at),
    );
    expect(events(running, restarted)).toMatchObject([
      { detailType: 'Task Started', detail: { attempt: 2 } },
    ]);
  });

  it.each([
    [
      { attempt: 1, state: 'exited', exitCode: 7, at },
      { state: 'exited', reason: 'failed', exitCode: 7 },
    ],
    [
      { attempt: 1, state: 'exited', exitSignal: 'KILL', at },
      { state: 'exited', reason: 'failed', exitSignal: 'KILL' },
    ],
    [
      { attempt: 1, state: 'exited', exitSignal: 'KILL', outOfMemory: true, at },
      { state: 'exited', reason: 'out-of-memory', exitSignal: 'KILL', outOfMemory: true },
    ],
    [
      { attempt: 1, state: 'failed', lost: 'the engine was restarted', at },
      { state: 'failed', reason: 'lost', lost: 'the engine was restarted' },
    ],
    [
      { attempt: 1, state: 'failed', launchError: 'none', at },
      { state: 'failed', reason: 'launch-error', launchError: 'none' },
    ],
  ] as const)('that ended is Exited, with how: %j', (report, end) => {
    expect(events(busy, effected(busy, reportMember(busy, main.id, report, at)))).toEqual([
      { detailType: 'Task Exited', detail: { ...detail(main.id, 'task', 'exited'), attempt: 1, ...end } },
    ]);
  });

  it('is Exited with the number of remaining restarts and the time of the next', () => {
    const restart = { mode: 'on-failure', attempts: 3, delaySeconds: 5 } as const;
    const restarting = withTask(busy, { spec: { restart } });
    const report = { attempt: 1, state: 'exited', exitCode: 7, at } as const;
    expect(events(restarting, effected(restarting, reportMember(restarting, main.id, report, at)))).toEqual([
      {
        detailType: 'Task Exited',
        detail: expect.objectContaining({
          reason: 'failed',
          restartsLeft: 3,
          nextAttemptAt: new Date(Date.parse(at) + 5_000).toISOString(),
        }),
      },
    ]);
  });

  it('that ended in an earlier version is Exited with the known details', () => {
    const former = withTask(busy, { run: { state: 'running', attempt: 1 } });
    const ended = withTask(former, {
      run: { state: 'exited', attempt: 1, exitCode: 0, halted: 'not-after' },
    });
    expect(events(former, ended)).toMatchObject([
      { detailType: 'Task Exited', detail: { reason: 'not-after' } },
      { detailType: 'Task Halted' },
    ]);
  });

  it('that is ephemeral has Exited and Left in one revision', () => {
    const brief = taskOf('brief', { state: 'running', attempt: 3 }, { ephemeral: true }, { bound: true });
    const composition = compositionOf(boundRoot, brief);
    const report = { attempt: 3, state: 'exited', exitCode: 0, at } as const;
    expect(
      events(composition, effected(composition, reportMember(composition, brief.id, report, at))),
    ).toEqual([
      {
        detailType: 'Task Exited',
        detail: {
          ...detail(brief.id, 'task', 'exited'),
          attempt: 3,
          state: 'exited',
          reason: 'completed',
          exitCode: 0,
        },
      },
      { detailType: 'Task Left', detail: detail(brief.id, 'task', 'left') },
    ]);
  });

  it('that left has one event, and none with later changes', () => {
    const brief = taskOf('brief', { state: 'running', attempt: 1 }, { ephemeral: true }, { bound: true });
    const composition = compositionOf(boundRoot, brief);
    const report = { attempt: 1, state: 'exited', exitCode: 0, at } as const;
    const gone = effected(composition, reportMember(composition, brief.id, report, at));
    const again = after(gone, { members: [...gone.members, brief] });
    expect(again).not.toHaveProperty('departed');
    expect(told(events(again, after(again, { members: gone.members })))).toEqual([`Task Left ${brief.id}`]);
  });
});

describe('a composition', () => {
  it('that is opened or deleted with its executor has no event, nor has an unchanged revision', () => {
    expect(events(undefined, compositionOf())).toEqual([]);
    expect(events(compositionOf(), undefined)).toEqual([]);
    expect(events(compositionOf(), { ...compositionOf(root), revision: 1 })).toEqual([]);
  });

  it('has the same events for images from a stream', () => {
    const next = after(compositionOf(), { members: [boundRoot, main] });
    const image = (composition: Composition) => marshall(toCompositionItem(composition));
    const change = toChange({
      eventID: 'c1',
      dynamodb: { OldImage: image(compositionOf()), NewImage: image(next) },
    });
    expect(eventsOf(change)).toEqual(events(compositionOf(), next));
    expect(eventsOf(change)).toHaveLength(3);
  });
});

/** Members after any change. */
const members: fc.Arbitrary<Member[]> = fc
  .uniqueArray(
    fc.record({
      name: fc.constantFrom('a', 'b', 'c', 'd'),
      reference: fc.constantFrom('1', '2'),
      bound: fc.boolean(),
      isTask: fc.boolean(),
      attempt: fc.nat(2),
      state: fc.constantFrom('created', 'bound', 'running', 'exited', 'failed'),
      count: fc.nat(2),
    }),
    { selector: ({ name }) => name, maxLength: 4 },
  )
  .map((list) =>
    list.map(({ name, reference, bound, isTask, attempt, state, count }) =>
      isTask
        ? taskOf(
            name,
            { attempt, state, ...defined({ exitCode: state === 'exited' ? 1 : undefined }) },
            count > 0 ? { interrupt: { signal: 'HUP', count, attempt } } : {},
            { bound, reference },
          )
        : // A path belongs to a reference, and does not change with it.
          storageOf(name, `/${reference}`, { bound, reference }),
    ),
  );

describe('for any change', () => {
  it('each event is in the catalogue and has a unique ID', () => {
    fc.assert(
      fc.property(members, members, (before, then) => {
        const former = compositionOf(...before);
        const list = events(former, after(former, { members: then }));
        expect(new Set(list.map(({ detail: { eventId } }) => eventId)).size).toBe(list.length);
        for (const { detailType, detail: told } of list) {
          const [kind] = detailType.split(' ');
          const entry = entries.get(detailType);
          expect(entry && details[entry.detail].safeParse(told)).toMatchObject({ success: true });
          expect(kind?.toLowerCase()).toBe((told as { kind: string }).kind);
        }
      }),
    );
  });

  it('a replay of the events gives the members, their mounts, and which are bound', () => {
    fc.assert(
      fc.property(fc.array(members, { maxLength: 8 }), (states) => {
        const replayed = new Map<string, { mount: unknown; bound: boolean }>();
        let composition = compositionOf();
        for (const state of states) {
          const next = after(composition, { members: state });
          for (const { detailType, detail: told } of events(composition, next)) {
            const verb = detailType.split(' ')[1];
            const known = replayed.get(told.id);
            // Only a member that has joined can leave, be bound or unbound; and nothing joins twice.
            expect(known === undefined, `${detailType} ${told.id}`).toBe(verb === 'Joined');
            if (verb === 'Left') replayed.delete(told.id);
            if (verb === 'Joined')
              replayed.set(told.id, { mount: 'mount' in told ? told.mount : undefined, bound: false });
            if (known && verb === 'Bound') known.bound = true;
            if (known && verb === 'Unbound') known.bound = false;
            expect((told as { composition: { revision: number } }).composition.revision).toBe(next.revision);
          }
          const actual = state.map(({ id, mount: where, bound }) => [id, { mount: where, bound }] as const);
          expect(replayed).toEqual(new Map(actual));
          composition = next;
        }
      }),
    );
  });
});
