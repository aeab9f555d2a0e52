import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Run, startCommandLine } from './command-line.ts';

let run: Run;
let stop: () => Promise<void>;
let url: string;
beforeAll(async () => {
  ({ run, stop, url } = await startCommandLine());
});
afterAll(() => stop());

it('prints only a password, for a pipe into a login', async () => {
  const { code, out, err } = await run(['registry', 'password']);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(/^[\w-]+\.[0-9a-z]+\.[\w-]{43}\n$/);
  const authorization = `Basic ${Buffer.from(`taskport:${out.trim()}`).toString('base64')}`;
  const answer = await fetch(`${url}/v2/token`, { headers: { authorization } });
  const { token } = (await answer.json()) as { token: string };
  // Made in another second, it expires in another second, so only whose it is can be the same.
  expect(token.split('.')[0]).toBe(out.split('.')[0]);
});

it('prints the expiry too with --json', async () => {
  const { code, json } = await run(['registry', 'password', '--json']);
  expect(code).toBe(0);
  expect(json).toEqual([
    { username: 'taskport', password: expect.any(String), expiresAt: expect.stringMatching(/^\d{4}-.*Z$/) },
  ]);
});
