import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { holderOf, issueCredential, type SigningKeys } from '../../credential.ts';
import type { Principal } from '../../principal.ts';

/** Clients of registries want a name beside the password; any will do. */
const USERNAME = 'taskport';
/** Seconds for which a credential is good: no longer than between two changes of the key, since the one before the present one counts too. */
const LIFETIME = 6 * 3600;
/** Seconds for which it has to be good when a task is asked for: ECS may pull late, for want of room. */
const LEAST = 3600;

export interface PullSecretOptions {
  /** The secret that ECS reads. */
  readonly secretId: string;
  readonly principal: Principal;
  readonly keys: SigningKeys;
  readonly deployment: string;
  readonly now: () => number;
}

/** What ECS signs in with at the registry of the service, in the form in which it reads that (Amazon ECS developer guide, private registry authentication). */
export class PullSecret {
  readonly #client = new SecretsManagerClient({ maxAttempts: 2 });
  readonly #options: PullSecretOptions;
  #goodUntil = 0;

  constructor(options: PullSecretOptions) {
    this.#options = options;
  }

  /** Has the secret hold a credential that is good for an hour or longer. Each write adds a version, of which Secrets Manager keeps some hundred a day. */
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

  /** Whose the credential is that the secret has; undefined where it has none, or none that is good. */
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
