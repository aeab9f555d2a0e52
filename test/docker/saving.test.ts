import { describe, inject } from 'vitest';
import { titled } from '../bundle.ts';
import { withoutDocker } from './dockerd.ts';
import { describeSaving } from './saving.contract.ts';

const without = withoutDocker();

describe.skipIf(without)(titled('saving', without), () => {
  const open = async () => ({ host: inject('dockerHost'), stop: async () => {} });
  describeSaving('Docker', 'here', open);
  describeSaving('Docker', 'there', open);
});
