import type { TestProject } from 'vitest/node';
import { startEngines } from '../infra/local/engines/engines.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    dynamodbUrl: string;
    s3Url: string;
  }
}

/** The bucket of every test; their blobs have fresh keys, so they cannot meet. */
export const TEST_BUCKET = 'taskport-test';

/** One set of embedded engines for the whole run; tests that need others start their own. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const engines = await startEngines({ bucket: TEST_BUCKET });
  provide('dynamodbUrl', engines.dynamodbUrl);
  provide('s3Url', engines.s3Url);
  return engines.stop;
}
