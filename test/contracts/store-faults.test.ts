import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { hiddenAddress } from '../../infra/local/engines/hidden-address.ts';
import { STORE_PATIENCE } from '../../lib/adapters/store-patience.ts';
import { anyDue } from '../due-rows.ts';
import type { ProxiedRequest, ServiceError } from '../faults/fault.ts';
import { type FaultProxy, startFaultProxy } from '../faults/proxy.ts';
import { apiOn } from './api.ts';
import { compositionOperations } from './composition-operations.ts';
import {
  aftermathOf,
  aftermathUndisturbed,
  arranged,
  type Operation,
  operations,
  steady,
} from './operations.ts';
import { isWrite, type Stores } from './stores.ts';

// Removes the waits between tries.
vi.mock('node:timers/promises', async (original) => ({
  ...(await original<object>()),
  setTimeout: async () => {},
}));

/** After every lease, and after the expiry of staged data and intents. */
const LATER = 16 * 60_000;
const ALWAYS = { times: Number.POSITIVE_INFINITY };
const isTransaction = ({ operation }: ProxiedRequest): boolean => operation.startsWith('Transact');

const canceled = (...codes: string[]): ServiceError => ({
  code: 'TransactionCanceledException',
  message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes.join(', ')}]`,
  members: {
    CancellationReasons: codes.map((Code) => (Code === 'None' ? { Code } : { Code, Message: Code })),
  },
});

const MEETS_ANOTHER = 'meets another transaction in one';

/** Answers of DynamoDB after which a retry makes sense (Amazon DynamoDB, error handling; TransactWriteItems). */
const faults: [string, (request: ProxiedRequest) => boolean, ServiceError | 'refuse'][] = [
  ['breaks the connection', () => true, 'refuse'],
  ['fails', () => true, { code: 'InternalServerError', status: 500 }],
  ['is throttled', () => true, { code: 'ThrottlingException' }],
  [MEETS_ANOTHER, isTransaction, canceled('None', 'TransactionConflict')],
  ['is throttled in a transaction', isTransaction, canceled('ThrottlingError', 'None')],
  ['is still at a transaction', isTransaction, { code: 'TransactionInProgressException' }],
  [
    'meets a transaction in a write of its own',
    (request) => isWrite(request.operation) && !isTransaction(request),
    { code: 'TransactionConflictException' },
  ],
];

describe('a metadata engine that', () => {
  const engine = () => inject('dynamodbUrl');
  let proxy: FaultProxy;
  beforeAll(async () => {
    proxy = await startFaultProxy(engine());
  });
  afterAll(() => proxy.stop());

  const strike = (matches: (request: ProxiedRequest) => boolean, fault: ServiceError | 'refuse'): void => {
    if (fault === 'refuse') proxy.refuse(matches, ALWAYS);
    else proxy.answer(matches, fault, ALWAYS);
  };

  /** Matches each request at its first try, by its rows. */
  const firstTries = (matches: (request: ProxiedRequest) => boolean) => {
    const seen = new Set<string>();
    return (request: ProxiedRequest): boolean => {
      if (!matches(request)) return false;
      const { ClientRequestToken, Key, Item, ...rest } = request.body as Record<string, object>;
      const about = request.operation + JSON.stringify(ClientRequestToken ?? Key ?? Item ?? rest);
      return seen.size < seen.add(about).size;
    };
  };

  /** Compositions differ by their conflicts in transactions, so only those faults run for all of their operations. */
  const meeting = (fault: string, ordinary: readonly Operation[]): readonly Operation[] =>
    fault === MEETS_ANOTHER ? [...ordinary, ...compositionOperations] : ordinary;

  describe.each(faults)('%s, once for each request,', (name, matches, fault) => {
    it.each(meeting(name, operations))('has no visible effect: $name', async (operation) => {
      const stores = await arranged(engine(), operation);
      proxy.clear();
      strike(firstTries(matches), fault);
      const answer = await operation.call(apiOn(stores.through(proxy.url)));
      proxy.clear();
      expect(await aftermathOf(stores, answer)).toEqual(await aftermathUndisturbed(engine(), operation));
    });
  });

  /** Sweeps if anything is due by then, and expires. */
  const tidy = async (stores: Stores): Promise<void> => {
    if (anyDue(await stores.rows(), LATER)) await stores.sweep(LATER);
    await stores.expire(LATER);
  };

  describe('permanently', () => {
    const writing = operations.filter(({ name }) => name !== 'a refused delete');
    const lasting = faults.filter(([name]) => /breaks|fails|throttled$|in one|of its own/.test(name));

    it.each(lasting)('%s is unavailable, and a later retry succeeds', async (name, matches, fault) => {
      for (const operation of meeting(name, writing)) {
        const stores = await arranged(engine(), operation);
        proxy.clear();
        strike((request) => isWrite(request.operation) && matches(request), fault);
        const answer = await operation.call(apiOn(stores.through(proxy.url)));
        const met = proxy.requests.some((request) => isWrite(request.operation) && matches(request));
        proxy.clear();
        if (!met) continue;
        expect([operation.name, answer.status, answer.body?.code, answer.headers.get('retry-after')]).toEqual(
          [operation.name, 503, 'unavailable', '1'],
        );
        await tidy(stores);
        const again = await operation.call(apiOn(stores));
        const { status, body } = await aftermathUndisturbed(engine(), operation);
        expect([again.status, steady(again.body)]).toEqual([status, body]);
      }
    });
  });

  it('refuses access is unavailable, without a retry', async () => {
    for (const operation of operations) {
      const stores = await arranged(engine(), operation);
      proxy.clear();
      strike(() => true, { code: 'AccessDeniedException', status: 400 });
      const { status, body } = await operation.call(apiOn(stores.through(proxy.url)));
      const asked = proxy.requests.map(({ operation: name, body: sent }) => name + JSON.stringify(sent));
      proxy.clear();
      expect([operation.name, status, body.code]).toEqual([operation.name, 503, 'unavailable']);
      expect(new Set(asked).size, operation.name).toBe(asked.length);
    }
  });

  it('refuses every connection is unavailable', async () => {
    for (const operation of operations) {
      const stores = await arranged(engine(), operation);
      const { status, body, headers } = await operation.call(
        apiOn(stores.through((await hiddenAddress()).url)),
      );
      expect([operation.name, status, body.code, headers.get('retry-after')]).toEqual([
        operation.name,
        503,
        'unavailable',
        '1',
      ]);
    }
  });

  it('is slow on a busy machine gets time, and one request', async () => {
    const operation = operations[0] as (typeof operations)[number];
    const stores = await arranged(engine(), operation);
    proxy.clear();
    const gate = proxy.hold(({ operation: name }) => isWrite(name));
    const answering = operation.call(apiOn(stores.through(proxy.url)));
    await gate.reached;
    // Longer than the limit for a store on AWS.
    await new Promise((settle) => setTimeout(settle, 6_000));
    const writes = proxy.requests.filter(({ operation: name }) => isWrite(name));
    proxy.clear();
    expect(writes).toHaveLength(1);
    expect(await aftermathOf(stores, await answering)).toEqual(
      await aftermathUndisturbed(engine(), operation),
    );
  });

  it('does not answer on AWS is unavailable before the gateway’s timeout', async () => {
    const operation = operations[0] as (typeof operations)[number];
    const stores = await arranged(engine(), operation);
    const api = apiOn(stores.through(proxy.url));
    vi.stubEnv(STORE_PATIENCE, undefined);
    vi.useFakeTimers({ toFake: ['Date'] });
    proxy.clear();
    const silent = ({ operation: name }: ProxiedRequest): boolean => {
      // The client's timeout.
      if (isWrite(name)) vi.setSystemTime(Date.now() + 5_000);
      return isWrite(name);
    };
    proxy.refuse(silent, ALWAYS);
    const startedAt = Date.now();
    const { status, body } = await operation.call(api);
    const took = Date.now() - startedAt;
    vi.useRealTimers();
    vi.unstubAllEnvs();
    proxy.clear();
    expect([status, body.code, took < 20_000]).toEqual([503, 'unavailable', true]);
  });
});
