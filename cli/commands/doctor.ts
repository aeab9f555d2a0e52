import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { perform } from '../perform.ts';
import { examplesOf, moreOn } from './help.ts';

export const defineDoctor = (program: Command, io: Io): void => {
  moreOn(program.command('doctor'), 'operations')
    .summary('list problems that an operator has to fix')
    .description(
      'list problems that an operator has to fix, such as locations of earlier versions; exit with 1 if there are any',
    )
    .option(
      '--digests <location>',
      'instead, compute the digests of images that have none because an earlier version made them',
    )
    .addHelpText('after', examplesOf('doctor', 'doctor --digests images'))
    .action(perform(io, async () => (await import('../actions/doctor.ts')).doctor));
};
