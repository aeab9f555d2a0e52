// `npm run release -- 0.2.0` makes the commit and the tag of a version; `--notes 0.2.0` prints its section of the changelog.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const CHANGELOG = 'CHANGELOG.md';
const VERSION = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/;

const fail = (reason) => {
  console.error(reason);
  process.exit(1);
};
const run = (command, ...args) => execFileSync(command, args, { encoding: 'utf8' }).trim();

/** The first and last line of a section in the changelog, without its heading. */
const sectionOf = (changelog, heading) => {
  const head = changelog
    .split('\n')
    .find((line) => line === `## ${heading}` || line.startsWith(`## ${heading} `));
  if (head === undefined) return fail(`${CHANGELOG} has no section "${heading}"`);
  const from = changelog.indexOf(`${head}\n`) + head.length + 1;
  const next = changelog.indexOf('\n## ', from);
  return { from, to: next < 0 ? changelog.length : next };
};

const notesOf = (version) => {
  const changelog = readFileSync(CHANGELOG, 'utf8');
  const { from, to } = sectionOf(changelog, version);
  return changelog.slice(from, to).trim();
};

const release = (version) => {
  if (!VERSION.test(version)) fail(`"${version}" is no version; write 0.2.0, or 0.2.0-rc.1`);
  if (run('git', 'status', '--porcelain') !== '') fail('commit or stash your changes first');
  if (run('git', 'tag', '--list', `v${version}`) !== '') fail(`there is a tag v${version} already`);
  if (notesOf('Unreleased') === '') fail(`${CHANGELOG} says nothing under "Unreleased"`);
  const changelog = readFileSync(CHANGELOG, 'utf8');
  const today = new Date().toISOString().slice(0, 10);
  writeFileSync(
    CHANGELOG,
    changelog.replace('## Unreleased\n', `## Unreleased\n\n## ${version} - ${today}\n`),
  );
  run('npm', 'version', version, '--no-git-tag-version', '--allow-same-version', '--ignore-scripts');
  run('git', 'commit', '--all', '--message', `Release ${version}`);
  run('git', 'tag', '--annotate', `v${version}`, '--message', notesOf(version));
  console.log(`v${version} is tagged; \`git push --follow-tags\` publishes it`);
};

const [first = '', second = ''] = process.argv.slice(2);
if (first === '--notes') console.log(notesOf(second));
else release(first);
