import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Host } from '../../infra/local/host.ts';
import { startHost } from '../host-bundle.ts';
import { checkService } from './checks.ts';

let host: Host;
beforeAll(async () => {
  host = await startHost({ port: 0, onEvent: () => {} });
});
afterAll(() => host.stop());

const check = async (url: string) => {
  const failures: (string | undefined)[] = [];
  const ok = await checkService({
    url,
    isDeployed: false,
    patience: { attempts: 1 },
    onChecked: (name, _, failure) => failures.push(failure && `${name}: ${failure.message}`),
  });
  return { ok, failures };
};

it('passes for the local host, and leaves nothing behind', async () => {
  const { ok, failures } = await check(host.url);
  expect(failures.filter(Boolean)).toEqual([]);
  expect({ ok, checks: failures.length }).toEqual({ ok: true, checks: 7 });
  const { items } = (await (await fetch(`${host.url}/v1/locations`)).json()) as {
    items: { state: string }[];
  };
  expect(items.every(({ state }) => state === 'closing')).toBe(true);
});

it('fails without a service', async () => {
  const { ok, failures } = await check('http://127.0.0.1:1');
  expect(ok).toBe(false);
  expect(failures).toEqual([expect.stringMatching(/^it is alive: /)]);
});
