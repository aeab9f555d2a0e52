import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { perform } from '../perform.ts';
import { examples, examplesOf, ID, moreOn } from './help.ts';

export const defineHistory = (program: Command, io: Io): void => {
  const inspect = program
    .command('inspect')
    .summary('print everything about locations, elements, executors, runs')
    .description('print everything about locations, about elements with their composition, and about runs')
    .argument('<id...>', `the name of a location, or ${ID}`)
    .option('--on <executor>', 'print the run of the task on this executor')
    .action(perform(io, async () => (await import('../actions/inspect.ts')).inspect));
  examples(
    moreOn(inspect, 'concepts'),
    'inspect images/app machines/web',
    'inspect machines/web/tasks/main',
    'inspect tasks/hello --on machines/web --output yaml',
  );
  moreOn(program.command('events'), 'events')
    .description('list events')
    .option('--follow', 'also print new events, until interrupted')
    .option('--kind <kind>', 'only events of this kind of element, or `location`')
    .option('--id <id>', `only events of one element or location; of an executor, also of its tasks: ${ID}`)
    .option('--location <location>', 'only events that name this location')
    .option('--after <place>', 'start after this place in the log; `latest` prints only new events')
    .addHelpText(
      'after',
      examplesOf(
        'events --id web',
        'events --follow --kind task',
        'events --location machines --after latest --follow --output json',
      ),
    )
    .action(perform(io, ({ listEvents }) => listEvents));
  moreOn(program.command('audit'), 'events')
    .description('list who changed an element, when and how')
    .argument('<id>', ID)
    .option(
      '-a, --all',
      'also list each step of the service and its runners, and each member in a line of its own',
    )
    .addHelpText('after', examplesOf('audit web', 'audit images/app --all --output wide'))
    .action(perform(io, ({ listAudit }) => listAudit));
  moreOn(program.command('lineage'), 'concepts')
    .description('list the ancestors of an element, its parent first')
    .argument('<id>', ID)
    .addHelpText('after', examplesOf('lineage images/app'))
    .action(perform(io, ({ listLineage }) => listLineage));
  moreOn(program.command('reports'), 'runners')
    .description('list the attempts of a task: when they began and ended, and why')
    .argument('<executor>', '<name>, or <location>/<name>')
    .argument('[task]', 'the task, if the executor has several')
    .addHelpText('after', examplesOf('reports web', 'reports machines/web main'))
    .action(perform(io, ({ listReports }) => listReports));
};
