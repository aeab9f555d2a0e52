import type { Command } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import type { Io } from '../io.ts';
import { perform } from '../perform.ts';
import { examples, moreOn } from './help.ts';

type Actions = typeof import('../actions/configure.ts');

/** An action on the user's configuration file, which calls no service. */
const ofFile =
  (
    io: Io,
    choose: (actions: Actions) => (io: Io, args: readonly string[], options: object) => Promise<void>,
  ) =>
  async (...given: unknown[]): Promise<void> => {
    const command = given.at(-1) as Command;
    await choose(await import('../actions/configure.ts'))(io, command.args, command.optsWithGlobals());
  };

/** Adds the options that describe a context. */
const described = (command: Command): Command =>
  command
    .option('--stack <name>', 'a CloudFormation stack; AWS credentials are those of the environment')
    .option('--region <region>', 'the region of the stack (AWS_REGION)')
    .option('--instance <id>', 'which Taskport, if the stack has several')
    .option('--auth <way>', 'with --url: how to sign in: `iam`, `jwt` (send a token) or `none`')
    .option('--executor-location <name>', 'the location of executors whose name has none (machines)');

export const defineConfiguring = (program: Command, io: Io): void => {
  const configure = program
    .command('configure')
    .summary('set the address of Taskport')
    .description(
      'set the address of Taskport for all later commands: by the name of a deployed stack, or by --url',
    )
    .action(
      ofFile(
        io,
        ({ configure }) =>
          (to, _, options) =>
            configure(to, options),
      ),
    );
  examples(
    moreOn(described(configure), 'command-line'),
    'configure --stack Taskport --region eu-central-1',
    'configure --url http://127.0.0.1:8787',
  );
  const version = program
    .command('version')
    .summary('print the versions of command line, service and engine')
    .description('print the versions of the command line, of the service, and of the engine of this machine')
    .action(perform(io, async () => (await import('../actions/version.ts')).version(manifest.version)));
  examples(moreOn(version, 'command-line'), 'version', 'version --output yaml');
  const whoami = program
    .command('whoami')
    .description('print your name in grants, and whether you administer the deployment')
    .action(perform(io, async () => (await import('../actions/whoami.ts')).whoami));
  examples(moreOn(whoami, 'share'), 'whoami', 'whoami --json');
  const context = program.command('context').description('choose between several Taskports');
  moreOn(context, 'command-line');
  const add = context
    .command('add')
    .description('add another Taskport')
    .argument('<name>')
    .option('--use', 'also send later commands to it')
    .action(ofFile(io, ({ addContext }) => addContext));
  examples(
    described(add),
    'context add prod --stack Taskport --region eu-central-1',
    'context add laptop --url http://127.0.0.1:8787 --executor-location machines',
  );
  const list = context
    .command('list')
    .alias('ls')
    .description('list all contexts; a star marks the current one, which commands use')
    .action(ofFile(io, ({ listContexts }) => listContexts));
  examples(list, 'context list');
  const use = context
    .command('use')
    .description('send later commands to another Taskport')
    .argument('<name>')
    .action(ofFile(io, ({ useContext }) => useContext));
  examples(use, 'context use prod', 'context use default');
  const show = context
    .command('show')
    .description('print one context; the current one by default')
    .argument('[name]')
    .action(ofFile(io, ({ showContext }) => showContext));
  examples(show, 'context show', 'context show prod --output yaml');
  const remove = context
    .command('remove')
    .alias('rm')
    .description('remove contexts')
    .argument('<name...>')
    .action(ofFile(io, ({ removeContexts }) => removeContexts));
  examples(remove, 'context remove laptop');
};
