import { expect, test } from 'vitest';
import type { ProxiedRequest } from '../fault.ts';
import { type Mishap, seededScript } from '../script.ts';

test('equal seeds decide equally and others differently; storms begin and end', () => {
  const requests = ['GetItem', 'UpdateItem', 'TransactWriteItems', 'PutEvents', '', 'CreateTable'].map(
    (name): ProxiedRequest => ({ method: 'POST', path: '/', operation: name, body: { TransactItems: [1] } }),
  );
  const every: Partial<Record<Mishap, number>> = {
    'lost answer': 0.02,
    'lost request': 0.02,
    'connection reset': 0.02,
    throttling: 0.02,
  };
  const chances = { read: every, write: every, transaction: every, events: every, data: every };
  const decide = (seed: number) => {
    const script = seededScript(seed, chances, { every: 300, length: 30, factor: 10 });
    return Array.from({ length: 6_000 }, (_, at) =>
      JSON.stringify(script.decide(requests[at % requests.length] as ProxiedRequest) ?? 'nothing'),
    );
  };
  const decisions = decide(7);
  expect(decide(7)).toEqual(decisions);
  expect(decide(8)).not.toEqual(decisions);
  const hits = decisions.map((decision) => (decision === '"nothing"' ? 0 : 1));
  // One-time calls get no faults.
  expect(hits.filter((hit, at) => hit && at % requests.length === 5)).toEqual([]);
  const windows = hits.map((_, at) => hits.slice(at, at + 30).reduce<number>((sum, hit) => sum + hit, 0));
  expect(Math.max(...windows)).toBeGreaterThan(12);
  expect(Math.min(...windows.slice(0, -30))).toBe(0);
});
