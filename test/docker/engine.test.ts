import { describe, inject } from 'vitest';
import { titled } from '../bundle.ts';
import { describeEngine } from '../execution/engine.contract.ts';
import { sh } from './bench.ts';
import { benchOn } from './contract-bench.ts';
import { withoutDocker } from './dockerd.ts';

const without = withoutDocker();

describe.skipIf(without)(titled('containers', without), () => {
  const starving = sh('head -c 64m /dev/zero | tail', { resources: { memory: { limit: 16 * 2 ** 20 } } });
  describeEngine('docker', () => benchOn(inject('dockerHost'), starving, async () => {}));
});
