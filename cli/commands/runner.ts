import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { perform } from '../session.ts';

export const defineRunner = (program: Command, io: Io): void => {
  program
    .command('runner')
    .description(
      'run what is bound to the executors of a location on this machine, by runc, until interrupted',
    )
    .requiredOption(
      '--executor-location <name>',
      'the location whose executors are run; no other runner may have it',
    )
    .option('--state <directory>', 'where layers, volumes and logs are kept (/var/lib/taskport/<location>)')
    .option('--logs <directory>', 'where logs that are files are kept (`logs` below --state)')
    .option(
      '--allow <file>',
      'what tasks may ask for on this machine, whatever their location allows: JSON as there',
    )
    .option('--runtime <program>', 'an OCI runtime that is called as runc is (runc)')
    .option('--queue <url>', 'an SQS queue that a rule sends events to, instead of the log of events')
    .action(perform(io, async () => (await import('../actions/runner.ts')).runner));
};
