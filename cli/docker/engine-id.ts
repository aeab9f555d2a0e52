import { randomUUID } from 'node:crypto';
import { except } from './api-error.ts';
import type { ReachedEngine } from './reach-engine.ts';

const NAME = 'taskport-engine';
const LABEL = 'dev.taskport.engine';

/** Before this version, Docker's ID is that of a key in `/etc/docker`, which all engines of a machine and its clones share. */
const ID_WITH_DATA = 25;

/**
 * Identifies an engine for as long as it keeps its containers. Docker keeps an ID with its data or its machine. Podman answers a new ID
 * each time, so the runner keeps one there in a volume.
 */
export const engineIdOf = async ({ docker, facts }: ReachedEngine): Promise<string> => {
  if (facts.name === 'Docker') {
    const { ID, Name, DockerRootDir } = await docker.info();
    return Number.parseInt(facts.version, 10) >= ID_WITH_DATA ? ID : `${ID} ${Name}:${DockerRootDir}`;
  }
  const volume = docker.getVolume(NAME);
  if ((await volume.inspect().catch(except(404))) === undefined)
    await docker.createVolume({ Name: NAME, Labels: { [LABEL]: randomUUID() } }).catch(except(409));
  const { Labels, CreatedAt } = (await volume.inspect()) as {
    Labels: Record<string, string>;
    CreatedAt?: string;
  };
  return Labels?.[LABEL] ?? `${NAME} of ${CreatedAt}`;
};
