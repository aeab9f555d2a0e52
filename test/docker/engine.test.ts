import { describe, expect, inject, vi } from 'vitest';
import type { DockerEngine } from '../../cli/docker/docker-engine.ts';
import { labelNames } from '../../cli/docker/labels.ts';
import { titled } from '../bundle.ts';
import { describeEngine } from '../execution/engine.contract.ts';
import { PATIENCE } from '../patience.ts';
import { DockerBench, LOG, sh } from './bench.ts';
import { withoutDocker } from './dockerd.ts';

const without = withoutDocker();
const LOOP = 'echo heard 0; while :; do sleep 0.05; done';

describe.skipIf(without)(titled('containers', without), () => {
  describeEngine('docker', async () => {
    const bench = await DockerBench.open(inject('dockerHost'));
    return {
      programs: {
        exits: (code) => sh(`exit ${code}`),
        endsBy: (signal, times, code) =>
          sh(
            `n=0; trap 'n=$((n + 1)); echo heard $n; if [ $n -ge ${times} ]; then exit ${code}; fi' ${signal}; ${LOOP}`,
          ),
        stubborn: sh(`trap '' TERM; ${LOOP}`),
        starving: sh('head -c 64m /dev/zero | tail', { resources: { memory: { limit: 16 * 2 ** 20 } } }),
        missing: { process: { args: ['/bin/missing'] } },
        well: ['/bin/true'],
        ill: ['/bin/false'],
      },
      root: bench.root,
      logs: [{ id: LOG, spec: {} }],
      open: () => bench.engine(),
      abandon: (engine) => (engine as DockerEngine).close(),
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
      close: () => bench.close(),
    };
  });
});
