import { type Command, Option } from 'commander';
import { targetTitles } from '../../lib/composition/plan/target.ts';
import type { Io } from '../io.ts';
import { perform } from '../perform.ts';
import { examples, examplesOf, ID, moreOn } from './help.ts';

const targets = Object.entries(targetTitles)
  .map(([name, title]) => `${name} (${title})`)
  .join(', ');

/** A command that works on an executor's composition: by its latest handle, or by one that is given. */
const operation = (group: Command, name: string, about: string): Command =>
  group
    .command(name)
    .description(about)
    .argument(
      '<executor>',
      'executor://<location>/<name>, <location>/<name>, or <name> in the location of the context (machines)',
    )
    .option('--handle <handle>', 'refuse where somebody else came between');

export const defineComposing = (program: Command, io: Io): void => {
  const group = moreOn(
    program.command('compose').description('compose executors from images, volumes, logs and tasks'),
    'concepts',
  );
  group
    .command('open')
    .description('print the latest handle of an executor')
    .argument('<executor>')
    .addHelpText('after', examplesOf('compose open machines/web'))
    .action(perform(io, ({ openComposition }) => openComposition));
  operation(group, 'join', 'add an element')
    .argument('<id>', ID)
    .option('--mount <path>', 'where storage appears')
    .option('--read-only', 'mounted so')
    .option('--temporary', 'a volume that goes with the leave')
    .addOption(
      new Option(
        '--save <when>',
        'whether what is written to a volume becomes its data after the unbind; `always` unless it says `never`',
      ).choices(['always', 'never']),
    )
    .option('--overrides <json>', 'what is different of a task this time: JSON, a file of it, or -')
    .addHelpText(
      'after',
      examplesOf(
        'compose join web images/app --mount /',
        'compose join web data --mount /data --save never',
        'compose join web tasks/hello --overrides \'{"process": {"cwd": "/tmp"}}\'',
      ),
    )
    .action(perform(io, ({ join }) => join));
  operation(group, 'bind', 'attach storage, ask for tasks to run: one element, or all that is joined')
    .argument('[id]', ID)
    .addHelpText('after', examplesOf('compose bind web', 'compose bind web tasks/hello'))
    .action(perform(io, ({ bind }) => bind));
  operation(group, 'unbind', 'the reverse; what was written to volumes is saved then')
    .argument('[id]', ID)
    .option('--discard', 'give up what was written to volumes, also to those that are not saved yet')
    .addHelpText('after', examplesOf('compose unbind web', 'compose unbind web volumes/data --discard'))
    .action(perform(io, ({ unbind }) => unbind));
  operation(group, 'leave', 'take an element away')
    .argument('<id>', ID)
    .addHelpText('after', examplesOf('compose leave web tasks/hello'))
    .action(perform(io, ({ leave }) => leave));
  operation(group, 'interrupt', 'send a signal to a task')
    .argument('<task>')
    .argument('<signal>', 'TERM, HUP …')
    .addHelpText('after', examplesOf('compose interrupt web tasks/hello HUP'))
    .action(perform(io, ({ interrupt }) => interrupt));
  examples(
    operation(group, 'show', 'what is joined, what is bound, and what became of it'),
    'compose show web',
  ).action(perform(io, ({ showComposition }) => showComposition));
  operation(group, 'plan', 'the document by which it is run, as JSON')
    .option('--target <target>', targets, 'oci')
    .addHelpText('after', examplesOf('compose plan web --target docker'))
    .action(perform(io, ({ plan }) => plan));
};
