import { useState } from 'preact/hooks';
import { isCode } from '../../client/problem-error.ts';
import type { HandleJson } from '../../lib/composition/shown-composition.ts';
import { api } from '../api.ts';
import type { MemberJson } from './differences.ts';
import { differences } from './differences.ts';
import type { Operation } from './operation.ts';

/** Operations on a composition. Each reads the latest handle, and runs once more if another caller was faster. */
export const useOperation = (executorId: string, members: readonly MemberJson[], onDone: () => void) => {
  const [changes, setChanges] = useState<readonly string[]>([]);
  const [error, setError] = useState<unknown>();
  const operate = async (operation: Operation): Promise<void> => {
    const attempt = async (): Promise<void> => {
      const opened: HandleJson = await api.compositions.open(executorId);
      setChanges(differences(members, opened.composition.members));
      await operation(opened.handle);
    };
    try {
      await attempt().catch((thrown) => {
        if (!isCode(thrown, 'stale-handle')) throw thrown;
        return attempt();
      });
      setError(undefined);
    } finally {
      onDone();
    }
  };
  const press = (operation: Operation): void => void operate(operation).catch(setError);
  return { changes, error, operate, press };
};
