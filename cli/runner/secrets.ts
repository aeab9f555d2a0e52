import { noSecrets, type SecretOf } from '../../lib/execution/secret-provider.ts';
import { UsageError } from '../usage-error.ts';
import { secretDirectory } from './secret-directory.ts';

const DIRECTORY = 'dir:';

/** The store of secrets that `--secrets` names; messages name where a value is, never the value. Throws `UsageError` for an unknown store. */
export const openSecrets = async (
  choice: string | undefined,
  onNote: (note: string) => void,
): Promise<SecretOf> => {
  const secretOf = await storeOf(choice);
  return async (reference, asker) => {
    const value = await secretOf(reference, asker);
    const { taskId, executorId, principal = 'nobody known' } = asker;
    onNote(`gives ${reference} to ${taskId} on ${executorId}, which ${principal} bound`);
    return value;
  };
};

const storeOf = async (choice: string | undefined): Promise<SecretOf> => {
  if (choice === undefined) return noSecrets;
  if (choice === 'aws')
    return (await import('../../lib/adapters/secretsmanager/secret-values.ts')).secretValues();
  const path = choice.startsWith(DIRECTORY) ? choice.slice(DIRECTORY.length) : '';
  if (path === '') throw new UsageError('--secrets is `dir:<directory>` or `aws`');
  return secretDirectory(path).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`--secrets names ${path}, which is no directory that can be read: ${error.code}`);
  });
};
