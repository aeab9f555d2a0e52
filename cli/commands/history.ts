import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { perform } from '../perform.ts';

export const defineHistory = (program: Command, io: Io): void => {
  program
    .command('events')
    .description('the log of events')
    .option('--follow', 'and what comes, until interrupted')
    .option('--kind <kind>', 'of this kind of element, or `location`')
    .option('--id <id>', 'of one element or location')
    .option('--location <location>', 'that name it')
    .option('--after <place>', 'from where it was left off; `latest` for what comes from now on')
    .action(perform(io, ({ listEvents }) => listEvents));
  program
    .command('audit')
    .description('who did what to an element, the earliest first')
    .argument('<id>', '<kind>://<location>/<name>')
    .action(perform(io, ({ listAudit }) => listAudit));
  program
    .command('lineage')
    .description("an element's ancestors, the parent first")
    .argument('<id>', '<kind>://<location>/<name>')
    .action(perform(io, ({ listLineage }) => listLineage));
  program
    .command('reports')
    .description('what was reported on a task of an executor')
    .argument('<executor>')
    .argument('<task>')
    .action(perform(io, ({ listReports }) => listReports));
};
