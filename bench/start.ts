import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Taskport } from '../client/taskport.ts';
import { START_BARS } from './bars.ts';
import { atMost, type Figure } from './figures.ts';
import { startProduct } from './product.ts';
import { writeLayout } from './registry.ts';

const STARTS = 25;
const ROOT = join(import.meta.dirname, '..');

/** Processor time of this process's children, in ticks. */
const childTicks = (): number => {
  // The name may contain blanks, so fields are counted from the closing parenthesis.
  const [, fields = ''] = readFileSync('/proc/self/stat', 'utf8').split(') ');
  const [user, system] = fields.split(' ').slice(13, 15).map(Number);
  return (user ?? Number.NaN) + (system ?? Number.NaN);
};

/** Processor time of consecutive starts of a Node program. */
const timeOf = (args: readonly string[], env: NodeJS.ProcessEnv): number => {
  const from = childTicks();
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`);
  return childTicks() - from;
};

/** Processor time of commands over a Node that does nothing, which other load on the machine does not change. */
export const measureStart = async (): Promise<Figure[]> => {
  const product = await startProduct();
  try {
    const taskport = new Taskport({ url: product.url });
    await taskport.locations.create({ name: 'bench', kind: 'image' });
    const layout = join(product.directory, 'layout');
    await writeLayout(layout, 1, 16 * 1024);
    const env = { PATH: process.env.PATH, TASKPORT_URL: product.url, XDG_CACHE_HOME: product.directory };
    const commands = {
      version: ['--version'],
      help: ['--help'],
      show: ['location', 'show', 'bench'],
      push: ['image', 'push', 'bench/app:1', layout],
    };
    const command = (args: readonly string[]) => ['dist/cli/main.js', ...args];
    execFileSync(process.execPath, command(commands.push), { cwd: ROOT, env });
    const spent: Record<string, number> = {};
    for (let round = 0; round < STARTS; round += 1) {
      for (const [name, args] of Object.entries({ ...commands, nothing: undefined }))
        spent[name] = (spent[name] ?? 0) + timeOf(args ? command(args) : ['-e', '0'], env);
    }
    return Object.entries(START_BARS).map(([name, bar]) =>
      atMost(
        `processor time of \`taskport ${commands[name as keyof typeof commands].slice(0, 2).join(' ')}\` over that of node -e 0`,
        (spent[name] ?? Number.NaN) / (spent.nothing ?? Number.NaN),
        bar,
      ),
    );
  } finally {
    await product.stop();
  }
};
