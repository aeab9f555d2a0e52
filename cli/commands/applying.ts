import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { perform } from '../perform.ts';

const EXAMPLES = `
Examples:
  taskport apply -f app.yaml              make it so: a line for each thing, created, configured or unchanged
  taskport apply -f app.yaml --dry-run    say what would change
  taskport apply -f shared/ -f app.yaml   all files of a directory, and one more
  taskport apply --schema > taskport.schema.json

What documents say: docs/apply.md`;

const definePlain = (program: Command, name: string, about: string): Command =>
  program
    .command(name)
    .description(about)
    .option(
      '-f, --file <path...>',
      'YAML or JSON, of one document or several; a directory of such files; - for standard input',
    );

interface Options {
  readonly file?: readonly string[];
}

export const defineApplying = (program: Command, io: Io): void => {
  definePlain(
    program,
    'apply',
    'have locations, elements and compositions be as files declare them; nothing is deleted',
  )
    .option('--dry-run', 'say what would be done, and do nothing')
    .option('--schema', 'print the JSON Schema of a document, for editors')
    .addHelpText('after', EXAMPLES)
    .action(
      perform<Options & { readonly dryRun?: boolean; readonly schema?: boolean }>(
        io,
        async () => async (session, args, options) => {
          if (options.schema)
            return (await import('../actions/apply-schema.ts')).printSchema(session, args, {});
          return (await import('../actions/apply.ts')).applyFiles(session, args, options);
        },
      ),
    );
  definePlain(program, 'diff', 'say what `apply` would do, as `apply --dry-run` does').action(
    perform<Options>(io, async () => async (session, args, { file }) => {
      const { applyFiles } = await import('../actions/apply.ts');
      return applyFiles(session, args, { ...(file && { file }), dryRun: true });
    }),
  );
};
