import type { ComposedTask } from './composed-container.ts';
import type { TaskHostConfig } from './docker-request.ts';
import type { Refuse } from './refusal.ts';

const MIB = 2 ** 20;
/** Bytes below which the engine takes no limit of memory (moby, daemon_unix.go). */
const LEAST_MEMORY = 6 * MIB;

/** The limits of one container. Swap is no more memory: beyond its limit a task is killed. */
export const dockerResources = ({ resources: { memory, cpu, pids } }: ComposedTask, refuse: Refuse) => {
  for (const part of ['limit', 'reservation'] as const) {
    const bytes = memory?.[part];
    if (bytes !== undefined && bytes < LEAST_MEMORY)
      refuse(
        `resources.memory.${part}`,
        `is ${bytes}, and Docker takes ${LEAST_MEMORY} (6 MiB) or more: set it higher`,
      );
  }
  return {
    Memory: memory?.limit,
    MemorySwap: memory?.limit,
    MemoryReservation: memory?.reservation,
    CpuShares: cpu?.shares,
    CpuQuota: cpu?.quota,
    CpuPeriod: cpu?.period,
    PidsLimit: pids,
  } satisfies Partial<TaskHostConfig>;
};
