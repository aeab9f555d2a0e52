import type { Command } from 'commander';
import manifest from '../package.json' with { type: 'json' };
import { defineApplying } from './commands/applying.ts';
import { defineCompleting } from './commands/completing.ts';
import { defineComposing } from './commands/composing.ts';
import { defineConfiguring } from './commands/configuring.ts';
import { defineCopying } from './commands/copying.ts';
import { defineDoctor } from './commands/doctor.ts';
import { DOCUMENTATION } from './commands/help.ts';
import { defineHistory } from './commands/history.ts';
import { defineKinds } from './commands/kinds.ts';
import { defineLocations } from './commands/locations.ts';
import { defineRegistry } from './commands/registry.ts';
import { defineRunner } from './commands/runner.ts';
import { defineRunning } from './commands/running.ts';
import { defineTalking } from './commands/talking.ts';
import { withDockerWords } from './docker-words.ts';
import type { Io } from './io.ts';
import { SharingCommand } from './sharing-command.ts';

const MORE = `
Words:
  executor     what a task runs on: \`run\` makes one, as docker makes a container; \`web\` means machines/web
  location     where things of one kind are kept: images, volumes, machines
  composition  an executor with the images, volumes, tasks and logs that have joined it
  bound        asked to run; of a volume, mounted

Environment:
  TASKPORT_URL      where Taskport is
  TASKPORT_CONTEXT  the configured Taskport that is meant
  TASKPORT_TOKEN    a bearer token
  TASKPORT_AUTH     \`iam\`: requests are signed with the AWS credentials of the environment
  NO_COLOR          nothing is printed bold

Exit codes:
  0    done
  1    refused: the problem is printed, with its code
  2    wrong usage
  3    no answer, from Taskport or another host that is needed, or it cannot now: it is named
  125  of \`run\` and \`wait\`, which end with the code of the task: it never started, or nobody saw its end
  130  interrupted
  143  terminated

\`taskport <command> --help\` has examples.
More: ${DOCUMENTATION}/command-line`;

/**
 * All commands there are, by what one wants to do; what a command does is loaded when it is run. Where the words of a command line are
 * given, what is below kinds that they do not name is left out.
 */
export const createProgram = (io: Io, words?: readonly string[]): Command => {
  const program = new SharingCommand('taskport')
    .description('Runs container tasks, and keeps what they run on: images, volumes, logs.')
    .version(manifest.version, '--version', 'print the version')
    // What follows the image of a run is the command’s.
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.out(text),
      writeErr: (text) => io.err(text),
      outputError: (text, write) => write(withDockerWords(text)),
    })
    .showHelpAfterError('(--help says more)')
    .addHelpText('after', MORE);
  program.commandsGroup('Compose and run:');
  defineRunning(program, io);
  defineTalking(program, io);
  defineCopying(program, io);
  defineApplying(program, io);
  defineComposing(program, io);
  program.commandsGroup('Keep:');
  defineLocations(program, io);
  defineKinds(program, io, words);
  program.commandsGroup('Find out:');
  defineHistory(program, io);
  program.commandsGroup('Have tasks run on a machine:');
  defineRunner(program, io);
  program.commandsGroup('Set up:');
  defineConfiguring(program, io);
  defineCompleting(program, io);
  defineRegistry(program, io);
  defineDoctor(program, io);
  program.helpCommand('help [command]', 'the help of a command');
  return program;
};
