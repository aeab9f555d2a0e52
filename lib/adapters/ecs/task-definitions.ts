import { createHash } from 'node:crypto';
import {
  DeregisterTaskDefinitionCommand,
  DescribeTaskDefinitionCommand,
  type ECSClient,
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionCommandInput,
} from '@aws-sdk/client-ecs';
import type { EcsPlan } from '../../composition/plan/ecs-schema.ts';
import { LaunchError } from '../../execution/engine.ts';
import { isWrong, nameOf, passing } from './ecs-error.ts';

/** Characters of a family, besides the digest of its content (Amazon ECS API, RegisterTaskDefinition). */
const MOST_NAME = 200;

/**
 * Task definitions by their content: the family contains a digest of it, so equal definitions are registered
 * once, whichever process does it.
 */
export class TaskDefinitions {
  readonly #client: ECSClient;
  /** The definitions that this process has seen, by their family. */
  readonly #registered = new Map<string, string>();

  constructor(client: ECSClient) {
    this.#client = client;
  }

  /** The ARN of the definition that a request describes. Throws `LaunchError` if ECS refuses it. */
  async get(request: EcsPlan['registerTaskDefinition']): Promise<string> {
    const content = createHash('sha256').update(JSON.stringify(request)).digest('hex').slice(0, 16);
    const family = `${request.family.slice(0, MOST_NAME)}-${content}`;
    const definition =
      this.#registered.get(family) ??
      (await this.#known(family)) ??
      (await this.#register({ ...request, family }));
    this.#registered.set(family, definition);
    return definition;
  }

  /** Forgets a definition, so that the next call looks it up again. */
  lose(definition: string): void {
    for (const [family, known] of this.#registered) if (known === definition) this.#registered.delete(family);
  }

  /** Deregisters a definition. Its running tasks run on, and ECS starts no others from it. */
  async forget(definition: string): Promise<void> {
    this.lose(definition);
    try {
      await this.#client.send(new DeregisterTaskDefinitionCommand({ taskDefinition: definition }));
    } catch (error) {
      if (!isWrong(error)) throw error;
    }
  }

  /** The newest active definition of a family. */
  async #known(family: string): Promise<string | undefined> {
    try {
      const command = new DescribeTaskDefinitionCommand({ taskDefinition: family });
      const { taskDefinition: { taskDefinitionArn, status } = {} } = await this.#client.send(command);
      return status === 'ACTIVE' ? taskDefinitionArn : undefined;
    } catch (error) {
      if (nameOf(error) === 'ClientException') return undefined;
      throw passing(error);
    }
  }

  async #register(request: object): Promise<string> {
    try {
      const command = new RegisterTaskDefinitionCommand(request as RegisterTaskDefinitionCommandInput);
      const { taskDefinition: { taskDefinitionArn = '' } = {} } = await this.#client.send(command);
      return taskDefinitionArn;
    } catch (error) {
      if (isWrong(error)) throw new LaunchError((error as Error).message, { cause: error });
      throw passing(error);
    }
  }
}
