import { startFaultProxy } from '../faults/proxy.ts';
import { type Chances, type Mishap, type Script, seededRandom, seededScript } from '../faults/script.ts';
import { compositionClient, compositionsBy, elementClient, elementsBy } from './clients.ts';
import { compositionModel } from './composition-model.ts';
import { drive } from './drive.ts';
import { elementModel } from './element-model.ts';
import type { Call, History } from './history.ts';
import { checkLinearizable, type Model } from './linearizability.ts';
import { apiAt, insist, newTable } from './service.ts';

export interface ConcurrencyOptions {
  readonly dynamodbUrl: string;
  /** Calls of all clients together. */
  readonly operations: number;
  readonly seed: number;
  readonly clients?: number;
  /** No round begins later. */
  readonly until?: number;
}

export interface ConcurrencyFigures {
  readonly operations: number;
  /** Calls with an unknown outcome. */
  readonly unknown: number;
  readonly records: number;
  /** Records whose history needs a false refusal as explanation: an answer was lost, and another call came between. */
  readonly doubtful: number;
  readonly mishaps: Readonly<Partial<Record<Mishap, number>>>;
  /** Calls that no sequential order explains. */
  readonly violations: readonly string[];
}

const anyWrite = {
  'lost answer': 0.03,
  'lost request': 0.03,
  'connection reset': 0.015,
  'slow answer': 0.03,
  throttling: 0.03,
  'server error': 0.03,
  'transaction conflict': 0.03,
} satisfies Partial<Record<Mishap, number>>;

/** Probabilities of faults. */
const CHANCES: Chances = {
  read: {
    'lost answer': 0.02,
    'connection reset': 0.01,
    'slow answer': 0.03,
    throttling: 0.02,
    'server error': 0.02,
  },
  // A write of one row: only the row shows whether it was made.
  write: { ...anyWrite, 'lost answer': 0.1 },
  // A transaction has a token and happens once, even if a copy comes late. A write of one row has none.
  transaction: { ...anyWrite, 'late request': 0.03 },
};
/** In a storm nearly everything fails, repeats included, and callers get `unavailable`. */
const STORMS = { every: 400, length: 60, factor: 4.5 };

/** Calls of a round. Each round has its own names, because unknown outcomes stay possible for ever and accumulate. */
const CALLS = 400;
const IMPATIENCE = 0.02;
const ELEMENTS = ['a', 'b', 'c', 'd'];
const EXECUTORS = ['one', 'two'];
const MEMBERS = ['one', 'two', 'three', 'four'].map((name) => `image://images/${name}`);
const LOCATIONS = [
  { name: 'volumes', kind: 'volume', indexed: ['rw.value'] },
  { name: 'images', kind: 'image' },
  { name: 'workers', kind: 'executor' },
];

/** The violations in a history as text, and the number of its records that need a false refusal as explanation. */
const check = <S, I, O>(history: History<I, O>, model: Model<S, I, O>, strict?: Model<S, I, O>) => {
  const violations: string[] = [];
  let doubtful = 0;
  for (const [key, calls] of history.byKey()) {
    const verdict = checkLinearizable(model, calls);
    if (!verdict.linearizable) violations.push(describe(key, verdict.at, verdict.states, calls));
    else if (strict && !checkLinearizable(strict, calls).linearizable) doubtful += 1;
  }
  return { violations, doubtful };
};

const describe = <I, O>(
  key: string,
  at: Call<I, O>,
  states: readonly string[],
  calls: readonly Call<I, O>[],
): string => {
  const before = calls.filter(({ from, to }) => from < at.to && (to > at.from - 60 || to === Infinity));
  const lines = before
    .toSorted((a, b) => a.from - b.from)
    .map((call) => `    ${call === at ? '→' : ' '} ${JSON.stringify(call)}`);
  return `${key}: no order explains the answer; it may have been ${states.join(' or ')}\n${lines.join('\n')}`;
};

/** Each client has its own proxy before the engine, so that their faults are independent. */
const startClient = async (url: string, table: string, script: Script) => {
  const proxy = await startFaultProxy(url);
  const api = apiAt(proxy.url, table);
  return { proxy, api, begin: () => proxy.follow(script) };
};

/**
 * Clients change elements and compositions concurrently, while faults occur between the service and its engine. Searches a sequential order of
 * the calls that explains every answer.
 */
export const runConcurrently = async ({
  dynamodbUrl,
  operations,
  seed,
  clients = 6,
  until = Number.POSITIVE_INFINITY,
}: ConcurrencyOptions): Promise<ConcurrencyFigures> => {
  const table = await newTable(dynamodbUrl);
  const calm = apiAt(dynamodbUrl, table);
  for (const location of LOCATIONS) await insist(calm)('POST', '/locations', location);
  for (const id of MEMBERS) await insist(calm)('POST', '/elements', { id });
  const random = seededRandom(seed);
  const script = seededScript(seed, CHANCES, STORMS);
  const members = await Promise.all(
    Array.from({ length: clients }, () => startClient(dynamodbUrl, table, script)),
  );
  const figures = { operations: 0, unknown: 0, records: 0, doubtful: 0, violations: [] as string[] };
  const account = <S, I, O>(history: History<I, O>, model: Model<S, I, O>, strict?: Model<S, I, O>) => {
    const { violations, doubtful } = check(history, model, strict);
    figures.operations += history.calls.length;
    figures.unknown += history.calls.filter(({ output }) => output === undefined).length;
    figures.records += history.byKey().size;
    figures.doubtful += doubtful;
    figures.violations.push(...violations);
  };
  try {
    for (let round = 0; figures.operations < operations && Date.now() < until; round += 1) {
      const inRound = (names: readonly string[]) => names.map((name) => `${name}-${round}`);
      for (const name of inRound(EXECUTORS)) {
        await insist(calm)('POST', '/elements', { id: `executor://workers/${name}` });
      }
      for (const { begin } of members) begin();
      const shared = {
        calls: Math.min(CALLS, operations - figures.operations) / 2,
        random,
        impatience: IMPATIENCE,
      };
      const [elements, compositions] = await Promise.all([
        drive({
          ...shared,
          keys: inRound(ELEMENTS),
          drivers: members.map(({ api }, at) => ({
            name: `e${at}`,
            subject: elementsBy(api, 'volumes'),
            curiosity: elementClient(`e${at}`, random),
          })),
        }),
        drive({
          ...shared,
          keys: inRound(EXECUTORS),
          drivers: members.map(({ api }, at) => ({
            name: `c${at}`,
            subject: compositionsBy(api, 'workers'),
            curiosity: compositionClient(MEMBERS, random),
          })),
        }),
      ]);
      for (const { proxy } of members) await proxy.settled();
      // The final state counts as an answer to a client without faults.
      for (const key of inRound(ELEMENTS)) {
        const input = { op: 'read' } as const;
        await elements.record({ client: 'last', key, input }, () => elementsBy(calm, 'volumes')(key, input));
      }
      for (const key of inRound(EXECUTORS)) {
        const input = { op: 'open' } as const;
        await compositions.record({ client: 'last', key, input }, () =>
          compositionsBy(calm, 'workers')(key, input),
        );
      }
      account(elements, elementModel(), elementModel(true));
      account(compositions, compositionModel);
    }
  } finally {
    for (const { proxy, api } of members) {
      api.close();
      await proxy.stop();
    }
    calm.close();
  }
  return { ...figures, mishaps: script.counts };
};
