import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { perform } from '../perform.ts';

export const defineRegistry = (program: Command, io: Io): void => {
  program
    .command('registry')
    .description('how clients of registries, such as docker, sign in')
    .command('password')
    .description(
      'print a password, good for fifteen minutes, to pipe into `docker login --username taskport --password-stdin <host>`',
    )
    .action(perform(io, ({ password }) => password));
};
