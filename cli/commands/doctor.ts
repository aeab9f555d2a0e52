import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { perform } from '../perform.ts';
import { examplesOf, moreOn } from './help.ts';

export const defineDoctor = (program: Command, io: Io): void => {
  moreOn(program.command('doctor'), 'operations')
    .summary('what an operator has to see to')
    .description(
      'what an operator has to see to, such as locations of before: exit code 1 where there is something',
    )
    .option(
      '--digests <location>',
      'instead, have the digests computed of images that were made before these were recorded',
    )
    .addHelpText('after', examplesOf('doctor', 'doctor --digests images'))
    .action(perform(io, async () => (await import('../actions/doctor.ts')).doctor));
};
