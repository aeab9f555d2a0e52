import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startEngines } from '../infra/local/engines/engines.ts';
import { assertGranted } from './privileges/granted.ts';
import { RECORDS, readRecords } from './privileges/recording.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    dynamodbUrl: string;
    s3Url: string;
  }
}

/** The bucket of every test; their blobs have fresh keys, so they cannot meet. */
export const TEST_BUCKET = 'taskport-test';

/**
 * One set of embedded engines for the whole run; tests that need others start their own. In the end the run fails where a
 * function did anything that it is not granted.
 */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const records = mkdtempSync(join(tmpdir(), 'taskport-records-'));
  process.env[RECORDS] = records;
  const engines = await startEngines({ bucket: TEST_BUCKET });
  provide('dynamodbUrl', engines.dynamodbUrl);
  provide('s3Url', engines.s3Url);
  return async () => {
    await engines.stop();
    try {
      assertGranted(readRecords(records));
    } catch (error) {
      // Vitest prints what a teardown throws, and says all the same that the run went well.
      process.exitCode = 1;
      throw error;
    } finally {
      rmSync(records, { recursive: true, force: true });
    }
  };
}
