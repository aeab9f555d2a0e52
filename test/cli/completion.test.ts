/** Completions of the installed command in real shells, and their requests. */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Taskport } from '../../client/taskport.ts';
import { titled } from '../bundle.ts';
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
  const task = { name: 'main', spec: { process: { args: ['true'] } } };
  await new Taskport({ url }).compositions.compose('executor://machines/web', { members: [{ task }] });
  symlinkSync(COMMAND, join(directory, 'taskport'));
  for (const shell of ['bash', 'zsh', 'fish'])
    writeFileSync(join(directory, `completion.${shell}`), (await run(['completion', shell])).out);
  writeFileSync(join(directory, 'inner.zsh'), INNER);
  writeFileSync(join(directory, 'outer.zsh'), OUTER);
});
afterAll(async () => {
  await stop();
  rmSync(directory, { recursive: true });
});

/** zsh completes only in a terminal. In a pseudo-terminal, a key prints the completions, and then an end mark. */
const INNER = `PROMPT=
autoload -Uz compinit && compinit -u -D
source $1/completion.zsh
compadd() {
  (( \${@[(I)-[OAD]*]} )) && { builtin compadd "$@"; return }
  local -a hits
  builtin compadd -O hits "$@"
  (( \${#hits} )) && print -rl -- $hits >>found
}
offered() { zle complete-word; print -r -- END >>found }
zle -N offered
bindkey ^T offered
print -r -- END >>found
`;
const OUTER = `zmodload zsh/zpty
answered() { until [[ "$(tail -n 1 found 2>/dev/null)" == END ]]; do sleep 0.05; done }
cd $1 && rm -f found
zpty shell zsh -f -i
zpty -w shell "source $1/inner.zsh $1"
answered
: >found
zpty -w -n shell "$2"$'\x14'
answered
zpty -d shell
grep -v '^END$' found
exit 0
`;

/** Runs a script of a shell with a command line, and answers the printed lines. */
const said = async (shell: string, args: readonly string[], line: string): Promise<string[]> => {
  const PATH = `${directory}:${process.env.PATH}`;
  const env = { PATH, HOME: directory, TASKPORT_URL: url, TERM: 'xterm' };
  const { stdout, stderr } = await promisify(execFile)(shell, [...args, directory, line], {
    env,
    timeout: PATIENCE.timeout,
  });
  expect(stderr).toBe('');
  return stdout.split('\n').filter((word) => word !== '');
};

/** The replacements of the last word in each shell; in bash the part behind its last colon. */
const shells: Readonly<Record<string, (line: string) => Promise<string[]>>> = {
  bash: (line) => {
    const script = `source "$1/completion.bash"
COMP_LINE="$2" COMP_POINT=\${#2}
compopt() { :; }
_taskport
printf '%s\\n' "\${COMPREPLY[@]}"`;
    return said('bash', ['-c', script, 'bash'], line);
  },
  zsh: (line) => said('zsh', ['-f', join(directory, 'outer.zsh')], line),
  fish: async (line) => {
    const script = 'source $argv[1]/completion.fish; cd $argv[1]; complete -C $argv[2]';
    const offered = await said('fish', ['-c', script], line);
    return offered.map((each) => each.split('\t')[0] as string);
  },
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
  ['taskport exec -it web ', ['main']],
  ['taskport run images/ba', ['images/base']],
  ['taskport completion f', ['fish']],
  ['taskport image push images/app ', []],
  ['taskport nonsense ', []],
])('completes in bash: %s', async (line, words) => {
  // A busy machine may take longer than a shell waits.
  await expect.poll(() => shells.bash?.(line), PATIENCE).toEqual(words);
});

describe.each(['zsh', 'fish'])('%s', (shell) => {
  const isThere = spawnSync(shell, ['-c', 'true']).status === 0;
  const without = isThere ? undefined : `there is no ${shell}`;
  it.skipIf(!isThere).each([
    ['taskport image sh', ['show']],
    ['taskport image show ', ['images/']],
    ['taskport image show images/app', ['images/app', 'images/apple']],
    ['taskport image show images/tool:', ['images/tool:1.2']],
    ['taskport image show image://im', ['image://images/']],
    ['taskport wait web ', ['machines/', 'web']],
    // Files, for arguments that are files.
    ['taskport image push images/app completion.f', ['completion.fish']],
  ])(titled('completes: %s', without), async (line, words) => {
    await expect.poll(async () => (await shells[shell]?.(line))?.sort(), PATIENCE).toEqual(words);
  });
});

it('offers options, and commands without the hidden ones', async () => {
  const words = async (...typed: string[]) =>
    (await run(['__complete', '--', ...typed])).out.trim().split('\n');
  expect(await words('image', 'list', '--')).toEqual(
    expect.arrayContaining(['--filter', '--limit', '--output', '--help']),
  );
  const commands = await words('');
  expect(commands).toEqual(expect.arrayContaining(['compose', 'image', 'inspect', 'help']));
  expect(commands).not.toContain('__complete');
});

it('is silent if the service does not answer', async () => {
  const none = await run(['__complete', '--', '--url', 'http://127.0.0.1:1', 'image', 'show', '']);
  expect(none).toMatchObject({ code: 0, out: '', err: '' });
});
