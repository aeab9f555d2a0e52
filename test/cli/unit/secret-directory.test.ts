/** Secrets in files of a machine: each reference has its own file below the directory, and messages contain no value. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSecrets } from '../../../cli/runner/secrets.ts';
import { UsageError } from '../../../cli/usage-error.ts';
import { LaunchError } from '../../../lib/execution/engine.ts';
import type { SecretOf } from '../../../lib/execution/secret-provider.ts';

const asker = {
  principal: 'arn:aws:iam::123456789012:role/team',
  location: 'boxes',
  executorId: 'executor://boxes/one',
  taskId: 'task://jobs/main',
};
const PLANTED = 'planted-value';

let around: string;
let directory: string;
let notes: string[];
let secretOf: SecretOf;
beforeEach(async () => {
  around = mkdtempSync(join(tmpdir(), 'taskport-secrets-'));
  directory = join(around, 'secrets');
  mkdirSync(directory);
  notes = [];
  secretOf = await openSecrets(`dir:${directory}`, (note) => notes.push(note));
});
afterEach(() => rmSync(around, { recursive: true, force: true }));

const write = (name: string, value: string | Uint8Array = PLANTED): void => {
  mkdirSync(dirname(join(directory, name)), { recursive: true });
  writeFileSync(join(directory, name), value);
};

const refusalOf = async (reference: string): Promise<string> => {
  const error: unknown = await secretOf(reference, asker).then(
    () => undefined,
    (refused) => refused,
  );
  expect(error).toBeInstanceOf(LaunchError);
  const { message, cause } = error as Error;
  expect(cause).toBeUndefined();
  // A reader of the executor learns neither the value nor its place on the machine.
  expect(message).not.toContain(PLANTED);
  expect(message).not.toContain(around);
  return message;
};

describe('a secret in a directory', () => {
  it.each([
    'key',
    'jobs/key',
    'a.b_c+d=e@f-g',
    'arn:aws:secretsmanager:eu-central-1:123456789012:secret:jobs/key-AbCdEf:user::',
    'arn:aws:ssm:eu-central-1:123456789012:parameter/jobs/key',
  ])('is the file with the name of its reference: %s', async (reference) => {
    write(reference);
    expect(await secretOf(reference, asker)).toBe(PLANTED);
  });

  it('is the whole file, with the last line break', async () => {
    write('key', '\uFEFFä\n');
    expect(await secretOf('key', asker)).toBe('\uFEFFä\n');
    write('empty', '');
    expect(await secretOf('empty', asker)).toBe('');
  });

  it('is read again at each start', async () => {
    write('key', 'one');
    await secretOf('key', asker);
    write('key', 'two');
    expect(await secretOf('key', asker)).toBe('two');
  });

  it('differs for every other reference', async () => {
    const part = fc.stringMatching(/^[A-Za-z_.]{1,3}$/);
    const reference = fc.array(fc.oneof(part, fc.constantFrom('', '.', '..')), {
      minLength: 1,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(reference, reference, async (one, other) => {
        rmSync(directory, { recursive: true });
        mkdirSync(directory);
        writeFileSync(join(around, 'key'), PLANTED);
        const isFile = one.every((name) => !['', '.', '..'].includes(name));
        if (isFile) write(one.join('/'));
        const found = await secretOf(other.join('/'), asker).catch(() => undefined);
        expect(found === undefined).toBe(!isFile || one.join('/') !== other.join('/'));
      }),
      { numRuns: 300 },
    );
  });

  it.each(['../outside', 'jobs/../../outside', '/etc/passwd', 'jobs//key', 'jobs/', '.', '..', './jobs/key'])(
    'is not looked up at %s',
    async (reference) => {
      writeFileSync(join(around, 'outside'), PLANTED);
      write('jobs/key');
      expect(await refusalOf(reference)).toContain('names no file of this runner');
    },
  );

  it('is not read through a link that leads out, for the file or for a directory above it', async () => {
    mkdirSync(join(around, 'elsewhere'));
    writeFileSync(join(around, 'elsewhere/key'), PLANTED);
    symlinkSync(join(around, 'elsewhere/key'), join(directory, 'absolute'));
    symlinkSync('../elsewhere/key', join(directory, 'relative'));
    symlinkSync('../elsewhere', join(directory, 'jobs'));
    // A directory whose name starts like the store's is another one.
    mkdirSync(`${directory}-other`);
    writeFileSync(`${directory}-other/key`, PLANTED);
    symlinkSync(`${directory}-other/key`, join(directory, 'sibling'));
    for (const reference of ['absolute', 'relative', 'jobs/key', 'sibling'])
      expect(await refusalOf(reference)).toContain('leads out of the directory');
  });

  it('is read through links within the store, like in a volume of Kubernetes', async () => {
    write('..2026_11/key');
    symlinkSync('..2026_11', join(directory, '..data'));
    symlinkSync('..data/key', join(directory, 'key'));
    expect(await secretOf('key', asker)).toBe(PLANTED);
  });

  it.each<[string, () => void, RegExp]>([
    [
      'is not there',
      () => {},
      /is not among the secrets of this runner: .* puts it into the file jobs\/key of/,
    ],
    ['is a directory', () => write('jobs/key/more'), /is no file/],
    [
      'is a pipe that nobody writes to',
      () => {
        mkdirSync(join(directory, 'jobs'));
        execFileSync('mkfifo', [join(directory, 'jobs/key')]);
      },
      /is no file/,
    ],
    ['is below a file', () => write('jobs'), /is not among the secrets/],
    [
      'is a link to nothing',
      () => {
        mkdirSync(join(directory, 'jobs'));
        symlinkSync('nothing', join(directory, 'jobs/key'));
      },
      /leads out of/,
    ],
    ['is too much', () => write('jobs/key', PLANTED.repeat(6_000)), /has more than 65536 bytes/],
    ['is no text', () => write('jobs/key', Buffer.from([0xff, 0xfe])), /is not text in UTF-8/],
  ])('is refused if it %s', async (_, prepare, words) => {
    prepare();
    expect(await refusalOf('jobs/key')).toMatch(words);
  });

  it('is identified by its recipient in messages, never by its value', async () => {
    write('jobs/key');
    await secretOf('jobs/key', asker);
    expect(notes).toEqual([
      'gives jobs/key to task://jobs/main on executor://boxes/one, which arn:aws:iam::123456789012:role/team bound',
    ]);
    await refusalOf('jobs/other');
    expect(notes).toHaveLength(1);
  });
});

describe('a store of secrets', () => {
  it('is configured for the runner; without it, a task with a secret is refused with that reason', async () => {
    secretOf = await openSecrets(undefined, () => {});
    expect(await refusalOf('jobs/key')).toMatch(
      /no store of secrets: start it with `--secrets dir:<directory>`/,
    );
  });

  it.each(['vault', 'dir:', 'dir', 'AWS', ''])('is not %j', (choice) =>
    expect(openSecrets(choice, () => {})).rejects.toThrow(UsageError),
  );

  it('must be an existing directory', async () => {
    writeFileSync(join(around, 'file'), '');
    for (const [name, code] of [
      ['nothing', 'ENOENT'],
      ['file', 'ENOTDIR'],
    ])
      await expect(openSecrets(`dir:${join(around, name as string)}`, () => {})).rejects.toThrow(
        new RegExp(`no directory that can be read: ${code}`),
      );
  });
});
