import { setTimeout } from 'node:timers/promises';
import { expect } from 'vitest';

const STEP_MS = 10;
const PATIENCE_MS = 20_000;

/** Waits for something that a program of the machine brings about. */
export const eventually = async (isSo: () => boolean | Promise<boolean>): Promise<void> => {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await setTimeout(STEP_MS)) {
    if (await isSo()) return;
  }
  expect.fail('it did not come about');
};
