import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Principal } from './principal.ts';

/** Seconds for which a credential is good. */
const LIFETIME = 15 * 60;

/** Keys that credentials are signed with. */
export interface SigningKeys {
  /** The present key, and the one before it where there is one; `anew` reads them again. Throws `unavailable`. */
  get(anew?: boolean): Promise<readonly string[]>;
}

interface CredentialDependencies {
  readonly keys: SigningKeys;
  /** Credentials of one deployment mean nothing to another. */
  readonly deployment: string;
  readonly now: () => number;
}

/** Whose a credential is, and until when. What they may do is none of it: grants are read when it is used. */
export interface Holder {
  readonly principal: Principal;
  /** Seconds since 1970. */
  readonly expiresAt: number;
}

const PURPOSE = 'taskport registry credential';
const SIGNED = /^([A-Za-z0-9_-]+\.[0-9a-z]{1,9})\.([A-Za-z0-9_-]{43})$/;

const sign = (key: string, deployment: string, text: string): string =>
  createHmac('sha256', key).update(`${PURPOSE}\n${deployment}\n${text}`).digest('base64url');

const isSame = (a: string, b: string): boolean => timingSafeEqual(Buffer.from(a), Buffer.from(b));

/** Makes a credential, good for `lifetime` seconds, which are fewer than between two changes of the key: it says who holds it and until when, and is signed. */
export const issueCredential = async (
  { keys, deployment, now }: CredentialDependencies,
  principal: Principal,
  lifetime = LIFETIME,
): Promise<Holder & { readonly password: string }> => {
  const expiresAt = Math.floor(now() / 1000) + lifetime;
  const text = `${Buffer.from(principal).toString('base64url')}.${expiresAt.toString(36)}`;
  const [key = ''] = await keys.get();
  return { principal, expiresAt, password: `${text}.${sign(key, deployment, text)}` };
};

/** Who holds a credential; undefined where it is none of this deployment, or is over. */
export const holderOf = async (
  { keys, deployment, now }: CredentialDependencies,
  password: string,
): Promise<Holder | undefined> => {
  const [, text, signature] = SIGNED.exec(password) ?? [];
  if (text === undefined || signature === undefined) return undefined;
  const [name = '', until = ''] = text.split('.');
  const expiresAt = Number.parseInt(until, 36);
  if (expiresAt * 1000 <= now()) return undefined;
  const isSigned = async (anew?: boolean): Promise<boolean> =>
    (await keys.get(anew)).some((key) => isSame(sign(key, deployment, text), signature));
  // Another process may have signed with a key that came since the keys were read.
  if (!(await isSigned()) && !(await isSigned(true))) return undefined;
  return { principal: Buffer.from(name, 'base64url').toString(), expiresAt };
};
