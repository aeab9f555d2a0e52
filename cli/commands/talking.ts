import { type Command, Option } from 'commander';
import type { Io } from '../io.ts';
import { perform } from '../perform.ts';
import { examples, moreOn } from './help.ts';

const EXECUTOR = '<name>, or <location>/<name>';
const TASK = 'the task, if the executor has several: its name in the executor, or <location>/<name>';
const DETACH = 'At a terminal, ctrl-p ctrl-q detaches, and the command or the task runs on.';
const LOCATION = ['--executor-location <location>', 'the location of executors whose name has none'] as const;

export const defineTalking = (program: Command, io: Io): void => {
  const exec = program
    .command('exec')
    .description('run a command in the container of a running task, and exit with its exit code')
    .usage('[options] <executor> [task] [--] <command...>')
    .argument('<executor>', EXECUTOR)
    .argument('[task]', TASK)
    .argument('[command...]', 'the command and its arguments; everything after `--` is part of it')
    .passThroughOptions()
    .option('-i, --interactive', 'send standard input to the command')
    .option('-t, --tty', 'give the command a terminal')
    .option(...LOCATION)
    .addHelpText('after', `\n${DETACH}`)
    .action(perform(io, async () => (await import('../actions/exec.ts')).exec));
  // `exec` refuses these options of docker, and names what to use instead.
  for (const flags of ['-d, --detach', '-e, --env <name=value>', '-u, --user <user>', '-w, --workdir <path>'])
    exec.addOption(new Option(flags).hideHelp());
  moreOn(
    examples(exec, 'exec web -- ls /srv', 'exec -it web -- sh', 'exec -i jobs/one main -- tar x < files.tar'),
    'run',
  );
  const attach = program
    .command('attach')
    .description(
      'attach to the standard streams of a running task that `run -it` started, or whose specification has `interaction.attach`',
    )
    .argument('<executor>', EXECUTOR)
    .argument('[task]', TASK)
    .option('--no-stdin', 'do not send what you type to the task')
    .option(...LOCATION)
    .addHelpText('after', `\n${DETACH}`)
    .action(perform(io, async () => (await import('../actions/attach.ts')).attach));
  moreOn(examples(attach, 'attach web', 'attach --no-stdin web main'), 'run');
};
