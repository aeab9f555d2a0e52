import { defined } from '../../defined.ts';
import type { ImageSpec } from '../../element/image-spec.ts';
import type { TaskSpec } from '../../element/task-spec.ts';
import type { PlannedTask } from './plan-input.ts';
import type { Refuse } from './refusal.ts';

const OURS = 'dev.taskport.';

/** Undefined for an empty list. */
const listed = (items: readonly string[]): string | undefined =>
  items.length === 0 ? undefined : items.join(',');

/**
 * The labels of a container: the annotations of the task, the ports and volumes of its image, and the IDs of its
 * task and executor.
 */
export const labelsOf = (
  { id, spec }: Pick<PlannedTask, 'id' | 'spec'>,
  executorId: string,
  { ports = [], volumes = [] }: ImageSpec = {},
): Record<string, string> => ({
  ...defined({
    // OCI image specification, conversion.md.
    'org.opencontainers.image.exposedPorts': listed(ports.map(({ port, protocol }) => `${port}/${protocol}`)),
    [`${OURS}volumes`]: listed(volumes),
  }),
  ...spec.annotations,
  [`${OURS}executor`]: executorId,
  [`${OURS}task`]: id,
});

/** Refuses annotations that look like our own labels. */
export const refuseOurLabels = ({ annotations = {} }: TaskSpec, refuse: Refuse): void => {
  for (const key of Object.keys(annotations)) {
    if (key.startsWith(OURS))
      refuse(
        `annotations["${key}"]`,
        `begins with \`${OURS}\`, as only annotations of the service do: take another key`,
      );
  }
};
