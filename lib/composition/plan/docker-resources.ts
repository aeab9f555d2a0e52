import type { ComposedTask } from './composed-container.ts';
import type { TaskHostConfig } from './docker-request.ts';
import type { Refuse } from './refusal.ts';

const MIB = 2 ** 20;
/** The least limit of memory that the engine accepts (moby, daemon_unix.go), in bytes. */
const LEAST_MEMORY = 6 * MIB;

/** The limits of one container. It gets no swap: beyond its limit of memory, the kernel kills the task. */
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
