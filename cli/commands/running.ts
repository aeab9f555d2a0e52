import { type Command, Option } from 'commander';
import type { Io } from '../io.ts';
import { perform } from '../perform.ts';

const gather = (value: string, former: readonly string[] = []): string[] => [...former, value];

const PAGE = 'https://github.com/taskport/taskport/blob/main/docs/run.md';

/** Examples, and where more is said. */
const examples = (...lines: readonly string[]): string =>
  `\nExamples:\n${lines.map((line) => `  taskport ${line}`).join('\n')}\n\nMore: ${PAGE}`;

const EXECUTOR = '<name>, or <location>/<name>';

/** A command for runs that are there. */
const onRuns = (program: Command, name: string, about: string, argument: string): Command =>
  program
    .command(name)
    .description(about)
    .argument(argument, EXECUTOR)
    .option('--executor-location <location>', 'where executors are that are named without one');

const defineRun = (program: Command, io: Io): void => {
  program
    .command('run')
    .description('run a command in an image, and end with its exit code')
    .argument('<image>', '<location>/<name>[:<tag>], or what a registry has, such as alpine:3.20')
    .argument('[command...]', "in the place of the image's; all that follows the image is it")
    .passThroughOptions()
    .option('-d, --detach', 'do not wait: print what it is called')
    .option('--rm', 'remove it after its end')
    .option('--name <name>', 'what it is called; a name is made where none is given')
    .option('-e, --env <name=value>', 'a variable; <name> alone takes the value that it has here', gather)
    .option('--env-file <file>', 'variables, a line for each; - for standard input', gather)
    .option('-v, --volume <volume:path[:ro]>', 'a volume, which is made where it is not there', gather)
    .option('-m, --memory <size>', 'how much memory it may use, such as 512m')
    .option('--cpus <number>', 'how many CPUs it may use, such as 0.5')
    .option('-u, --user <user[:group]>', 'who runs it, by name or by number')
    .option('-w, --workdir <path>', 'the working directory')
    .option('--entrypoint <program>', "in the place of the image's entrypoint and command")
    .option('--network <network>', 'bridge, none, host, or a network of the engine')
    .option(
      '-p, --publish <[address:]port:port>',
      'a port of the machine that leads to one of the task',
      gather,
    )
    .option('--restart <policy>', 'no, on-failure[:<restarts>], always or unless-stopped')
    .option('--timeout <time>', 'stop it after so long, such as 90s, 10m or 1h')
    .option('--secret <source[,type=env][,target=name]>', 'a file in /run/secrets, or a variable', gather)
    .option('--log <log>', 'where its output goes instead of to the service')
    .option('--executor-location <location>', 'where its executor is made')
    .addOption(new Option('-i, --interactive').hideHelp())
    .addOption(new Option('-t, --tty').hideHelp())
    .addHelpText(
      'after',
      examples(
        'run alpine:3.20 -- echo hello',
        'run --rm --env GREETING=hello --volume state:/data images/app:1.2',
        'run --detach --name web --publish 8080:80 --restart always nginx:1.27',
      ),
    )
    .action(perform(io, async () => (await import('../actions/run.ts')).run));
};

const defineLogs = (program: Command, io: Io): void => {
  program
    .command('logs')
    .description('what a task wrote: its standard error to standard error')
    .argument('<executor>', EXECUTOR)
    .argument('[task]', 'of several tasks, which')
    .option('-f, --follow', 'and what it writes until it ends')
    .option('-n, --tail <lines>', 'the last lines of each stream, this many')
    .option('--since <time>', 'what was written since, such as 2026-01-31T12:00:00Z, or 10m ago')
    .option('-t, --timestamps', 'with the time before each line')
    .option('--attempt <number>', 'of this attempt; the latest by default')
    .option('--stream <stream>', 'stdout or stderr alone')
    .option('--executor-location <location>', 'where executors are that are named without one')
    .addHelpText(
      'after',
      examples('logs web', 'logs --follow --tail 20 web', 'logs --since 10m machines/web'),
    )
    .action(perform(io, async () => (await import('../actions/logs.ts')).showLogs));
};

export const defineRunning = (program: Command, io: Io): void => {
  defineRun(program, io);
  program
    .command('ps')
    .description('what runs')
    .option('-a, --all', 'and what has ended')
    .option(
      '-f, --filter <key=value>',
      'name=<part>, status=<bound|running|exited|failed>, reason=<reason>, exited=<code>',
      gather,
    )
    .option('-n, --last <count>', 'the latest, this many, whether they run or have ended')
    .option('-q, --quiet', 'the names alone')
    .option('--executor-location <location>', 'where executors are')
    .addHelpText('after', examples('ps', 'ps --all --filter reason=failed', 'rm $(taskport ps -aq)'))
    .action(perform(io, async () => (await import('../actions/ps.ts')).listRuns));
  defineLogs(program, io);
  onRuns(program, 'wait', 'wait for the end, and end with the exit code', '<executor...>')
    .addHelpText('after', examples('wait web', 'wait one two'))
    .action(perform(io, async () => (await import('../actions/wait.ts')).waitForRuns));
  onRuns(
    program,
    'stop',
    'ask for the end, wait for it, and save what was written to volumes',
    '<executor...>',
  )
    .option('-t, --time <seconds>', 'kill it after so long; as its specification says by default')
    .addHelpText('after', examples('stop web', 'stop --time 0 web'))
    .action(perform(io, async () => (await import('../actions/stop.ts')).stopRuns));
  onRuns(program, 'kill', 'send a signal', '<executor...>')
    .option('-s, --signal <signal>', 'such as HUP', 'KILL')
    .addHelpText('after', examples('kill web', 'kill --signal HUP web'))
    .action(perform(io, async () => (await import('../actions/kill.ts')).killRuns));
  onRuns(program, 'restart', 'stop, and run anew as the next attempt; also what has ended', '<executor...>')
    .option('-t, --time <seconds>', 'kill it after so long; as its specification says by default')
    .addHelpText('after', examples('restart web'))
    .action(perform(io, async () => (await import('../actions/restart.ts')).restartRuns));
  onRuns(program, 'rm', 'remove executors that have ended; volumes and images stay', '<executor...>')
    .option('-f, --force', 'also what runs: it is killed; what is not there is no error')
    .addHelpText('after', examples('rm web', 'rm --force one two'))
    .action(perform(io, async () => (await import('../actions/rm.ts')).removeRuns));
  program
    .command('prune')
    .description('remove all that `run` has made and that has ended')
    .option('-f, --force', 'do not ask')
    .option('--executor-location <location>', 'where executors are')
    .addHelpText('after', examples('prune', 'prune --force --executor-location machines'))
    .action(perform(io, async () => (await import('../actions/prune.ts')).pruneRuns));
};
