import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

const SCRIPT = join(import.meta.dirname, '../../.ci/release.mjs');
const CHANGELOG =
  '# Changelog\n\n## Unreleased\n\n### Added\n\n- A thing.\n\n## 0.1.0 - 2026-01-01\n\n- The first.\n';
const WHO = { name: 'Somebody', email: 'somebody@example.com' };

let directory: string;
const git = (...args: string[]): string =>
  execFileSync('git', args, { cwd: directory, encoding: 'utf8' }).trim();
const read = (name: string): string => readFileSync(join(directory, name), 'utf8');
const write = (name: string, text: string): void => writeFileSync(join(directory, name), text);
const release = (...args: string[]) => {
  const env = {
    ...process.env,
    GIT_AUTHOR_NAME: WHO.name,
    GIT_AUTHOR_EMAIL: WHO.email,
    GIT_COMMITTER_NAME: WHO.name,
    GIT_COMMITTER_EMAIL: WHO.email,
  };
  const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, ...args], {
    cwd: directory,
    encoding: 'utf8',
    env,
  });
  return { status, stdout: stdout.trim(), stderr: stderr.trim() };
};

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'taskport-release-'));
  write('CHANGELOG.md', CHANGELOG);
  write('package.json', JSON.stringify({ name: 'made-up', version: '0.1.0' }));
  git('init', '--quiet');
  git('add', '.');
  git(
    '-c',
    `user.name=${WHO.name}`,
    '-c',
    `user.email=${WHO.email}`,
    'commit',
    '--quiet',
    '--message',
    'A beginning',
  );
});
afterEach(() => rmSync(directory, { recursive: true }));

it('moves the unreleased section under the version, commits and tags it', () => {
  expect(release('0.2.0')).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('git push --follow-tags'),
  });
  expect(JSON.parse(read('package.json')).version).toBe('0.2.0');
  expect(read('CHANGELOG.md')).toMatch(
    /## Unreleased\n\n## 0\.2\.0 - \d{4}-\d\d-\d\d\n\n### Added\n\n- A thing\./,
  );
  expect([git('status', '--porcelain'), git('log', '-1', '--format=%s')]).toEqual(['', 'Release 0.2.0']);
  expect(git('tag', '--list', '--format=%(contents)')).toContain('- A thing.');
  expect(release('--notes', '0.2.0').stdout).toBe('### Added\n\n- A thing.');
  expect(release('--notes', '0.1.0').stdout).toBe('- The first.');
});

it.each([
  ['what is no version', ['next'], '"next" is no version'],
  ['no version', [], 'is no version'],
  ['notes of a version that the changelog does not have', ['--notes', '9.9.9'], 'no section "9.9.9"'],
])('refuses %s', (_, args, reason) => {
  expect(release(...args)).toMatchObject({ status: 1, stderr: expect.stringContaining(reason) });
});

it('refuses uncommitted changes, an existing tag, and an empty changelog', () => {
  write('more', '');
  expect(release('0.2.0').stderr).toContain('commit or stash');
  rmSync(join(directory, 'more'));
  release('0.2.0');
  expect(release('0.2.0').stderr).toContain('a tag v0.2.0 already');
  expect(release('0.3.0').stderr).toContain('says nothing under "Unreleased"');
  expect(git('tag')).toBe('v0.2.0');
});
