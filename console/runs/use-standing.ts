import { api } from '../api.ts';
import { isMissing } from '../parts/runner.tsx';
import { partsOfId } from '../route.ts';
import { useLoad } from '../use-load.ts';
import { useNow } from '../use-now.ts';
import { type Standing, standingOf, type Told } from './standing.ts';

/** The standing of a run. For a new one, it also depends on whether a runner can start it. */
export const useStanding = (executorId: string, run: Told | undefined): Standing | undefined => {
  const standing = run && standingOf(run);
  const isNew = standing === 'starting';
  // Only the standing of a starting run changes with time alone.
  useNow(isNew);
  const { location } = partsOfId(executorId);
  const { value } = useLoad(
    async (signal) => (isNew ? api.runners.read(location, { signal }) : undefined),
    [location, isNew],
  );
  return isNew && value && isMissing(value) ? 'waiting' : standing;
};
