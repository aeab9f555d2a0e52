/** Shows Taskport by its command line, from a directory to an exit code: `npm run demo`, with Docker or Podman, and busybox. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clearEngine, lackOfEngine } from './engine.ts';
import { packRootFilesystem } from './root-filesystem.ts';
import { shell } from './shell.ts';

const ROOT = join(import.meta.dirname, '../..');
const directory = mkdtempSync(join(tmpdir(), 'taskport-demo-'));
const children: ChildProcess[] = [];

const missing = async (): Promise<string | undefined> =>
  spawnSync('busybox', ['--help']).error ? 'there is no busybox' : lackOfEngine();

/** Starts a process, and settles with the rest of the line once it prints one that begins with `sign`. */
const started = (args: readonly string[], env: NodeJS.ProcessEnv, sign: string): Promise<string> =>
  new Promise((settle, fail) => {
    const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    let printed = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
      const line = printed.split('\n').find((each) => each.startsWith(sign));
      if (line !== undefined) settle(line.slice(sign.length));
    });
    child.once('exit', (code) => fail(new Error(`${args.join(' ')} ended with ${code}`)));
  });

const ended = (child: ChildProcess): Promise<void> =>
  new Promise((settle) => {
    if (child.exitCode !== null || child.signalCode !== null) return settle();
    child.once('exit', () => settle());
    child.kill('SIGTERM');
  });

let service = '';
const show = async (): Promise<void> => {
  const env = { ...process.env, PORT: '0', TASKPORT_DATA: join(directory, 'data') };
  const url = await started(['--import', 'tsx', 'infra/local/main.ts', '--bare'], env, 'listening on ');
  service = url;
  const { say, taskport, untilEnded } = shell(ROOT, url);
  say('Make a root filesystem of busybox, and a directory of data');
  const files = join(directory, 'files');
  packRootFilesystem(files);
  writeFileSync(join(files, 'data', 'names'), 'Ada\nGrace\n');
  say('Create a location for each kind of element');
  for (const [name, kind] of Object.entries({
    library: 'image',
    data: 'volume',
    jobs: 'task',
    output: 'log',
    machines: 'executor',
  }))
    taskport('location', 'create', name, '--kind', kind);
  say('Create the task, its image, its volume, its executor and its log');
  taskport('image', 'push', 'library/busybox', join(files, 'root'));
  taskport('volume', 'push', 'data/names', join(files, 'data'));
  taskport('log', 'create', 'output/main');
  taskport('executor', 'create', 'machines/one');
  const script = 'while read name; do echo "Hello, $name"; done < /data/names; date > /data/greeted; exit 7';
  const spec = join(directory, 'greet.json');
  writeFileSync(spec, JSON.stringify({ process: { args: ['/bin/sh', '-c', script] } }));
  taskport('task', 'create', 'jobs/greet', '--spec', spec);
  say('Join them to the executor');
  taskport('compose', 'join', 'machines/one', 'image://library/busybox', '--mount', '/');
  taskport('compose', 'join', 'machines/one', 'volume://data/names', '--mount', '/data');
  taskport('compose', 'join', 'machines/one', 'log://output/main');
  taskport('compose', 'join', 'machines/one', 'task://jobs/greet');
  say('Bind the task: the runner of this machine starts it');
  const runner = ['runner', '--executor-location', 'machines', '--state', join(directory, 'state')];
  console.info(`$ taskport ${runner.join(' ')} &`);
  await started(
    ['dist/cli/main.js', ...runner],
    { ...env, TASKPORT_URL: url },
    'runs the tasks that you start in',
  );
  taskport('compose', 'bind', 'machines/one');
  await untilEnded('machines/one', 'jobs/greet');
  say('Read how the task ended, its output and its events');
  taskport('reports', 'machines/one', 'jobs/greet');
  taskport('logs', 'machines/one', 'jobs/greet');
  taskport('events', '--kind', 'task');
  say('Unbind everything');
  taskport('compose', 'unbind', 'machines/one');
};

const lack = await missing();
if (lack !== undefined) {
  console.error(`the demo cannot run here: ${lack}`);
  process.exit(1);
}
try {
  await show();
} finally {
  // Stops the runner first, because it calls the service at its end.
  for (const child of children.toReversed()) await ended(child);
  if (service !== '') await clearEngine(service, 'machines');
  rmSync(directory, { recursive: true, force: true });
}
