import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { perform } from '../perform.ts';
import { examplesOf, moreOn } from './help.ts';

export const defineDoctor = (program: Command, io: Io): void => {
  moreOn(program.command('doctor'), 'operations')
    .summary('list what needs an operator')
    .description(
      'list what needs an operator, such as locations of earlier versions; exit code 1 if there is something',
    )
    .option(
      '--digests <location>',
      'instead, have the digests computed of images that were made before these were recorded',
    )
    .addHelpText('after', examplesOf('doctor', 'doctor --digests images'))
    .action(perform(io, async () => (await import('../actions/doctor.ts')).doctor));
};
