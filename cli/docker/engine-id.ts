import { randomUUID } from 'node:crypto';
import { except } from './api-error.ts';
import type { ReachedEngine } from './reach-engine.ts';

const NAME = 'taskport-engine';
const LABEL = 'dev.taskport.engine';

/**
 * What tells an engine from all others, for as long as it keeps its containers. Docker keeps an ID with its data. Podman says another one each
 * time that it is asked: a volume keeps one there.
 */
export const engineIdOf = async ({ docker, facts }: ReachedEngine): Promise<string> => {
  if (facts.name === 'Docker') return (await docker.info()).ID;
  const volume = docker.getVolume(NAME);
  if ((await volume.inspect().catch(except(404))) === undefined)
    await docker.createVolume({ Name: NAME, Labels: { [LABEL]: randomUUID() } }).catch(except(409));
  const { Labels, CreatedAt } = (await volume.inspect()) as {
    Labels: Record<string, string>;
    CreatedAt?: string;
  };
  return Labels?.[LABEL] ?? `${NAME} of ${CreatedAt}`;
};
