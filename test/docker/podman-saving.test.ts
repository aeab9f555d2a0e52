import { describe } from 'vitest';
import { titled } from '../bundle.ts';
import { startPodman, withoutPodman } from './podman.ts';
import { describeSaving } from './saving.contract.ts';

const without = withoutPodman();

describe.skipIf(without)(titled('saving', without), () => {
  describeSaving('Podman', 'here', startPodman);
  describeSaving('Podman', 'there', startPodman);
});
