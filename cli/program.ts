import type { Command } from 'commander';
import { kinds } from '../lib/kind/index.ts';
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
  executor     a group of containers that run tasks: \`run\` creates one; \`web\` means machines/web
  location     keeps elements of one kind, such as images, volumes or executors
  composition  an executor with the images, volumes, tasks and logs that have joined it
  bound        requested to run; of a volume, mounted

Environment:
  TASKPORT_URL      the address of Taskport
  TASKPORT_CONTEXT  the context to use, which \`configure\` or \`context add\` made
  TASKPORT_TOKEN    a bearer token
  TASKPORT_AUTH     \`iam\` signs requests with the AWS credentials of the environment
  NO_COLOR          prints nothing bold

Exit codes:
  0    the command succeeded
  1    the service refused; the command prints the problem and its code
  2    wrong usage
  3    Taskport or another host does not answer, or cannot serve now; the command names it
  125  the task never started, or its exit code is unknown (\`run\` and \`wait\`, which otherwise exit with the code of the task)
  130  the user interrupted the command
  143  the system terminated the command

\`taskport <command> --help\` has examples.
More: ${DOCUMENTATION}/command-line`;

/**
 * Defines all commands, in groups; each loads its action when it runs. With the words of a command line, leaves out the subcommands of
 * kinds that the words do not name, and for a command of a kind, such as `image push`, all commands of other groups.
 */
export const createProgram = (io: Io, words?: readonly string[]): Command => {
  const program = new SharingCommand('taskport')
    .description('Runs container tasks, and keeps what they run on: images, volumes, logs.')
    .version(manifest.version, '--version', 'print the version')
    // Options after the image of `run` belong to the command of the task.
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.out(text),
      writeErr: (text) => io.err(text),
      outputError: (text, write) => write(withDockerWords(text)),
    })
    .showHelpAfterError('(--help says more)')
    .addHelpText('after', MORE);
  if (kinds.some((kind) => kind === words?.[0])) {
    defineKinds(program, io, words);
    return program;
  }
  program.commandsGroup('Compose and run:');
  defineRunning(program, io);
  defineTalking(program, io);
  defineCopying(program, io);
  defineApplying(program, io);
  defineComposing(program, io);
  program.commandsGroup('Locations and elements:');
  defineLocations(program, io);
  defineKinds(program, io, words);
  program.commandsGroup('History:');
  defineHistory(program, io);
  program.commandsGroup('Runners:');
  defineRunner(program, io);
  program.commandsGroup('Set up:');
  defineConfiguring(program, io);
  defineCompleting(program, io);
  defineRegistry(program, io);
  defineDoctor(program, io);
  program.helpCommand('help [command]', 'print the help of a command');
  return program;
};
