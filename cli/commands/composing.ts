import { type Command, Option } from 'commander';
import { targetTitles } from '../../lib/composition/plan/target.ts';
import type { Io } from '../io.ts';
import { perform } from '../perform.ts';

const targets = Object.entries(targetTitles)
  .map(([name, title]) => `${name} (${title})`)
  .join(', ');

/** A command that works on an executor's composition: by its latest handle, or by one that is given. */
const operation = (group: Command, name: string, about: string): Command =>
  group
    .command(name)
    .description(about)
    .argument('<executor>', 'executor://<location>/<name>, or <location>/<name>')
    .option('--handle <handle>', 'refuse where somebody else came between');

export const defineComposing = (program: Command, io: Io): void => {
  const group = program.command('compose').description('what an executor is composed of');
  group
    .command('open')
    .description('answer the latest handle of an executor')
    .argument('<executor>')
    .action(perform(io, ({ openComposition }) => openComposition));
  operation(group, 'join', 'add an element')
    .argument('<id>', '<kind>://<location>/<name>')
    .option('--mount <path>', 'where storage appears')
    .option('--read-only', 'mounted so')
    .option('--temporary', 'a volume that goes with the leave')
    .addOption(
      new Option(
        '--save <when>',
        'whether what is written to a volume becomes its data after the unbind; `always` unless it says `never`',
      ).choices(['always', 'never']),
    )
    .option('--overrides <file>', 'what is different of a task this time: JSON; - for standard input')
    .action(perform(io, ({ join }) => join));
  operation(group, 'bind', 'attach storage, ask for tasks to run: one element, or all that is joined')
    .argument('[id]', '<kind>://<location>/<name>')
    .action(perform(io, ({ bind }) => bind));
  operation(group, 'unbind', 'the reverse; what was written to volumes is saved then')
    .argument('[id]', '<kind>://<location>/<name>')
    .option('--discard', 'give up what was written to volumes, also to those that are not saved yet')
    .action(perform(io, ({ unbind }) => unbind));
  operation(group, 'leave', 'take an element away')
    .argument('<id>', '<kind>://<location>/<name>')
    .action(perform(io, ({ leave }) => leave));
  operation(group, 'interrupt', 'send a signal to a task')
    .argument('<task>')
    .argument('<signal>', 'TERM, HUP …')
    .action(perform(io, ({ interrupt }) => interrupt));
  operation(group, 'show', 'what is joined, and what is bound').action(
    perform(io, ({ showComposition }) => showComposition),
  );
  operation(group, 'plan', 'the document by which it is run, as JSON')
    .option('--target <target>', targets, 'oci')
    .action(perform(io, ({ plan }) => plan));
};
