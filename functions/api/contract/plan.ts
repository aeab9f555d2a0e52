import * as z from 'zod/mini';
import { containerPlan, orders } from '../../../lib/composition/plan/container-schema.ts';
import { dockerPlan } from '../../../lib/composition/plan/docker-schema.ts';
import { ecsPlan } from '../../../lib/composition/plan/ecs-schema.ts';
import { ociLayer, ociPlan } from '../../../lib/composition/plan/oci-schema.ts';
import type { Target } from '../../../lib/composition/plan/target.ts';
import type { Plan } from '../../../lib/composition/plan/targets.ts';
import { answered } from './component.ts';

answered('OciLayer', 'An archive that is to be unpacked.', ociLayer);
answered(
  'Orders',
  'The instructions of a task for its runner, besides its process: as in its specification, with all defaults.',
  orders,
);
answered(
  'OciPlan',
  'A bundle of the OCI runtime specification. The runner puts `storage` at its paths, writes `config` as config.json beside it, and keeps to `executor`.',
  ociPlan,
);
answered(
  'DockerPlan',
  'What makes a Docker engine run it: the container that holds what the tasks share, and one for each task. The runner adds `Image`, `Mounts`, `LogConfig`, the values of secrets, and `container:<the group’s>` as `NetworkMode`, `PidMode` and `IpcMode` of the tasks.',
  dockerPlan,
);
answered(
  'EcsPlan',
  'Two requests of the Amazon ECS API. The caller adds what is its own: `executionRoleArn`, `taskRoleArn`, `cluster`, `networkConfiguration`.',
  ecsPlan,
);
answered(
  'ContainerPlan',
  'What the other targets are drawn from: the composition merged, with all defaults, in the words of no engine.',
  containerPlan,
);

const plans = { oci: ociPlan, docker: dockerPlan, ecs: ecsPlan, container: containerPlan } satisfies {
  readonly [T in Target]: z.ZodMiniType<{ target: T } & { [K in keyof Plan<T>]: unknown }>;
};

export const plan = answered(
  'Plan',
  'The document by which a target runs a composition.',
  z.union(Object.values(plans)),
);
