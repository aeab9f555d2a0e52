import { randomBytes } from 'node:crypto';
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import type { SigningKeys } from '../../credential.ts';
import { unavailableOf } from '../unavailable.ts';

/** Milliseconds for which a process caches the keys; after that time a new key signs everywhere. */
const KEPT_MS = 5 * 60_000;
/**
 * Milliseconds between two reads because of a credential that no known key has signed, since anybody can make
 * such credentials.
 */
const ANEW_MS = 10_000;
const KEY_BYTES = 32;

const unavailable = unavailableOf('store of secrets');

/** Signing keys in a secret: its present value, and the former one. */
export class SigningSecret implements SigningKeys {
  readonly #client = new SecretsManagerClient({ maxAttempts: 2 });
  readonly #id: string;
  readonly #now: () => number;
  #read: { readonly keys: Promise<readonly string[]>; readonly at: number } | undefined;

  constructor(id: string, now: () => number = Date.now) {
    this.#id = id;
    this.#now = now;
  }

  get(anew = false): Promise<readonly string[]> {
    const age = this.#now() - (this.#read?.at ?? Number.NEGATIVE_INFINITY);
    if (this.#read && age < (anew ? ANEW_MS : KEPT_MS)) return this.#read.keys;
    const read = {
      keys: Promise.all([this.#key('AWSCURRENT'), this.#key('AWSPREVIOUS')]).then(present),
      at: this.#now(),
    };
    this.#read = read;
    read.keys.catch(() => {
      if (this.#read === read) this.#read = undefined;
    });
    return read.keys;
  }

  /** Puts a new key in place; the present one becomes the former one. */
  async rotate(): Promise<void> {
    const SecretString = randomBytes(KEY_BYTES).toString('base64');
    await this.#client.send(new PutSecretValueCommand({ SecretId: this.#id, SecretString }));
  }

  /**
   * The key at a stage (AWS Secrets Manager, versions of a secret); undefined if there is none, as before the
   * first rotation.
   */
  async #key(VersionStage: 'AWSCURRENT' | 'AWSPREVIOUS'): Promise<string | undefined> {
    try {
      const command = new GetSecretValueCommand({ SecretId: this.#id, VersionStage });
      return (await this.#client.send(command)).SecretString;
    } catch (error) {
      if (VersionStage === 'AWSPREVIOUS' && error instanceof ResourceNotFoundException) return undefined;
      throw unavailable(error);
    }
  }
}

const present = (keys: readonly (string | undefined)[]): string[] => keys.filter((key) => key !== undefined);
