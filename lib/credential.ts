import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Principal } from './principal.ts';

/** Seconds for which a credential is valid. */
const LIFETIME = 15 * 60;

/** Clients of registries require a name beside the password; the registry ignores it. */
export const USERNAME = 'taskport';

/** Keys that credentials are signed with. */
export interface SigningKeys {
  /** The present key, and the former one if there is one; `anew` reads them again. Throws `unavailable`. */
  get(anew?: boolean): Promise<readonly string[]>;
}

interface CredentialDependencies {
  readonly keys: SigningKeys;
  /** The deployment, since no other accepts its credentials. */
  readonly deployment: string;
  readonly now: () => number;
}

/**
 * The principal of a credential, and its expiry. It contains no permissions: the service reads the grants at
 * each use.
 */
export interface Holder {
  readonly principal: Principal;
  /** Seconds since 1970. */
  readonly expiresAt: number;
}

/** A credential: the password by which its holder signs in. */
export interface Credential extends Holder {
  readonly password: string;
}

const PURPOSE = 'taskport registry credential';
const SIGNED = /^([A-Za-z0-9_-]+\.[0-9a-z]{1,9})\.([A-Za-z0-9_-]{43})$/;

const sign = (key: string, deployment: string, text: string): string =>
  createHmac('sha256', key).update(`${PURPOSE}\n${deployment}\n${text}`).digest('base64url');

const isSame = (a: string, b: string): boolean => timingSafeEqual(Buffer.from(a), Buffer.from(b));

/**
 * Makes a signed credential with its principal and expiry. It is valid for `lifetime` seconds, which must be
 * shorter than the time between two changes of the key.
 */
export const issueCredential = async (
  { keys, deployment, now }: CredentialDependencies,
  principal: Principal,
  lifetime = LIFETIME,
): Promise<Credential> => {
  const expiresAt = Math.floor(now() / 1000) + lifetime;
  const text = `${Buffer.from(principal).toString('base64url')}.${expiresAt.toString(36)}`;
  const [key = ''] = await keys.get();
  return { principal, expiresAt, password: `${text}.${sign(key, deployment, text)}` };
};

/** The holder of a credential; undefined if it is not of this deployment, or has expired. */
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
  // Another process may have signed with a key that is newer than the cached ones.
  if (!(await isSigned()) && !(await isSigned(true))) return undefined;
  return { principal: Buffer.from(name, 'base64url').toString(), expiresAt };
};
