import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { perform } from '../perform.ts';
import { examplesOf, moreOn } from './help.ts';

const load = () => import('../actions/runner.ts');
const loadList = () => import('../actions/runners.ts');

/** Adds the options for the engine and for the directory of the runner's state. */
const onMachine = (command: Command): Command =>
  command
    .option(
      '--engine <url>',
      'the address of the engine: unix:///<socket>, tcp://<host>:<port> (DOCKER_HOST, then the context of `docker`, then the usual sockets)',
    )
    .option(
      '--state <directory>',
      'the directory in which the runner records how much output it has sent (/var/lib/taskport/<location>, or below ~/.local/state)',
    )
    .option('--logs <directory>', 'the directory for logs that are files (`logs` below --state)');

export const defineRunner = (program: Command, io: Io): void => {
  const runner = moreOn(program.command('runner'), 'runners')
    .summary('run bound tasks on the engine of this machine')
    .description(
      'run the bound tasks of a location on the Docker Engine or Podman of a machine, until interrupted; running tasks continue after that',
    )
    .option(
      '--executor-location <name>',
      'the location whose executors it runs; required. One runner at a time runs a location; another one waits',
    );
  onMachine(runner)
    .option(
      '--takeover-after <time>',
      'take over the location from an engine that has been silent for this time: 600, 10m, 1h. Tasks may run twice. Default: never',
    )
    .option(
      '--allow <json>',
      'limit what tasks may request on this machine, in addition to the limits of their location: JSON, a file, or -',
    )
    .option('--secrets <store>', 'the store of the values of secrets: dir:<directory>, or aws. Default: none')
    .option(
      '--keep <size>',
      'the total size of unused images and volumes that the cache may keep: 500m, 10g',
      '10GiB',
    )
    .option(
      '--queue <url>',
      'read events from this SQS queue, to which a rule sends them, instead of from the log of events',
    )
    .addHelpText(
      'after',
      examplesOf(
        'runner --executor-location machines',
        'runner --executor-location machines --engine unix:///run/podman/podman.sock',
      ),
    )
    .action(perform(io, async () => (await load()).runner));
  runner
    .command('list')
    .description(
      'list the runners of the locations that you may see, since when they run, and when they last called',
    )
    .addHelpText('after', examplesOf('runner list'))
    .action(perform(io, async () => (await loadList()).listRunners));
  onMachine(
    runner
      .command('leave')
      .description(
        'end the tasks of a location on this machine and give the location back; another engine may take it at once',
      )
      .argument('<location>'),
  )
    .addHelpText('after', examplesOf('runner leave machines'))
    .action(perform(io, async () => (await load()).leaveRunner));
  runner
    .command('fence')
    .description(
      'give up a lost machine, so that another engine may take its location. Tasks that still run on the lost machine then run twice',
    )
    .argument('<location>')
    .addHelpText('after', examplesOf('runner fence machines'))
    .action(perform(io, async () => (await loadList()).fenceRunner));
};
