import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { perform } from '../perform.ts';

export const defineRunner = (program: Command, io: Io): void => {
  program
    .command('runner')
    .description(
      'run what is bound to the executors of a location on the Docker Engine or Podman of a machine, until interrupted; tasks run on',
    )
    .requiredOption(
      '--executor-location <name>',
      'the location whose executors are run; no other runner may have it',
    )
    .option(
      '--engine <url>',
      'where the engine listens: unix:///<socket>, tcp://<host>:<port>, ssh://<host> (DOCKER_HOST, then the usual sockets)',
    )
    .option(
      '--allow <file>',
      'what tasks may ask for on this machine, whatever their location allows: JSON as there',
    )
    .option('--secrets <store>', 'where the values of secrets are: dir:<directory>, or aws (none)')
    .option(
      '--keep <size>',
      'how much of images and volumes that nobody needs stays for the next to need it: 500MB, 10GiB',
      '10GiB',
    )
    .option('--queue <url>', 'an SQS queue that a rule sends events to, instead of the log of events')
    .option(
      '--state <directory>',
      'where the runner remembers how far it is with output (/var/lib/taskport/<location>, or below ~/.local/state)',
    )
    .option('--logs <directory>', 'where logs that are files are kept (`logs` below --state)')
    .action(perform(io, async () => (await import('../actions/runner.ts')).runner));
};
