/** The bench of the engine contract for an engine with Docker's API. */
import { expect, vi } from 'vitest';
import { labelNames } from '../../cli/docker/labels.ts';
import { defined } from '../../lib/defined.ts';
import type { TaskSpec } from '../../lib/element/task-spec.ts';
import type { Bench } from '../execution/engine.contract.ts';
import { PATIENCE } from '../patience.ts';
import { DockerBench, LOG, sh } from './bench.ts';

const LOOP = 'echo heard 0; while :; do sleep 0.05; done';

/** A machine with an engine for the contract; `starving` if the engine reports out-of-memory. */
export const benchOn = async (
  host: string,
  starving: TaskSpec | undefined,
  stop: () => Promise<void>,
): Promise<Bench> => {
  const bench = await DockerBench.open(host);
  return {
    programs: {
      exits: (code) => sh(`exit ${code}`),
      endsBy: (signal, times, code) =>
        sh(
          `n=0; trap 'n=$((n + 1)); echo heard $n; if [ $n -ge ${times} ]; then exit ${code}; fi' ${signal}; ${LOOP}`,
        ),
      stubborn: sh(`trap '' TERM; ${LOOP}`),
      ...defined({ starving }),
      writes: sh('echo x >> /data/file; exit $(wc -l < /data/file)'),
      missing: { process: { args: ['/bin/missing'] } },
      listens: sh('echo heard 0; while read -r line; do echo "$line"; [ "$line" != over ] || exit 4; done', {
        interaction: { attach: true, openStdin: true },
      }),
      echoes: ['/bin/sh', '-c', 'printf said >&2; cat; exit 7'],
      well: ['/bin/true'],
      ill: ['/bin/false'],
    },
    root: bench.root,
    logs: [{ id: LOG, spec: {} }],
    open: () => bench.engine(),
    abandon: (engine) => engine.close(),
    heard: (attempt, times) =>
      vi.waitFor(() => expect(bench.lines(attempt)).toContain(`heard ${times}`), PATIENCE),
    remove: async ({ executorId, taskId, attempt }) => {
      const label = [
        `${labelNames.executor}=${executorId}`,
        `${labelNames.task}=${taskId}`,
        `${labelNames.attempt}=${attempt}`,
        `${labelNames.kind}=task`,
      ];
      for (const { Id } of await bench.reached.docker.listContainers({ filters: { label } }))
        await bench.reached.docker.getContainer(Id).remove({ force: true });
    },
    close: async () => {
      await bench.close();
      await stop();
    },
  };
};
