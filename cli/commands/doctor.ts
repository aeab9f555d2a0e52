import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { perform } from '../perform.ts';

export const defineDoctor = (program: Command, io: Io): void => {
  program
    .command('doctor')
    .description(
      'what an operator has to see to, such as locations of before: exit code 1 where there is something',
    )
    .option(
      '--digests <location>',
      'instead, have the digests computed of images that were made before these were recorded',
    )
    .action(perform(io, async () => (await import('../actions/doctor.ts')).doctor));
};
