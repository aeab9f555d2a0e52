import * as z from 'zod/mini';
import { containerPlan, orders } from '../../../lib/composition/plan/container-schema.ts';
import { dockerPlan } from '../../../lib/composition/plan/docker-schema.ts';
import { ecsPlan } from '../../../lib/composition/plan/ecs-schema.ts';
import { ociLayer, ociPlan } from '../../../lib/composition/plan/oci-schema.ts';
import type { Target } from '../../../lib/composition/plan/target.ts';
import type { Plan } from '../../../lib/composition/plan/targets.ts';
import { answered } from './component.ts';

answered('OciLayer', 'An archive that the runner unpacks.', ociLayer);
answered(
  'Orders',
  'The instructions of a task for its runner, apart from the process. They are those of the specification, with all defaults.',
  orders,
);
answered(
  'OciPlan',
  'A bundle of the OCI runtime specification. The runner puts `storage` at its paths, writes `config` to `config.json` beside it, and applies `executor`.',
  ociPlan,
);
answered(
  'DockerPlan',
  'Requests of the Docker Engine API: one container for everything that the tasks share (`group`), and one container for each task. The runner adds `Image`, `Mounts`, `LogConfig` and the values of secrets. It also sets `NetworkMode`, `PidMode` and `IpcMode` of the tasks to `container:<ID of the group>`.',
  dockerPlan,
);
answered(
  'EcsPlan',
  'Two requests of the Amazon ECS API. The caller adds the fields of its own account: `executionRoleArn`, `taskRoleArn`, `cluster` and `networkConfiguration`.',
  ecsPlan,
);
answered(
  'ContainerPlan',
  'The merged composition with all defaults, independent of an engine. The service renders the other targets from it.',
  containerPlan,
);

const plans = { oci: ociPlan, docker: dockerPlan, ecs: ecsPlan, container: containerPlan } satisfies {
  readonly [T in Target]: z.ZodMiniType<{ target: T } & { [K in keyof Plan<T>]: unknown }>;
};

export const plan = answered(
  'Plan',
  'The document with which a target runs a composition.',
  z.union(Object.values(plans)),
);
