/** The former version, from its commit, to run beside the present one. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import type { createApp } from '../../functions/api/app.ts';
import type { createHandler as createAudit } from '../../functions/audit/handler.ts';
import type { createDependencies } from '../../functions/dependencies.ts';
import type { createHandler } from '../../functions/publish/handler.ts';
import type { createDynamoClient } from '../../lib/adapters/dynamodb/engine/client.ts';
import type { Table } from '../../lib/adapters/dynamodb/engine/table.ts';
import type { EventLogTable } from '../../lib/adapters/dynamodb/event-log-table.ts';
import type { Sweeper } from '../../lib/adapters/dynamodb/sweeper.ts';
import type { verifyUpload } from '../../lib/element/upload/verify-upload.ts';

/** The parts of a version that these tests use. */
export interface Version {
  readonly createApp: typeof createApp;
  readonly createAudit: typeof createAudit;
  readonly createDependencies: typeof createDependencies;
  readonly createPublish: typeof createHandler;
  readonly createDynamoClient: typeof createDynamoClient;
  readonly EventLogTable: typeof EventLogTable;
  readonly Sweeper: typeof Sweeper;
  readonly Table: typeof Table;
  readonly verifyUpload: typeof verifyUpload;
}

/** The commit from which these tests upgrade; a release moves it. */
const FORMER = 'e51384acad9a23acaafdedd37ac24414633ab16c';

const ROOT = resolve(import.meta.dirname, '../..');
const PARTS = `
  export { createApp } from './functions/api/app.ts';
  export { createHandler as createAudit } from './functions/audit/handler.ts';
  export { createDependencies } from './functions/dependencies.ts';
  export { createHandler as createPublish } from './functions/publish/handler.ts';
  export { createDynamoClient } from './lib/adapters/dynamodb/client.ts';
  export { EventLogTable } from './lib/adapters/dynamodb/event-log-table.ts';
  export { Sweeper } from './lib/adapters/dynamodb/sweeper.ts';
  export { Table } from './lib/adapters/dynamodb/table.ts';
  export { verifyUpload } from './lib/element/verify-upload.ts';
`;

/** Why it is not available here; undefined if it is. */
export const withoutFormer = (): string | undefined =>
  spawnSync('git', ['cat-file', '-e', `${FORMER}^{commit}`], { cwd: ROOT }).status === 0
    ? undefined
    : `this clone has no commit ${FORMER}`;

/** Bundles and loads it, with the present packages. */
export const loadFormer = async (): Promise<Version> => {
  const directory = mkdtempSync(join(tmpdir(), 'taskport-former-'));
  const source = join(directory, 'source');
  mkdirSync(source);
  const archive = execFileSync('git', ['archive', FORMER, 'functions', 'lib'], {
    cwd: ROOT,
    maxBuffer: 2 ** 28,
  });
  execFileSync('tar', ['-x', '-C', source], { input: archive });
  symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
  const outfile = join(directory, 'former.mjs');
  await build({
    stdin: { contents: PARTS, resolveDir: source, loader: 'ts' },
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    outfile,
    logLevel: 'error',
  });
  try {
    return await import(/* @vite-ignore */ pathToFileURL(outfile).href);
  } finally {
    rmSync(directory, { recursive: true });
  }
};
