import { defined } from '../../defined.ts';
import type { ImageSpec } from '../../element/image-spec.ts';
import type { TaskSpec } from '../../element/task-spec.ts';
import type { PlannedTask } from './plan-input.ts';
import type { Refuse } from './refusal.ts';

const OURS = 'dev.taskport.';

/** Undefined for none. */
const listed = (items: readonly string[]): string | undefined =>
  items.length === 0 ? undefined : items.join(',');

/** The annotations of a task, what its image says of ports and volumes, and whose container it is. */
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

/** Refuses annotations that would be taken for ours. */
export const refuseOurLabels = ({ annotations = {} }: TaskSpec, refuse: Refuse): void => {
  for (const key of Object.keys(annotations)) {
    if (key.startsWith(OURS))
      refuse(
        `annotations["${key}"]`,
        `begins with \`${OURS}\`, as only annotations of the service do: take another key`,
      );
  }
};
