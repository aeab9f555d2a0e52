/** Completion as bash makes it, of the command as it is installed; and what shells ask it. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PATIENCE } from '../patience.ts';
import { COMMAND, type Run, startCommandLine } from './command-line.ts';

let url: string;
let run: Run;
let stop: () => Promise<void>;
const directory = mkdtempSync(join(tmpdir(), 'taskport-completion-'));
beforeAll(async () => {
  ({ url, run, stop } = await startCommandLine());
  await run(['location', 'create', 'images', '--kind', 'image']);
  await run(['location', 'create', 'machines', '--kind', 'executor']);
  for (const name of ['app', 'apple', 'base']) await run(['image', 'create', `images/${name}`]);
  await run(['image', 'tag', 'images/app', 'images/tool:1.2']);
  await run(['executor', 'create', 'machines/web']);
  symlinkSync(COMMAND, join(directory, 'taskport'));
  writeFileSync(join(directory, 'completion.bash'), (await run(['completion', 'bash'])).out);
});
afterAll(async () => {
  await stop();
  rmSync(directory, { recursive: true });
});

/** What bash would put in the place of the last word, or behind its last colon. */
const completed = async (line: string): Promise<string[]> => {
  const script = `source "$1/completion.bash"
COMP_LINE="$2" COMP_POINT=\${#2}
compopt() { :; }
_taskport
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const PATH = `${directory}:${process.env.PATH}`;
  const env = { PATH, HOME: directory, TASKPORT_URL: url };
  const { stdout, stderr } = await promisify(execFile)('bash', ['-c', script, 'bash', directory, line], {
    env,
  });
  expect(stderr).toBe('');
  return stdout.split('\n').filter((word) => word !== '');
};

it.each([
  ['taskport ima', ['image']],
  ['taskport image sh', ['show']],
  ['taskport image show ', ['images/']],
  ['taskport image show images/app', ['images/app', 'images/apple']],
  ['taskport image show images/tool:', ['1.2']],
  ['taskport image show image://im', ['//images/']],
  ['taskport image list --output y', ['yaml']],
  ['taskport compose join machines/w', ['machines/web']],
  ['taskport compose join machines/web images/b', ['images/base']],
  ['taskport image delete images/base images/appl', ['images/apple']],
  ['taskport runner --executor-location ', ['machines']],
  ['taskport wait w', ['web']],
  ['taskport wait web ', ['machines/', 'web']],
  ['taskport run images/ba', ['images/base']],
  ['taskport completion f', ['fish']],
  ['taskport image push images/app ', []],
  ['taskport nonsense ', []],
])('completes in bash: %s', async (line, words) => {
  // A busy machine may take longer than a shell waits.
  await expect.poll(() => completed(line), PATIENCE).toEqual(words);
});

it('offers options, and commands but not those that nobody types', async () => {
  const words = async (...typed: string[]) =>
    (await run(['__complete', '--', ...typed])).out.trim().split('\n');
  expect(await words('image', 'list', '--')).toEqual(
    expect.arrayContaining(['--filter', '--limit', '--output', '--help']),
  );
  const commands = await words('');
  expect(commands).toEqual(expect.arrayContaining(['compose', 'image', 'inspect', 'help']));
  expect(commands).not.toContain('__complete');
});

it('is silent where nobody answers', async () => {
  const none = await run(['__complete', '--', '--url', 'http://127.0.0.1:1', 'image', 'show', '']);
  expect(none).toMatchObject({ code: 0, out: '', err: '' });
});
