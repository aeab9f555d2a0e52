import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { functions } from '../../infra/wiring.ts';
import { doEverything } from '../privileges/exercised-functions.ts';
import { granted } from '../privileges/granted.ts';
import { RECORDS, type Recorded, readRecords } from '../privileges/recording.ts';

const records = mkdtempSync(join(tmpdir(), 'taskport-deeds-'));
let used: readonly Recorded[];

beforeAll(async () => {
  process.env[RECORDS] = records;
  await doEverything();
  used = readRecords(records);
});
afterAll(() => rmSync(records, { recursive: true }));

const of = (name: string, list: readonly Recorded[]): string[] =>
  list
    .filter(([each]) => each === name)
    .map(([, action, on]) => `${action} on its ${on}`)
    .sort();

test.each(functions.map(({ name }) => name))('%s is granted exactly the actions that it uses', (name) => {
  expect(of(name, used)).toEqual(of(name, granted));
});
