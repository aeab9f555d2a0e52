import type { ComposedContainer } from '../composition/plan/composed-container.ts';
import type { Orders } from '../composition/plan/orders.ts';
import { defined } from '../defined.ts';
import { parseId } from '../element/id.ts';
import type { Principal } from '../principal.ts';
import type { Attempt } from './attempt.ts';
import { LaunchError } from './engine.ts';

/** The task for which a secret is read. */
export interface SecretAsker {
  /** The caller who bound the task; absent for a task that was bound before this was kept. */
  readonly principal?: Principal;
  /** The location of the executor, whose `allow.secrets` contains the reference. */
  readonly location: string;
  readonly executorId: string;
  readonly taskId: string;
}

/**
 * Answers the value of a secret. Throws `LaunchError`. Readers of the executor see its message, so it never
 * contains a value.
 */
export type SecretOf = (reference: string, asker: SecretAsker) => Promise<string>;

/** Bytes that a value may have, as in AWS Secrets Manager. */
export const MAX_SECRET = 65_536;

/** The provider of a runner without a store of secrets. */
export const noSecrets: SecretOf = async (reference) => {
  throw new LaunchError(
    `${reference} is a secret, and this runner has no store of secrets: start it with \`--secrets dir:<directory>\` or \`--secrets aws\``,
  );
};

/** A secret of a task, with its value. */
export interface FoundSecret {
  readonly name: string;
  readonly target: Orders['secrets'][number]['target'];
  readonly value: string;
}

/** The secrets of one task of a container, all read at once. Throws `LaunchError`. */
export const secretsOf = (
  { tasks }: Pick<ComposedContainer, 'tasks'>,
  { executorId, taskId }: Attempt,
  secretOf: SecretOf,
): Promise<FoundSecret[]> => {
  const task = tasks.find(({ id }) => id === taskId);
  const { location } = parseId(executorId, 'executorId');
  const asker = { location, executorId, taskId, ...defined({ principal: task?.boundBy }) };
  return Promise.all(
    (task?.orders.secrets ?? []).map(async ({ name, target, valueFrom }) => {
      const value = await secretOf(valueFrom, asker);
      if (target === 'env' && value.includes('\0'))
        throw new LaunchError(
          `${valueFrom} has a NUL, which no variable can have: its target has to be \`file\``,
        );
      return { name, target, value };
    }),
  );
};
