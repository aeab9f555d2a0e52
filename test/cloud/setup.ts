import type { TestProject } from 'vitest/node';
import { type Cloud, startCloud } from './cloud.ts';
import { without } from './ministack.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The cloud of this run; undefined if none can be started (`without`). */
    cloud: Cloud | undefined;
  }
}

/** One for all tests of the run; each test has its own stacks. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  if (without('ministack') !== undefined) {
    provide('cloud', undefined);
    return async () => {};
  }
  const { stop, ...cloud } = await startCloud();
  provide('cloud', cloud);
  return stop;
}
