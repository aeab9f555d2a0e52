import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { perform } from '../perform.ts';
import { examples, moreOn } from './help.ts';

const gather = (value: string, former: readonly string[] = []): string[] => [...former, value];

/** Adds examples and a link to the page `run`. */
const helped = (command: Command, ...lines: readonly string[]): Command =>
  moreOn(examples(command, ...lines), 'run');

const EXECUTOR = '<name>, or <location>/<name>';

const located = (command: Command): Command =>
  command.option('--executor-location <location>', 'the location of executors whose name has none');

/** A command for existing executors. */
const onRuns = (program: Command, name: string, about: string): Command =>
  located(program.command(name).description(about).argument('<executor...>', EXECUTOR));

const TIME = [
  '-t, --time <time>',
  'kill the task after this time, such as 5 or 5s; the default is that of its specification',
] as const;

const defineRun = (program: Command, io: Io): void => {
  const run = program
    .command('run')
    .description('run a command in an image, and exit with its exit code')
    .argument('<image>', '<location>/<name>[:<tag>], or an image of a registry, such as alpine:3.20')
    .argument(
      '[command...]',
      'the command to run instead of that of the image; everything after the image is part of it',
    )
    .passThroughOptions()
    .option('-i, --interactive', 'send standard input to the task')
    .option('-t, --tty', 'give the task a terminal; ctrl-p ctrl-q detaches, and the task runs on')
    .option('-d, --detach', 'print the name of the executor, and do not wait for the end')
    .option('--rm', 'remove the executor after the end of the task')
    .option('--name <name>', 'the name of the executor; generated if omitted')
    .option(
      '-e, --env <name=value>',
      'set a variable; <name> alone takes the value of this environment',
      gather,
    )
    .option('--env-file <file>', 'read variables from a file, one in each line; - for standard input', gather)
    .option('-v, --volume <volume:path[:ro]>', 'mount a volume; create it if it does not exist', gather)
    .option('-m, --memory <size>', 'limit the memory, such as 512m')
    .option('--cpus <number>', 'limit the number of CPUs, such as 0.5')
    .option('-u, --user <user[:group]>', 'the user and group of the command, by name or by number')
    .option('-w, --workdir <path>', 'the working directory')
    .option('--entrypoint <program>', "the program to run instead of the image's entrypoint and command")
    .option('--network <network>', 'the network: bridge, none, host, or one of the engine')
    .option(
      '-p, --publish <[address:]port:port>',
      'forward a port of the machine to a port of the task',
      gather,
    )
    .option('--restart <policy>', 'when to restart: no, on-failure[:<restarts>], always or unless-stopped')
    .option('--timeout <time>', 'stop the task after this time, such as 90 or 90s, 10m or 1h')
    .option(
      '--secret <source[,type=env][,target=name]>',
      'give the task a secret as a file in /run/secrets, or as a variable',
      gather,
    )
    .option('--log <log>', 'the log that keeps the output')
    .option('--executor-location <location>', 'the location in which to create the executor');
  helped(
    run,
    'run alpine:3.20 -- echo hello',
    'run -it --rm alpine:3.20 -- sh',
    'run --rm --env GREETING=hello --volume state:/data images/app:1.2',
    'run --detach --name web --publish 8080:80 --restart always nginx:1.27',
  ).action(perform(io, async () => (await import('../actions/run.ts')).run));
};

const definePs = (program: Command, io: Io): void => {
  const ps = program
    .command('ps')
    .description('list tasks that run or wait')
    .option('-a, --all', 'also list tasks that have ended or were stopped before they started')
    .option(
      '-f, --filter <key=value>',
      'list only tasks with name=<part>, status=<bound|running|restarting|exited|failed|created>, reason=<reason>, exited=<code>',
      gather,
    )
    .option('-n, --last <count>', 'list this many of the latest tasks, running or ended')
    .option('-q, --quiet', 'print only the names');
  helped(located(ps), 'ps', 'ps --all --filter reason=failed', 'ps --all --quiet').action(
    perform(io, async () => (await import('../actions/ps.ts')).listRuns),
  );
};

const defineLogs = (program: Command, io: Io): void => {
  const logs = program
    .command('logs')
    .description('print the output of a task; its standard error goes to standard error')
    .argument('<executor>', EXECUTOR)
    .argument('[task]', 'the task, if the executor has several')
    .option('-f, --follow', 'also print new output until the task ends')
    .option('-n, --tail <lines>', 'print only this many of the last lines, or all')
    .option(
      '--since <time>',
      'print only output since a time, such as 2026-01-31T12:00:00Z, or 10m for 10 minutes ago',
    )
    .option('-t, --timestamps', 'print the time before each line')
    .option('--attempt <number>', 'print the output of this attempt; the default is the latest')
    .option('--stream <stream>', 'print only stdout or only stderr');
  helped(located(logs), 'logs web', 'logs --follow --tail 20 web', 'logs --since 10m machines/web').action(
    perform(io, async () => (await import('../actions/logs.ts')).showLogs),
  );
};

const defineEnding = (program: Command, io: Io): void => {
  const wait = onRuns(
    program,
    'wait',
    'wait until all tasks have ended; exit with the first exit code that is not 0',
  );
  helped(wait, 'wait web', 'wait one two').action(
    perform(io, async () => (await import('../actions/wait.ts')).waitForRuns),
  );
  const stop = onRuns(program, 'stop', 'stop tasks, wait for their end, and save what they wrote to volumes');
  helped(stop.option(...TIME), 'stop web', 'stop --time 0 web').action(
    perform(io, async () => (await import('../actions/stop.ts')).stopRuns),
  );
  const kill = onRuns(program, 'kill', 'send a signal to tasks').option(
    '-s, --signal <signal>',
    'the signal, such as HUP',
    'KILL',
  );
  helped(kill, 'kill web', 'kill --signal HUP web').action(
    perform(io, async () => (await import('../actions/kill.ts')).killRuns),
  );
  const restart = onRuns(
    program,
    'restart',
    'stop tasks and run their next attempt, also if they have ended',
  );
  helped(restart.option(...TIME), 'restart web').action(
    perform(io, async () => (await import('../actions/restart.ts')).restartRuns),
  );
  const start = located(program.command('start'))
    .description('run the next attempt of tasks that were stopped or have ended; do nothing to running ones')
    .argument('<executor...>', EXECUTOR);
  helped(start, 'start web').action(
    perform(io, async () => (await import('../actions/restart.ts')).startRuns),
  );
};

const defineRemoving = (program: Command, io: Io): void => {
  const rm = onRuns(program, 'rm', 'remove executors that have ended; volumes and images stay').option(
    '-f, --force',
    'also kill and remove running executors; ignore those that do not exist',
  );
  helped(rm, 'rm web', 'rm --force one two').action(
    perform(io, async () => (await import('../actions/rm.ts')).removeRuns),
  );
  const prune = program
    .command('prune')
    .description('remove executors of `run` whose tasks have ended or were stopped before they started')
    .option('-f, --force', 'do not ask');
  helped(located(prune), 'prune', 'prune --force --executor-location machines').action(
    perform(io, async () => (await import('../actions/prune.ts')).pruneRuns),
  );
};

export const defineRunning = (program: Command, io: Io): void => {
  defineRun(program, io);
  definePs(program, io);
  defineLogs(program, io);
  defineEnding(program, io);
  defineRemoving(program, io);
};
