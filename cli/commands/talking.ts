import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { perform } from '../perform.ts';
import { examples, moreOn } from './help.ts';

const EXECUTOR = '<name>, or <location>/<name>';
const TASK = 'of several tasks, which: its name among them, or <location>/<name>';
const DETACH = 'At a terminal, ctrl-p ctrl-q leaves it, and it runs on.';
const LOCATION = [
  '--executor-location <location>',
  'where executors are that are named without one',
] as const;

export const defineTalking = (program: Command, io: Io): void => {
  const exec = program
    .command('exec')
    .description(
      'run a command beside a task that runs, in its container; its exit code is that of the command',
    )
    .usage('[options] <executor> [task] [--] <command...>')
    .argument('<executor>', EXECUTOR)
    .argument('[task]', TASK)
    .argument('[command...]', 'the command and its arguments; all that follows `--` is it')
    .passThroughOptions()
    .option('-i, --interactive', 'what comes in goes to the command')
    .option('-t, --tty', 'the command has a terminal')
    .option(...LOCATION)
    .addHelpText('after', `\n${DETACH}`)
    .action(perform(io, async () => (await import('../actions/exec.ts')).exec));
  moreOn(
    examples(exec, 'exec web -- ls /srv', 'exec -it web -- sh', 'exec -i jobs/one main -- tar x < files.tar'),
    'run',
  );
  const attach = program
    .command('attach')
    .description(
      'attach to the standard streams of a task that runs: of `run -it`, or where its specification says `interaction.attach`',
    )
    .argument('<executor>', EXECUTOR)
    .argument('[task]', TASK)
    .option('--no-stdin', 'what is typed does not go to the task')
    .option(...LOCATION)
    .addHelpText('after', `\n${DETACH}`)
    .action(perform(io, async () => (await import('../actions/attach.ts')).attach));
  moreOn(examples(attach, 'attach web', 'attach --no-stdin web main'), 'run');
};
