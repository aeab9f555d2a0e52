import { filtersOf, isOfAnother, labelNames, type Scope } from '../docker/labels.ts';
import type { ReachedEngine } from '../docker/reach-engine.ts';

/**
 * Tells which containers on an engine belong to another service that had the same URL, for example of another clone on this machine. They
 * stay as they are: that service may come back to them.
 */
export const noteOthers = async (
  { docker, facts }: ReachedEngine,
  scope: Scope,
  onNote: (note: string) => void,
): Promise<void> => {
  const found = await docker.listContainers({ all: true, filters: filtersOf(scope) }).catch(() => []);
  const command = facts.name.toLowerCase();
  const others = found.filter(({ Labels }) => isOfAnother(Labels, scope));
  for (const createdAt of new Set(others.map(({ Labels }) => Labels[labelNames.locationCreatedAt]))) {
    const count = others.filter(({ Labels }) => Labels[labelNames.locationCreatedAt] === createdAt).length;
    onNote(
      `leaves ${count === 1 ? 'a container' : `${count} containers`} of another Taskport alone, which had this address: its location ${scope.location} was created at ${createdAt}. If nobody needs them: ${command} rm --force $(${command} ps --all --quiet --filter label=${labelNames.locationCreatedAt}=${createdAt})`,
    );
  }
};
