import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { perform } from '../perform.ts';
import { examplesOf, moreOn } from './help.ts';

export const defineRegistry = (program: Command, io: Io): void => {
  moreOn(program.command('registry'), 'registry')
    .summary('print passwords for docker and other clients')
    .description('print passwords for clients of registries, such as docker')
    .command('password')
    .description(
      'print a password, valid for fifteen minutes, to pipe into `docker login --username taskport --password-stdin <host>`',
    )
    .addHelpText(
      'after',
      examplesOf('registry password | docker login --username taskport --password-stdin api.example.com'),
    )
    .action(perform(io, ({ password }) => password));
};
