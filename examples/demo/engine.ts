import { filtersOf } from '../../cli/docker/labels.ts';
import { reachEngine } from '../../cli/docker/reach-engine.ts';

/** Why no engine can run tasks; undefined if one can. */
export const lackOfEngine = (): Promise<string | undefined> =>
  reachEngine(undefined, process.env).then(
    () => undefined,
    (error: Error) => error.message,
  );

/** Removes the containers, volumes and images of this service's runner from the engine, because the runner does not come back. */
export const clearEngine = async (url: string, location: string): Promise<void> => {
  const service = new URL(url);
  const { docker } = await reachEngine(undefined, process.env);
  const filters = filtersOf({ service, location });
  for (const { Id } of await docker.listContainers({ all: true, filters: JSON.stringify(filters) }))
    await docker.getContainer(Id).remove({ force: true, v: true });
  const { Volumes } = await docker.listVolumes({ filters: JSON.stringify(filters) });
  for (const { Name } of Volumes ?? []) await docker.getVolume(Name).remove();
  for (const { RepoDigests } of await docker.listImages())
    for (const reference of RepoDigests ?? [])
      if (reference.startsWith(`${service.host}/`)) await docker.getImage(reference).remove();
};
