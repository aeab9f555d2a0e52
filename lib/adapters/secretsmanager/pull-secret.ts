import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { holderOf, issueCredential, type SigningKeys, USERNAME } from '../../credential.ts';
import type { Principal } from '../../principal.ts';

/**
 * Seconds for which a credential is valid: no longer than between two changes of the key, since the former key
 * still counts until the next change.
 */
const LIFETIME = 6 * 3600;
/** Seconds for which it has to be valid when a task is requested: ECS may pull late, if it lacks capacity. */
const LEAST = 3600;

export interface PullSecretOptions {
  /** The secret that ECS reads. */
  readonly secretId: string;
  readonly principal: Principal;
  readonly keys: SigningKeys;
  readonly deployment: string;
  readonly now: () => number;
}

/**
 * The credential with which ECS signs in at the registry of the service, in the form that ECS reads (Amazon ECS
 * developer guide, private registry authentication).
 */
export class PullSecret {
  readonly #client = new SecretsManagerClient({ maxAttempts: 2 });
  readonly #options: PullSecretOptions;
  #goodUntil = 0;

  constructor(options: PullSecretOptions) {
    this.#options = options;
  }

  /**
   * Makes sure that the secret has a credential which is valid for at least an hour. Each write adds a version,
   * of which Secrets Manager keeps about a hundred a day.
   */
  async refresh(): Promise<void> {
    const { secretId: SecretId, principal, now } = this.#options;
    const isGood = (): boolean => this.#goodUntil - LEAST > now() / 1000;
    if (isGood()) return;
    this.#goodUntil = (await this.#kept())?.expiresAt ?? 0;
    if (isGood()) return;
    const { password, expiresAt } = await issueCredential(this.#options, principal, LIFETIME);
    const SecretString = JSON.stringify({ username: USERNAME, password });
    await this.#client.send(new PutSecretValueCommand({ SecretId, SecretString }));
    this.#goodUntil = expiresAt;
  }

  /** The holder and expiry of the credential in the secret; undefined if it has no valid one. */
  async #kept(): Promise<{ readonly expiresAt: number } | undefined> {
    try {
      const command = new GetSecretValueCommand({ SecretId: this.#options.secretId });
      const { password = '' } = JSON.parse((await this.#client.send(command)).SecretString ?? '{}');
      return await holderOf(this.#options, password);
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return undefined;
      throw error;
    }
  }
}
