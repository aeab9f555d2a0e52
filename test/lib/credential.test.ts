import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holderOf, issueCredential, type SigningKeys } from '../../lib/credential.ts';

const START = Date.parse('2026-01-31T12:00:00.400Z');
const MINUTES = 60_000;

/** Keys that do not change. */
const keysOf = (...keys: string[]): SigningKeys => ({ get: async () => keys });
const at = (now: number, keys: SigningKeys = keysOf('present', 'former'), deployment = 'one') => ({
  keys,
  deployment,
  now: () => now,
});

describe('a credential', () => {
  it('contains its holder and its expiry after fifteen minutes, for any holder', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', minLength: 1 }), async (principal) => {
        const { password, expiresAt } = await issueCredential(at(START), principal);
        expect(password).toMatch(/^[\w.-]+$/);
        const held = { principal: Buffer.from(principal).toString(), expiresAt };
        expect(await holderOf(at(START), password)).toEqual(held);
        expect(await holderOf(at(START + 14.9 * MINUTES), password)).toEqual(held);
        expect(await holderOf(at(START + 15 * MINUTES), password)).toBeUndefined();
      }),
    );
  });

  it('is short: the role of an AWS principal fits into any client', async () => {
    const role = 'arn:aws:iam::123456789012:role/some-quite-long-name-of-a-role';
    expect((await issueCredential(at(START), role)).password.length).toBeLessThan(160);
  });

  it('is invalid in another deployment, and with other keys', async () => {
    const { password } = await issueCredential(at(START), 'me');
    expect(await holderOf(at(START, undefined, 'two'), password)).toBeUndefined();
    expect(await holderOf(at(START, keysOf('another')), password)).toBeUndefined();
  });

  it('is valid until the second change of the key', async () => {
    const { password } = await issueCredential(at(START, keysOf('first')), 'me');
    expect(await holderOf(at(START, keysOf('second', 'first')), password)).toMatchObject({ principal: 'me' });
    expect(await holderOf(at(START, keysOf('third', 'second')), password)).toBeUndefined();
  });

  it('may be signed with a newer key than the cached ones, which are then read again', async () => {
    const asked: (boolean | undefined)[] = [];
    const keys: SigningKeys = {
      get: async (anew) => {
        asked.push(anew);
        return anew ? ['new', 'old'] : ['old'];
      },
    };
    const { password } = await issueCredential(at(START, keysOf('new')), 'me');
    expect(await holderOf(at(START, keys), password)).toMatchObject({ principal: 'me' });
    const { password: old } = await issueCredential(at(START, keysOf('old')), 'me');
    expect(await holderOf(at(START, keys), old)).toMatchObject({ principal: 'me' });
    expect(asked).toEqual([undefined, true, undefined]);
  });

  it('is invalid after a change at any place', async () => {
    const { password } = await issueCredential(at(START), 'arn:aws:iam::123456789012:role/reader');
    await fc.assert(
      fc.asyncProperty(
        fc.nat(password.length - 1),
        fc.constantFrom(...'abcXYZ019-_.+/= :\n'),
        async (place, letter) => {
          const changed = password.slice(0, place) + letter + password.slice(place + 1);
          fc.pre(changed !== password);
          expect(await holderOf(at(START), changed)).toBeUndefined();
        },
      ),
      { numRuns: 500 },
    );
    for (const more of [`${password}A`, `${password}=`, `${password}\n`, ` ${password}`, password.slice(1)])
      expect(await holderOf(at(START), more)).toBeUndefined();
  });

  it('is no other text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.base64String()), async (text) => {
        expect(await holderOf(at(START), text)).toBeUndefined();
      }),
    );
  });
});
