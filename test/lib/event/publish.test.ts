import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BusMessage, type EventBus, MAX_EVENTS_A_PUT } from '../../../lib/event/event-bus.ts';
import { type Outgoing, publish as publishWith } from '../../../lib/event/publish.ts';

const outgoing = (lane: string, revision: number): Outgoing => ({
  lane,
  event: {
    detailType: 'Location Created',
    detail: {
      eventId: `${lane}-${revision}`,
      schemaVersion: 1,
      id: lane,
      at: '',
      actor: '',
      createdAt: '',
      revision,
    },
  },
});
const nameOf = ({ detail }: BusMessage): string => detail.eventId;

/** A bus that accepts what `takes` permits, and records it in order. */
class Bus implements EventBus {
  readonly puts: string[][] = [];
  readonly taken: string[] = [];
  readonly #takes: (event: string, put: number) => boolean | 'throws';

  constructor(takes: (event: string, put: number) => boolean | 'throws' = () => true) {
    this.#takes = takes;
  }

  async put(events: readonly BusMessage[]): Promise<boolean[]> {
    const names = events.map(nameOf);
    this.puts.push(names);
    const answers = names.map((name) => this.#takes(name, this.puts.length));
    if (answers.includes('throws')) throw new Error('the bus does not answer');
    this.taken.push(...names.filter((_, at) => answers[at]));
    return answers as boolean[];
  }
}

const noPause = async (): Promise<void> => {};
const publish = (bus: EventBus, events: readonly Outgoing[]): Promise<readonly Outgoing[]> =>
  publishWith(bus, events, noPause);

const names = (left: readonly Outgoing[]): string[] => left.map(({ event }) => nameOf(event));

describe('publishing', () => {
  it('nothing makes no call', async () => {
    const bus = new Bus();
    expect([await publish(bus, []), bus.puts]).toEqual([[], []]);
  });

  it('sends as many together as a call permits', async () => {
    const bus = new Bus();
    expect(
      await publish(
        bus,
        Array.from({ length: 23 }, (_, at) => outgoing(`l${at}`, 1)),
      ),
    ).toEqual([]);
    expect(bus.puts.map(({ length }) => length)).toEqual([10, 10, 3]);
  });

  it('never sends two events of one element together, because they could be reordered', async () => {
    const bus = new Bus();
    await publish(bus, [outgoing('a', 1), outgoing('a', 2), outgoing('b', 1), outgoing('a', 3)]);
    expect(bus.puts).toEqual([['a-1', 'b-1'], ['a-2'], ['a-3']]);
  });

  it('sends refused events again, and no others', async () => {
    const bus = new Bus((event, put) => event !== 'b-1' || put > 2);
    expect(
      await publish(bus, [outgoing('a', 1), outgoing('b', 1), outgoing('b', 2), outgoing('c', 1)]),
    ).toEqual([]);
    expect(bus.taken).toEqual(['a-1', 'c-1', 'b-1', 'b-2']);
  });

  it('gives up events that are always refused, with all later ones of the same element, and no others', async () => {
    const bus = new Bus((event) => event !== 'b-2');
    const events = [
      ['a', 1],
      ['b', 1],
      ['b', 2],
      ['c', 1],
      ['b', 3],
      ['a', 2],
    ] as const;
    const left = await publish(
      bus,
      events.map(([lane, revision]) => outgoing(lane, revision)),
    );
    expect(names(left)).toEqual(['b-2', 'b-3']);
    expect(new Set(bus.taken)).toEqual(new Set(['a-1', 'b-1', 'c-1', 'a-2']));
  });

  it('treats a bus that does not answer as one that refused all', async () => {
    const dead = new Bus(() => 'throws');
    expect(names(await publish(dead, [outgoing('a', 1), outgoing('b', 1)]))).toEqual(['a-1', 'b-1']);
    expect(dead.puts).toHaveLength(3);
    const flaky = new Bus((_, put) => (put === 1 ? 'throws' : true));
    expect(await publish(flaky, [outgoing('a', 1)])).toEqual([]);
  });

  it('waits longer after each call without progress', async () => {
    const pauses: number[] = [];
    await publishWith(new Bus(() => false), [outgoing('a', 1)], async (ms) => {
      pauses.push(ms);
    });
    expect(pauses).toEqual([100, 200]);
  });

  it('gives up only after three failures in a row', async () => {
    const bus = new Bus((_, put) => put % 3 === 0);
    const events = [outgoing('a', 1), outgoing('a', 2), outgoing('a', 3)];
    expect(await publish(bus, events)).toEqual([]);
    expect(bus.taken).toEqual(['a-1', 'a-2', 'a-3']);
  });

  it('treats a short answer as a refusal of the rest', async () => {
    const puts: string[][] = [];
    const bus: EventBus = {
      put: async (events) => {
        puts.push(events.map(nameOf));
        return [true];
      },
    };
    expect(await publish(bus, [outgoing('a', 1), outgoing('b', 1)])).toEqual([]);
    expect(puts).toEqual([['a-1', 'b-1'], ['b-1']]);
  });
});

it('for any failures, each event is sent once, in order for its element, or given back in order', async () => {
  const events = fc
    .array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 30 })
    .map((lanes) => lanes.map((lane, at) => outgoing(lane, at)));
  // True accepts; every second call accepts all, so that only the poison is given up.
  const failures = fc.infiniteStream(fc.boolean());
  const poisoned = fc.option(fc.constantFrom('a-0', 'b-1', 'c-2'), { nil: undefined, freq: 20 });
  await fc.assert(
    fc.asyncProperty(events, failures, poisoned, async (queue, stream, poison) => {
      const bus = new Bus((event, put) => event !== poison && (put % 2 === 0 || stream.next().value));
      const left = names(await publish(bus, queue));
      for (const lane of ['a', 'b', 'c', 'd']) {
        const of = (list: readonly string[]) => list.filter((name) => name.startsWith(lane));
        expect([...of(bus.taken), ...of(left)]).toEqual(of(names(queue)));
      }
      expect(left.length).toBe(queue.length - bus.taken.length);
      for (const put of bus.puts) expect(put.length).toBeLessThanOrEqual(MAX_EVENTS_A_PUT);
      if (!names(queue).includes(poison ?? '')) expect(left).toEqual([]);
    }),
  );
});
