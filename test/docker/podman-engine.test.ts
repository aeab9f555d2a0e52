import { describe } from 'vitest';
import { titled } from '../bundle.ts';
import { describeEngine } from '../execution/engine.contract.ts';
import { benchOn } from './contract-bench.ts';
import { startPodman, withoutPodman } from './podman.ts';

const without = withoutPodman();

describe.skipIf(without)(titled('containers', without), () => {
  describeEngine('docker, of Podman', async () => {
    const podman = await startPodman();
    return { ...(await benchOn(podman.host, undefined, podman.stop)), closesInput: true };
  });
});
