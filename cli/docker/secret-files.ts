import type Dockerode from 'dockerode';
import type { Attempt } from '../../lib/execution/attempt.ts';
import type { FoundSecret } from '../../lib/execution/secret-provider.ts';
import { END, padding, tarHeader } from '../push/tar-header.ts';
import { except } from './api-error.ts';
import { filtersOf, isLabelled, labelsOf, type Made, nameOf, type Scope } from './labels.ts';
import type { Mount } from './storage/mount.ts';

/** The directory in which a task finds its secrets. */
const PATH = '/run/secrets';
const IN_KEEPER = '/secrets';
/** Memory for the largest number and size of secrets that a task may have. */
const OPTIONS = { type: 'tmpfs', device: 'tmpfs', o: 'size=8m,mode=0755,nosuid,nodev,noexec' };

interface Engine {
  readonly docker: Dockerode;
  readonly scope: Scope;
  /** An image of the engine with a program that waits for ever. */
  readonly image: string;
}

/** The files of a task's secrets, until the task mounts them. */
export interface SecretFiles {
  readonly mount: Mount;
  /** Call this once the task runs or will not run: until then another container keeps the files in memory. */
  settle(): Promise<void>;
}

/** The volume, and the container that holds it; its label is not that of filling, which storage would remove. */
const madeOf = ({ executorId, taskId, attempt }: Attempt): Made => ({
  kind: 'secrets',
  executorId,
  taskId,
  attempt,
});

/** Any user of the task may read them: no other container mounts the volume. */
const archiveOf = (files: readonly FoundSecret[]): Buffer =>
  Buffer.concat([
    ...files.flatMap(({ name, value }) => {
      const bytes = Buffer.from(value);
      const entry = { type: 'file', mode: 0o444, uid: 0, gid: 0, size: bytes.length, modified: 0n } as const;
      return [tarHeader({ ...entry, name: Buffer.from(name) }), bytes, padding(bytes.length)];
    }),
    END,
  ]);

/** Removes a container if it exists. */
const remove = async (container: Dockerode.Container): Promise<void> => {
  await container.remove({ force: true }).catch(except(404));
};

/**
 * Writes the file secrets of a task into memory of the engine's machine, and answers the mount. Their values are neither on the disk nor
 * in the answers of `inspect`, and disappear with the task's container. Undefined without file secrets.
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
    Type: 'volume',
    Source: name,
    Target,
    ReadOnly,
    VolumeOptions: { NoCopy: true, DriverConfig: { Name: 'local', Options: OPTIONS } },
  });
  // The volume of an earlier start may hold other files.
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
    // The memory is freed with the last running container that mounts it.
    await keeper.start();
    await keeper.putArchive(archiveOf(files), { path: IN_KEEPER });
  } catch (error) {
    await settle();
    throw error;
  }
  return { mount: mountAt(PATH, true), settle };
};

type Place = Omit<Engine, 'image'>;

/** Removes the rest of an attempt's secrets after its container is gone. */
export const dropSecretFiles = async ({ docker, scope }: Place, attempt: Attempt): Promise<void> => {
  const name = nameOf(scope, madeOf(attempt));
  await remove(docker.getContainer(name));
  await docker.getVolume(name).remove().catch(except(404));
};

/** Removes what an interrupted process left; call it only while nothing is being placed. Keeps the secrets of tasks. */
export const dropLeftSecrets = async ({ docker, scope }: Place): Promise<void> => {
  const secrets = { kind: 'secrets' } as const;
  const filters = filtersOf(scope, secrets);
  for (const { Id, Labels } of await docker.listContainers({ all: true, filters }))
    if (isLabelled(Labels, scope, secrets)) await remove(docker.getContainer(Id));
  const { Volumes } = await docker.listVolumes({ filters: JSON.stringify(filters) });
  for (const { Name, Labels } of Volumes ?? [])
    if (isLabelled(Labels, scope, secrets)) await docker.getVolume(Name).remove().catch(except(404, 409));
};
