import type Dockerode from 'dockerode';
import type { Attempt } from '../../lib/execution/attempt.ts';
import type { FoundSecret } from '../../lib/execution/secret-provider.ts';
import { END, padding, tarHeader } from '../push/tar-header.ts';
import { except } from './api-error.ts';
import { filtersOf, isLabelled, labelsOf, type Made, nameOf, type Scope } from './labels.ts';
import type { Mount } from './storage/engine-storage.ts';

/** Where a task finds them. */
const PATH = '/run/secrets';
const IN_KEEPER = '/secrets';
/** Memory for as many and as large ones as a task may have. */
const OPTIONS = { type: 'tmpfs', device: 'tmpfs', o: 'size=8m,mode=0755,nosuid,nodev,noexec' };

interface Engine {
  readonly docker: Dockerode;
  readonly scope: Scope;
  /** An image of the engine that does nothing for ever. */
  readonly image: string;
}

/** Files of a task's secrets, on their way to it. */
export interface SecretFiles {
  readonly mount: Mount;
  /** To be called once the task runs, or will not: until then a container of their own keeps them in memory. */
  settle(): Promise<void>;
}

/** The volume, and the container that holds it: no filling, which storage takes for a leftover. */
const madeOf = ({ executorId, taskId, attempt }: Attempt): Made => ({
  kind: 'secrets',
  executorId,
  taskId,
  attempt,
});

/** Whatever user a task runs as may read them: nobody else has the volume. */
const archiveOf = (files: readonly FoundSecret[]): Buffer =>
  Buffer.concat([
    ...files.flatMap(({ name, value }) => {
      const bytes = Buffer.from(value);
      const entry = { type: 'file', mode: 0o444, uid: 0, gid: 0, size: bytes.length, modified: 0n } as const;
      return [tarHeader({ ...entry, name: Buffer.from(name) }), bytes, padding(bytes.length)];
    }),
    END,
  ]);

/** Removes a container, if it is there. */
const remove = async (container: Dockerode.Container): Promise<void> => {
  await container.remove({ force: true }).catch(except(404));
};

/**
 * Puts the secrets that a task finds in files into memory of the engine's machine, and answers the mount of them: neither the disk nor what
 * `inspect` answers has their values. They are gone with the task's container. Undefined for none.
 */
export const placeSecretFiles = async (
  { docker, scope, image }: Engine,
  attempt: Attempt,
  secrets: readonly FoundSecret[],
): Promise<SecretFiles | undefined> => {
  const files = secrets.filter(({ target }) => target === 'file');
  if (files.length === 0) return undefined;
  const name = nameOf(scope, madeOf(attempt));
  const Labels = labelsOf(scope, madeOf(attempt));
  const mountAt = (Target: string, ReadOnly: boolean): Mount => ({
    ...{ Type: 'volume', Source: name, Target, ReadOnly },
    VolumeOptions: { NoCopy: true, DriverConfig: { Name: 'local', Options: OPTIONS } },
  });
  // One of a start before this one may have anything.
  await remove(docker.getContainer(name));
  await docker.createVolume({ Name: name, Driver: 'local', DriverOpts: OPTIONS, Labels });
  const keeper = await docker.createContainer({
    name,
    Image: image,
    Labels,
    HostConfig: {
      NetworkMode: 'none',
      CapDrop: ['ALL'],
      Mounts: [mountAt(IN_KEEPER, false) as Dockerode.MountSettings],
    },
  });
  const settle = (): Promise<void> => remove(keeper);
  try {
    // What is in memory goes with the last container that runs on it.
    await keeper.start();
    await keeper.putArchive(archiveOf(files), { path: IN_KEEPER });
  } catch (error) {
    await settle();
    throw error;
  }
  return { mount: mountAt(PATH, true), settle };
};

type Place = Omit<Engine, 'image'>;

/** Drops what is left of an attempt's secrets, once its container is gone. */
export const dropSecretFiles = async ({ docker, scope }: Place, attempt: Attempt): Promise<void> => {
  const name = nameOf(scope, madeOf(attempt));
  await remove(docker.getContainer(name));
  await docker.getVolume(name).remove().catch(except(404));
};

/** Drops what a process left that ended on the way; nothing is placed meanwhile. What tasks have stays. */
export const dropLeftSecrets = async ({ docker, scope }: Place): Promise<void> => {
  const secrets = { kind: 'secrets' } as const;
  const filters = filtersOf(scope, secrets);
  for (const { Id } of await docker.listContainers({ all: true, filters }))
    await remove(docker.getContainer(Id));
  const { Volumes } = await docker.listVolumes({ filters: JSON.stringify(filters) });
  for (const { Name, Labels } of Volumes ?? [])
    if (isLabelled(Labels, scope, secrets)) await docker.getVolume(Name).remove().catch(except(404, 409));
};
