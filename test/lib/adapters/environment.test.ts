import { afterEach, expect, it, vi } from 'vitest';
import { LOG_SHARDS, readLogShards, readRequestsPerMinute } from '../../../lib/adapters/environment.ts';

afterEach(() => vi.unstubAllEnvs());

it('leaves the number of shards to the log by default', () => {
  vi.stubEnv(LOG_SHARDS, undefined);
  expect(readLogShards()).toBeUndefined();
  expect(readRequestsPerMinute()).toBeUndefined();
});

it('accepts valid numbers only', () => {
  for (const [given, shards] of [
    ['1', 1],
    ['64', 64],
  ] as const) {
    vi.stubEnv(LOG_SHARDS, given);
    expect(readLogShards()).toBe(shards);
  }
  for (const given of ['', '0', '65', '8.5', 'many', ' 8']) {
    vi.stubEnv(LOG_SHARDS, given);
    expect(readLogShards).toThrow(`${LOG_SHARDS} is ${given}, which is no number of shards`);
  }
});
