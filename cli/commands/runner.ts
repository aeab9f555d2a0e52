import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { perform } from '../perform.ts';
import { examplesOf, moreOn } from './help.ts';

const load = () => import('../actions/runner.ts');
const loadList = () => import('../actions/runners.ts');

/** What says which engine it is, and where a runner keeps what it has to remember. */
const onMachine = (command: Command): Command =>
  command
    .option(
      '--engine <url>',
      'where the engine listens: unix:///<socket>, tcp://<host>:<port> (DOCKER_HOST, then the usual sockets)',
    )
    .option(
      '--state <directory>',
      'where the runner remembers how far it is with output (/var/lib/taskport/<location>, or below ~/.local/state)',
    )
    .option('--logs <directory>', 'where logs that are files are kept (`logs` below --state)');

export const defineRunner = (program: Command, io: Io): void => {
  const runner = moreOn(program.command('runner'), 'runners')
    .summary('run bound tasks on the engine of this machine')
    .description(
      'run the bound tasks of a location on the Docker Engine or Podman of a machine, until interrupted; tasks run on',
    )
    .option(
      '--executor-location <name>',
      'the location whose executors are run; needed. One runner at a time has it, and another waits',
    );
  onMachine(runner)
    .option(
      '--takeover-after <time>',
      'take the location over from another engine that was not heard for so long: 10m, 1h. Tasks may then run twice (never)',
    )
    .option(
      '--allow <json>',
      'what tasks may ask for on this machine, whatever their location allows: JSON as there, a file of it, or -',
    )
    .option('--secrets <store>', 'where the values of secrets are: dir:<directory>, or aws (none)')
    .option(
      '--keep <size>',
      'how much of images and volumes that nobody needs stays for the next to need it: 500MB, 10GiB',
      '10GiB',
    )
    .option('--queue <url>', 'an SQS queue that a rule sends events to, instead of the log of events')
    .addHelpText(
      'after',
      examplesOf(
        'runner --executor-location machines',
        'runner --executor-location machines --engine unix:///run/podman/podman.sock',
      ),
    )
    .action(perform(io, async () => (await load()).runner));
  runner
    .command('list')
    .description(
      'who runs the tasks of the locations that you may see, since when, and when it was last heard',
    )
    .addHelpText('after', examplesOf('runner list'))
    .action(perform(io, async () => (await loadList()).listRunners));
  onMachine(
    runner
      .command('leave')
      .description(
        'end the tasks of a location on this machine and give the location back: another engine may take it at once',
      )
      .argument('<location>'),
  )
    .addHelpText('after', examplesOf('runner leave machines'))
    .action(perform(io, async () => (await load()).leaveRunner));
  runner
    .command('fence')
    .description(
      'give up a lost machine: another engine may take the location. Tasks that still run there run twice',
    )
    .argument('<location>')
    .addHelpText('after', examplesOf('runner fence machines'))
    .action(perform(io, async () => (await loadList()).fenceRunner));
};
