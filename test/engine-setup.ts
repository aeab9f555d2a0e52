import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startSecrets } from '../infra/local/secrets.ts';
import { bundleHost, startEngines } from './host-bundle.ts';
import { assertGranted } from './privileges/granted.ts';
import { RECORDS, readRecords } from './privileges/recording.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    dynamodbUrl: string;
    s3Url: string;
    secretsUrl: string;
  }
}

/** The bucket of every test; blobs have unique keys, so tests do not conflict. */
export const TEST_BUCKET = 'taskport-test';

interface Shared {
  readonly started: ReturnType<typeof start>;
  users: number;
}

/** Each project of the run loads this module again, so shared state is global. */
const kept = globalThis as { taskportEngines?: Shared | undefined };

const start = async () => {
  const records = mkdtempSync(join(tmpdir(), 'taskport-records-'));
  process.env[RECORDS] = records;
  await bundleHost();
  const [engines, secrets] = await Promise.all([startEngines({ bucket: TEST_BUCKET }), startSecrets()]);
  const stop = async (): Promise<void> => {
    await Promise.all([engines.stop(), secrets.stop()]);
    try {
      assertGranted(readRecords(records));
    } catch (error) {
      // Vitest prints an error of a teardown, but still exits with success.
      process.exitCode = 1;
      throw error;
    } finally {
      rmSync(records, { recursive: true, force: true });
    }
  };
  return { dynamodbUrl: engines.dynamodbUrl, s3Url: engines.s3Url, secretsUrl: secrets.url, stop };
};

/**
 * One set of embedded engines for all projects of the run; tests that need others start their own. After the last project, the run fails if a
 * function used a permission that it does not have.
 */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  kept.taskportEngines ??= { started: start(), users: 0 };
  const shared = kept.taskportEngines;
  shared.users += 1;
  const engines = await shared.started;
  provide('dynamodbUrl', engines.dynamodbUrl);
  provide('s3Url', engines.s3Url);
  provide('secretsUrl', engines.secretsUrl);
  return async () => {
    shared.users -= 1;
    if (shared.users > 0) return;
    kept.taskportEngines = undefined;
    await engines.stop();
  };
}
