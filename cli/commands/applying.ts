import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { perform } from '../perform.ts';

const load = async () => (await import('../actions/apply.ts')).applyFiles;

const EXAMPLES = `
Examples:
  taskport apply -f app.yaml              make it so: a line for each thing, created, configured or unchanged
  taskport apply -f app.yaml --dry-run    say what would change
  taskport apply -f shared/ -f app.yaml   all documents of a directory, and of a file
  taskport apply --schema > taskport.schema.json

What a document says: https://taskport.dev/docs/apply`;

export const defineApplying = (program: Command, io: Io): void => {
  const named = (command: Command): Command =>
    command.option(
      '-f, --file <path...>',
      'YAML or JSON, of one document or several; a directory of such files; - for standard input',
    );
  named(program.command('apply'))
    .description('have locations, elements and compositions be as files declare them; nothing is deleted')
    .option('--dry-run', 'say what would be done, and do nothing')
    .option('--schema', 'print the JSON Schema of a document, for editors')
    .addHelpText('after', EXAMPLES)
    .action(
      perform(io, async () => {
        const { applyFiles } = await import('../actions/apply.ts');
        return applyFiles;
      }),
    );
  named(program.command('diff'))
    .description('say what `apply` would do, as `apply --dry-run`')
    .action(
      perform<{ file?: readonly string[] }>(io, async () => {
        const applyFiles = await load();
        return (session, args, options) => applyFiles(session, args, { ...options, dryRun: true });
      }),
    );
};
