import { parseId } from '../../element/id.ts';
import { ROOT } from '../composition.ts';
import type { ComposedStorage } from './composed-container.ts';
import { ecsName } from './ecs-name.ts';
import type { ContainerDefinition, EfsVolume, MountPoint } from './ecs-request.ts';
import type { FargateEngine } from './fargate-engine.ts';
import { parentsFirst } from './mount-order.ts';
import { ofStorage, type Refuse } from './refusal.ts';
import { hasData, REGISTRY_IMAGE, refuseNoRegistryImage, registryImageOf } from './registry-image.ts';

/** The DNS suffixes of AWS, by partition: `aws` and `aws-us-gov`, `aws-cn`, `aws-eusc`, the isolated ones. */
const SUFFIX =
  'amazonaws.com|amazonaws.com.cn|amazonaws.eu|c2s.ic.gov|sc2s.sgov.gov|csp.hci.ic.gov|cloud.adc-e.uk';
/** The name of an EFS file system (Amazon EFS user guide: DNS names of file systems). */
const EFS = new RegExp(`^(fs-[0-9a-f]{8,40})\\.efs\\.[a-z0-9-]+\\.(?:${SUFFIX.replaceAll('.', '\\.')})$`);

const KIB_PER_GIB = 2 ** 20;
/** GiB of storage of a Fargate task: by default, and at most (ECS API, EphemeralStorage). */
const STORAGE_GIB = { given: 20, most: 200 };

/** The storage of a task definition. */
export interface EcsStorage {
  readonly image: string;
  readonly repositoryCredentials?: ContainerDefinition['repositoryCredentials'];
  readonly readOnlyRoot: boolean;
  readonly ephemeralStorage?: { readonly sizeInGiB: number } | undefined;
  readonly volumes: readonly EfsVolume[];
  readonly mountPoints: readonly MountPoint[];
}

/**
 * The image of the root filesystem. ECS pulls it by name and accepts no bytes. Our own engine makes ECS pull
 * images that are kept here from the service.
 */
const imageOf = (
  { id, kind, layers, digest }: ComposedStorage,
  refuse: Refuse,
  engine?: FargateEngine,
): Pick<EcsStorage, 'image' | 'repositoryCredentials'> => {
  const own = layers.filter(hasData);
  const image = registryImageOf(layers) ?? '';
  if (kind !== 'image')
    refuse('', 'is the root filesystem, and ECS needs an image there: join an image at `/`');
  else if (engine && own.length > 0 && image === '') return ownImageOf(id, digest, refuse, engine);
  for (const layer of own)
    refuse(
      '',
      `has the data of ${layer.id}, and ECS pulls an image from one registry: push all of it to that`,
    );
  if (image === '')
    refuse('', `names no registry image in \`ro.${REGISTRY_IMAGE}\`: create an image that does`);
  else refuseNoRegistryImage(image, refuse);
  return { image };
};

const ownImageOf = (
  id: string,
  digest: string | undefined,
  refuse: Refuse,
  { registry, registryCredentials }: FargateEngine,
): Pick<EcsStorage, 'image' | 'repositoryCredentials'> => {
  const { location, name } = parseId(id, 'id');
  if (digest === undefined) refuse('', 'has no manifest, by which ECS pulls it: push it as an image');
  // The name of a pushed image contains its digest; the registry has only the repository.
  const [repository] = name.split('@');
  return {
    image: `${registry}/${location}/${repository}@${digest}`,
    repositoryCredentials: registryCredentials ? { credentialsParameter: registryCredentials } : undefined,
  };
};

const ephemeralStorageOf = (
  { capacity = 0 }: ComposedStorage,
  refuse: Refuse,
): EcsStorage['ephemeralStorage'] => {
  const sizeInGiB = Math.ceil(capacity / KIB_PER_GIB);
  if (sizeInGiB > STORAGE_GIB.most)
    refuse(
      '',
      `has a capacity of ${sizeInGiB} GiB, and Fargate gives at most ${STORAGE_GIB.most}: take an image that asks for less`,
    );
  return sizeInGiB > STORAGE_GIB.given ? { sizeInGiB } : undefined;
};

const volumeOf = ({ id, kind, nfs }: ComposedStorage, report: Refuse): EfsVolume => {
  const refuse = ofStorage(report, id);
  const [, fileSystemId] = EFS.exec(nfs?.server ?? '') ?? [];
  if (kind === 'image')
    refuse(
      '',
      'is an image beside the root filesystem, and ECS mounts volumes only: join it at `/`, or a volume instead',
    );
  else if (nfs === undefined)
    refuse(
      '',
      'keeps its data in this service, and Fargate mounts EFS only: use a volume of an `nfs` location on EFS',
    );
  else if (fileSystemId === undefined)
    refuse(
      '',
      `is at ${nfs.server}, which is no EFS file system, and Fargate mounts EFS only: use a volume of an \`nfs\` location on EFS`,
    );
  return {
    name: ecsName(id),
    efsVolumeConfiguration: {
      fileSystemId: fileSystemId ?? '',
      rootDirectory: nfs?.path ?? '',
      transitEncryption: 'ENABLED',
    },
  };
};

export const ecsStorage = (
  storage: readonly ComposedStorage[],
  refuse: Refuse,
  engine?: FargateEngine,
): EcsStorage => {
  const root = storage.find(({ mount }) => mount.path === ROOT);
  const others = parentsFirst(
    storage.filter((one) => one !== root),
    ({ mount }) => mount.path,
  );
  const refuseRoot = ofStorage(refuse, root?.id ?? '');
  return {
    ...(root ? imageOf(root, refuseRoot, engine) : { image: '' }),
    readOnlyRoot: root?.mount.readOnly ?? false,
    ephemeralStorage: root ? ephemeralStorageOf(root, refuseRoot) : undefined,
    volumes: others.map((one) => volumeOf(one, refuse)),
    mountPoints: others.map(({ id, mount }) => ({
      sourceVolume: ecsName(id),
      containerPath: mount.path,
      readOnly: mount.readOnly,
    })),
  };
};
