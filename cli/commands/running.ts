import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { perform } from '../perform.ts';
import { examples, moreOn } from './help.ts';

const gather = (value: string, former: readonly string[] = []): string[] => [...former, value];

/** Examples, and the page where more is said. */
const helped = (command: Command, ...lines: readonly string[]): Command =>
  moreOn(examples(command, ...lines), 'run');

const EXECUTOR = '<name>, or <location>/<name>';

const located = (command: Command): Command =>
  command.option('--executor-location <location>', 'where executors are that are named without one');

/** A command for executors that are there. */
const onRuns = (program: Command, name: string, about: string): Command =>
  located(program.command(name).description(about).argument('<executor...>', EXECUTOR));

const TIME = ['-t, --time <seconds>', 'kill it after so long; as its specification says by default'] as const;

const defineRun = (program: Command, io: Io): void => {
  const run = program
    .command('run')
    .description('run a command in an image, and end with its exit code')
    .argument('<image>', '<location>/<name>[:<tag>], or what a registry has, such as alpine:3.20')
    .argument('[command...]', "replaces the image's command; everything after the image belongs to it")
    .passThroughOptions()
    .option('-i, --interactive', 'what comes in goes to the task')
    .option('-t, --tty', 'the task has a terminal; ctrl-p ctrl-q leaves it, and it runs on')
    .option('-d, --detach', 'do not wait: print its name')
    .option('--rm', 'remove it after its end')
    .option('--name <name>', 'its name; generated if omitted')
    .option('-e, --env <name=value>', 'a variable; <name> alone takes the value that it has here', gather)
    .option('--env-file <file>', 'variables, a line for each; - for standard input', gather)
    .option('-v, --volume <volume:path[:ro]>', 'a volume; created if it does not exist', gather)
    .option('-m, --memory <size>', 'how much memory it may use, such as 512m')
    .option('--cpus <number>', 'how many CPUs it may use, such as 0.5')
    .option('-u, --user <user[:group]>', 'who runs it, by name or by number')
    .option('-w, --workdir <path>', 'the working directory')
    .option('--entrypoint <program>', "replaces the image's entrypoint and command")
    .option('--network <network>', 'bridge, none, host, or a network of the engine')
    .option(
      '-p, --publish <[address:]port:port>',
      'a port of the machine that leads to one of the task',
      gather,
    )
    .option('--restart <policy>', 'no, on-failure[:<restarts>], always or unless-stopped')
    .option('--timeout <time>', 'stop it after so long, such as 90s, 10m or 1h')
    .option('--secret <source[,type=env][,target=name]>', 'a file in /run/secrets, or a variable', gather)
    .option('--log <log>', 'a log that its output goes to')
    .option('--executor-location <location>', 'where its executor is made');
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
    .option('-a, --all', 'also tasks that have ended or were stopped before they started')
    .option(
      '-f, --filter <key=value>',
      'name=<part>, status=<bound|running|restarting|exited|failed|created>, reason=<reason>, exited=<code>',
      gather,
    )
    .option('-n, --last <count>', 'the latest, this many, whether they run or have ended')
    .option('-q, --quiet', 'the names alone');
  helped(located(ps), 'ps', 'ps --all --filter reason=failed', 'ps --all --quiet').action(
    perform(io, async () => (await import('../actions/ps.ts')).listRuns),
  );
};

const defineLogs = (program: Command, io: Io): void => {
  const logs = program
    .command('logs')
    .description('print the output of a task: its standard error to standard error')
    .argument('<executor>', EXECUTOR)
    .argument('[task]', 'of several tasks, which')
    .option('-f, --follow', 'and new output until the task ends')
    .option('-n, --tail <lines>', 'the last lines, this many, or all')
    .option('--since <time>', 'what was written since, such as 2026-01-31T12:00:00Z, or 10m ago')
    .option('-t, --timestamps', 'with the time before each line')
    .option('--attempt <number>', 'of this attempt; the latest by default')
    .option('--stream <stream>', 'stdout or stderr alone');
  helped(located(logs), 'logs web', 'logs --follow --tail 20 web', 'logs --since 10m machines/web').action(
    perform(io, async () => (await import('../actions/logs.ts')).showLogs),
  );
};

const defineEnding = (program: Command, io: Io): void => {
  const wait = onRuns(
    program,
    'wait',
    'wait until each has ended; exit with the first exit code that is not 0',
  );
  helped(wait, 'wait web', 'wait one two').action(
    perform(io, async () => (await import('../actions/wait.ts')).waitForRuns),
  );
  const stop = onRuns(program, 'stop', 'ask for the end, wait for it, and save what was written to volumes');
  helped(stop.option(...TIME), 'stop web', 'stop --time 0 web').action(
    perform(io, async () => (await import('../actions/stop.ts')).stopRuns),
  );
  const kill = onRuns(program, 'kill', 'send a signal').option(
    '-s, --signal <signal>',
    'such as HUP',
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
    .description('run the next attempt of tasks that were stopped or have ended; running ones are left alone')
    .argument('<executor...>', EXECUTOR);
  helped(start, 'start web').action(
    perform(io, async () => (await import('../actions/restart.ts')).startRuns),
  );
};

const defineRemoving = (program: Command, io: Io): void => {
  const rm = onRuns(program, 'rm', 'remove executors that have ended; volumes and images stay').option(
    '-f, --force',
    'also what runs: it is killed; what is not there is no error',
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
