import { setTimeout } from 'node:timers/promises';
import { expect } from 'vitest';
import { PATIENCE } from '../../patience.ts';

const STEP_MS = 10;

/** Waits for something that a program of the machine brings about. */
export const eventually = async (isSo: () => boolean | Promise<boolean>): Promise<void> => {
  for (const end = Date.now() + PATIENCE.timeout; Date.now() < end; await setTimeout(STEP_MS)) {
    if (await isSo()) return;
  }
  expect.fail('it did not come about');
};
