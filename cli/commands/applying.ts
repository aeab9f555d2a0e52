import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { perform } from '../perform.ts';
import { examples, moreOn } from './help.ts';

const definePlain = (program: Command, name: string, about: string): Command =>
  moreOn(program.command(name), 'apply')
    .description(about)
    .option(
      '-f, --file <path...>',
      'YAML or JSON, of one document or several; a directory of such files; - for standard input',
    );

interface Options {
  readonly file?: readonly string[];
}

/** An example of a complete file. */
const FILE = `
A file:
  apiVersion: taskport/v1
  kind: Volume
  id: diary
  ---
  apiVersion: taskport/v1
  kind: Composition
  executorId: writer
  executor: {}
  members:
    - id: alpine:3.20
      mount: { path: /, readOnly: true }
    - id: diary
      mount: { path: /data }
    - task:
        name: main
        spec:
          process: { args: [/bin/sh, -c, "date >> /data/diary; exec sleep 1d"] }
          restart: { mode: always }`;

export const defineApplying = (program: Command, io: Io): void => {
  const apply = definePlain(
    program,
    'apply',
    'create and change locations, elements and compositions until they are as files declare them; delete none',
  );
  examples(
    apply,
    'apply -f app.yaml',
    'apply -f app.yaml --dry-run',
    'apply -f shared/ -f app.yaml',
    'apply --schema > taskport.schema.json',
  )
    .addHelpText('after', FILE)
    .option('--dry-run', 'print the changes, and make none')
    .option('--schema', 'print the JSON Schema of a document, for editors')
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
  const diff = definePlain(
    program,
    'diff',
    'print the changes that `apply` would make, as `apply --dry-run` does',
  );
  examples(diff, 'diff -f app.yaml').action(
    perform<Options>(io, async () => async (session, args, { file }) => {
      const { applyFiles } = await import('../actions/apply.ts');
      return applyFiles(session, args, { ...(file && { file }), dryRun: true });
    }),
  );
};
