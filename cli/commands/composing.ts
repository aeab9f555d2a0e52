import { type Command, Option } from 'commander';
import { targetTitles } from '../../lib/composition/plan/target.ts';
import type { Io } from '../io.ts';
import { perform } from '../perform.ts';
import { examples, examplesOf, ID, moreOn } from './help.ts';

const targets = Object.entries(targetTitles)
  .map(([name, title]) => `${name} (${title})`)
  .join(', ');

/** A command that changes an executor's composition, with its latest handle or with that of `--handle`. */
const operation = (group: Command, name: string, about: string): Command =>
  group
    .command(name)
    .description(about)
    .argument(
      '<executor>',
      'executor://<location>/<name>, <location>/<name>, or <name> in the location of the context (machines)',
    )
    .option(
      '--handle <handle>',
      'refuse the change if another caller has changed the composition since this handle',
    );

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
    .option('--mount <path>', 'the path at which the task sees the storage')
    .option('--read-only', 'mount the storage read-only')
    .option('--temporary', 'delete the volume when it leaves')
    .addOption(
      new Option(
        '--save <when>',
        'whether the runner saves the writes of tasks to the volume when the volume is unbound; the default is `always`',
      ).choices(['always', 'never']),
    )
    .option(
      '--overrides <json>',
      'changes of the task specification for this composition: JSON, a file, or -',
    )
    .addHelpText(
      'after',
      examplesOf(
        'compose join web images/app --mount /',
        'compose join web data --mount /data --save never',
        'compose join web tasks/hello --overrides \'{"process": {"cwd": "/tmp"}}\'',
      ),
    )
    .action(perform(io, ({ join }) => join));
  operation(group, 'bind', 'mount storage and request tasks to run: one element, or all that have joined')
    .argument('[id]', ID)
    .addHelpText('after', examplesOf('compose bind web', 'compose bind web tasks/hello'))
    .action(perform(io, ({ bind }) => bind));
  operation(group, 'unbind', 'stop tasks, then save and unmount volumes: one element, or all that are bound')
    .argument('[id]', ID)
    .option(
      '--discard',
      'discard what tasks wrote to volumes, including earlier writes that are not saved yet',
    )
    .addHelpText('after', examplesOf('compose unbind web', 'compose unbind web volumes/data --discard'))
    .action(perform(io, ({ unbind }) => unbind));
  operation(group, 'leave', 'remove an element')
    .argument('<id>', ID)
    .addHelpText('after', examplesOf('compose leave web tasks/hello'))
    .action(perform(io, ({ leave }) => leave));
  operation(group, 'interrupt', 'send a signal to a task')
    .argument('<task>')
    .argument('<signal>', 'TERM, HUP …')
    .addHelpText('after', examplesOf('compose interrupt web tasks/hello HUP'))
    .action(perform(io, ({ interrupt }) => interrupt));
  examples(
    operation(group, 'show', 'print the members, which of them are bound, and the state of their tasks'),
    'compose show web',
  ).action(perform(io, ({ showComposition }) => showComposition));
  operation(group, 'plan', 'print the document from which an engine runs the composition, as JSON')
    .option('--target <target>', targets, 'oci')
    .addHelpText('after', examplesOf('compose plan web --target docker'))
    .action(perform(io, ({ plan }) => plan));
};
