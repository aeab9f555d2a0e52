import type { Command } from 'commander';
import type { Io } from '../io.ts';
import type { SharedOptions } from '../session.ts';

export const defineConfiguring = (program: Command, io: Io): void => {
  program
    .command('configure')
    .description('keep where Taskport is, for all commands to come: that of a deployed stack, or --url')
    .option('--stack <name>', 'a CloudFormation stack; AWS credentials are those of the environment')
    .option('--region <region>', 'where the stack is (AWS_REGION)')
    .option('--instance <id>', 'which Taskport, where there are several in the stack')
    .option('--auth <way>', 'with --url: `iam`, `jwt` (a token is sent) or `none`')
    .action(async (_, command: Command) => {
      const { configure } = await import('../actions/configure.ts');
      await configure(io, { ...command.optsWithGlobals<SharedOptions>(), ...command.opts() });
    });
};
