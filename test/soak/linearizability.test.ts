import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { defined } from '../../lib/defined.ts';
import { seededRandom } from '../faults/script.ts';
import { elementClient, type Subject } from './clients.ts';
import { drive } from './drive.ts';
import { type ElementInput, type ElementOutput, type ElementState, elementModel } from './element-model.ts';
import type { Call } from './history.ts';
import { checkLinearizable } from './linearizability.ts';

type ElementCall = Call<ElementInput, ElementOutput>;

const NEVER = Number.POSITIVE_INFINITY;
const call = (from: number, to: number, input: ElementInput, output?: ElementOutput): ElementCall => ({
  client: 'any',
  key: 'a',
  input,
  from,
  to,
  output,
});
const is = (revision: number, value: string, life = 'a'): ElementOutput => ({
  life,
  revision,
  value,
  free: 0,
});
const [gone, taken] = [{ problem: 'not-found' }, { problem: 'name-collision' }] as const;
const create = (value: string): ElementInput => ({ op: 'create', value });
const update = (value: string, ifMatch?: number): ElementInput =>
  defined({
    op: 'update',
    value,
    ifMatch: ifMatch === undefined ? undefined : { life: 'a', revision: ifMatch },
  });
const read: ElementInput = { op: 'read' };
const mismatch = (revision: number) => ({ problem: 'revision-mismatch', revision }) as const;

const explains = (calls: readonly ElementCall[], strict = true): boolean =>
  checkLinearizable(elementModel(strict), calls).linearizable;

describe('a history is explained by a sequential order of its calls', () => {
  it.each<[string, ElementCall[]]>([
    ['one after the other', [call(1, 2, create('a'), is(1, 'a')), call(3, 4, read, is(1, 'a'))]],
    [
      'beside each other, the later one first',
      [call(1, 9, read, is(1, 'a')), call(2, 8, create('a'), is(1, 'a'))],
    ],
    [
      'two updates at once, in one of the two orders',
      [
        call(1, 2, create('a'), is(1, 'a')),
        call(3, 9, update('b'), is(3, 'b')),
        call(4, 8, update('c'), is(2, 'c')),
      ],
    ],
    [
      'an outcome that nobody knows: it was done, long after',
      [
        call(1, 2, create('a'), is(1, 'a')),
        call(3, NEVER, update('b')),
        call(4, 5, read, is(1, 'a')),
        call(6, 7, read, is(2, 'b')),
      ],
    ],
    [
      'an outcome that nobody knows: it never was',
      [call(1, 2, create('a'), is(1, 'a')), call(3, NEVER, update('b')), call(4, 5, read, is(1, 'a'))],
    ],
    [
      'a delete, and the name taken anew',
      [
        call(1, 2, create('a'), is(1, 'a')),
        call(3, 4, { op: 'delete' }, 'absent'),
        call(5, 6, read, gone),
        call(7, 8, create('b'), is(1, 'b', 'b')),
        call(9, 10, create('c'), taken),
      ],
    ],
    [
      'a change of what is another by then, which is refused',
      [
        call(1, 2, create('a'), is(1, 'a')),
        call(3, 4, { op: 'delete' }, 'absent'),
        call(5, 6, create('b'), is(1, 'b', 'b')),
        call(7, 8, update('c', 1), mismatch(1)),
      ],
    ],
    [
      'of two with the same If-Match, one is refused',
      [
        call(1, 2, create('a'), is(1, 'a')),
        call(3, 9, update('b', 1), is(2, 'b')),
        call(4, 8, update('c', 1), mismatch(2)),
      ],
    ],
  ])('%s', (_, calls) => {
    expect(explains(calls)).toBe(true);
  });
});

describe('no sequential order of the calls explains', () => {
  it.each<[string, ElementCall[]]>([
    ['a read from the past', [call(1, 2, create('a'), is(1, 'a')), call(3, 4, read, gone)]],
    [
      'a lost update: both were told that theirs is the second revision',
      [
        call(1, 2, create('a'), is(1, 'a')),
        call(3, 9, update('b'), is(2, 'b')),
        call(4, 8, update('c'), is(2, 'c')),
      ],
    ],
    [
      'a double apply',
      [
        call(1, 2, create('a'), is(1, 'a')),
        call(3, 4, update('b'), is(2, 'b')),
        call(5, 6, update('c'), is(3, 'c')),
        call(7, 8, read, is(4, 'b')),
      ],
    ],
    [
      'an unknown outcome that is done twice',
      [call(1, 2, create('a'), is(1, 'a')), call(3, NEVER, update('b')), call(4, 5, read, is(3, 'b'))],
    ],
    [
      'an unknown outcome that comes, and goes again',
      [
        call(1, 2, create('a'), is(1, 'a')),
        call(3, NEVER, update('b')),
        call(4, 5, read, is(2, 'b')),
        call(6, 7, read, is(1, 'a')),
      ],
    ],
    [
      'a change of what is another by then',
      [
        call(1, 2, create('a'), is(1, 'a')),
        call(3, 4, { op: 'delete' }, 'absent'),
        call(5, 6, create('b'), is(1, 'b', 'b')),
        call(7, 8, update('c', 1), is(2, 'c', 'b')),
      ],
    ],
    [
      'a success that was a refusal',
      [call(1, 2, create('a'), is(1, 'a')), call(3, 4, update('b', 7), is(2, 'b'))],
    ],
  ])('%s', (_, calls) => {
    expect(explains(calls)).toBe(false);
    expect(explains(calls, false)).toBe(false);
  });

  it('a false refusal without another caller', () => {
    const calls = [
      call(1, 2, create('a'), is(1, 'a')),
      call(3, 4, update('b', 1), mismatch(2)),
      call(5, 6, read, is(2, 'b')),
    ];
    expect(explains(calls, false)).toBe(false);
    expect(explains([call(1, 2, create('a'), taken), call(3, 4, read, is(1, 'a'))], false)).toBe(false);
  });

  it('a false refusal, unless the model permits it', () => {
    const calls = [
      call(1, 2, create('a'), is(1, 'a')),
      call(3, 9, update('b', 1), mismatch(3)),
      call(4, 5, read, is(2, 'b')),
      call(6, 7, update('c'), is(3, 'c')),
    ];
    expect(explains(calls)).toBe(false);
    expect(explains(calls, false)).toBe(true);
  });

  it('names the call that has no explanation, and the possible states before it', () => {
    const wrong = call(3, 4, read, is(7, 'z'));
    const verdict = checkLinearizable(elementModel(), [call(1, 2, create('a'), is(1, 'a')), wrong]);
    expect(verdict).toEqual({ linearizable: false, at: wrong, states: ['a.1 a 0'] });
  });
});

/** A slow store in memory with a flaw. */
const storeWith = (flaw: 'none' | 'lost update' | 'stale read' | 'double apply', seed: number) => {
  const random = seededRandom(seed);
  const elements = new Map<string, ElementState>();
  const former = new Map<string, ElementState>();
  const stateOf = (key: string) => elements.get(key) ?? 'absent';
  const hits = (probability: number) => random() < probability;
  const model = elementModel(true);
  const write = (key: string, state: ElementState) => {
    former.set(key, stateOf(key));
    elements.set(key, state);
  };
  const answerTo = (
    input: ElementInput,
    state: ElementState,
    next: ElementState | undefined,
  ): ElementOutput => {
    if (next !== undefined) return next;
    if (input.op === 'create') return taken;
    return state === 'absent' ? gone : mismatch(state.revision);
  };
  const subject: Subject<ElementInput, ElementOutput> = async (key, input) => {
    await sleep(random() * 2);
    const isStale = flaw === 'stale read' && input.op === 'read' && hits(0.1);
    const state = isStale ? (former.get(key) ?? 'absent') : stateOf(key);
    const [next] = model.step(state, input, undefined);
    if (flaw === 'lost update' && hits(0.1)) await sleep(2);
    if (next !== undefined && input.op !== 'read') write(key, next);
    await sleep(random() * 2);
    if (flaw === 'double apply' && input.op === 'update' && hits(0.1)) {
      const [again] = model.step(stateOf(key), input, undefined);
      if (again !== undefined) write(key, again);
    }
    return hits(0.03) ? undefined : answerTo(input, state, next);
  };
  return subject;
};

describe('clients of a store', () => {
  const run = async (flaw: Parameters<typeof storeWith>[0], seed: number): Promise<boolean> => {
    const random = seededRandom(seed);
    const subject = storeWith(flaw, seed);
    const drivers = Array.from({ length: 6 }, (_, at) => ({
      name: `c${at}`,
      subject,
      curiosity: elementClient(`c${at}`, random),
    }));
    const history = await drive({ drivers, keys: ['a', 'b', 'c'], calls: 300, random, impatience: 0.02 });
    return [...history.byKey().values()].every(
      (calls) => checkLinearizable(elementModel(), calls).linearizable,
    );
  };

  it.each([1, 2, 3])('that is correct find no violation (seed %i)', async (seed) => {
    expect(await run('none', seed)).toBe(true);
  });

  it.each(['lost update', 'stale read', 'double apply'] as const)('detect a %s', async (flaw) => {
    // The clients of one seed may miss it.
    expect(await Promise.all([4, 5, 6].map((seed) => run(flaw, seed)))).toContain(false);
  });
});
