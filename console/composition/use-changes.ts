import { useEffect, useState } from 'preact/hooks';
import { api } from '../api.ts';
import { partsOfId } from '../route.ts';

/** Counts changes of an executor's composition, until the user leaves the view; without an executor, none. */
export const useChanges = (executorId: string | undefined, onChange: () => void): number => {
  const [count, setCount] = useState(0);
  useEffect(() => {
    if (executorId === undefined) return undefined;
    const abort = new AbortController();
    const follow = async (): Promise<void> => {
      const { location } = partsOfId(executorId);
      const followed = { location, after: 'latest', signal: abort.signal };
      for await (const { event } of api.events.watch(followed)) {
        const { composition } = event.detail as { composition?: { executorId?: string } };
        if (composition?.executorId !== executorId) continue;
        setCount((before) => before + 1);
        onChange();
      }
    };
    // If the user may not follow events, the view shows the state of its last read; every operation reads it again.
    follow().catch(() => {});
    return () => abort.abort();
  }, [executorId]);
  return count;
};
