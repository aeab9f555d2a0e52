import { Command } from 'commander';
import manifest from '../package.json' with { type: 'json' };
import { defineComposing } from './commands/composing.ts';
import { defineConfiguring } from './commands/configuring.ts';
import { defineDoctor } from './commands/doctor.ts';
import { defineHistory } from './commands/history.ts';
import { defineKinds } from './commands/kinds.ts';
import { defineLocations } from './commands/locations.ts';
import { defineRegistry } from './commands/registry.ts';
import { defineRunner } from './commands/runner.ts';
import { defineTalking } from './commands/talking.ts';
import type { Io } from './io.ts';
import { DEFAULT_URL } from './session.ts';

/** A command that has, wherever it stands, what all have. */
class SharingCommand extends Command {
  override createCommand(name?: string): Command {
    return sharing(new SharingCommand(name));
  }
}

const sharing = (command: Command): Command =>
  command
    .option('--url <url>', `where Taskport is (TASKPORT_URL, then what was configured, then ${DEFAULT_URL})`)
    .option('--json', 'print JSON, a line for each thing; problems too');

const MORE = `
Environment:
  TASKPORT_URL    where Taskport is
  TASKPORT_TOKEN  a bearer token
  TASKPORT_AUTH   \`iam\`: requests are signed with the AWS credentials of the environment

Exit codes:
  0    done
  1    refused: the problem is printed, with its code
  2    wrong usage
  3    no answer, from Taskport or another host that is needed, or it cannot now: it is named
  130  interrupted`;

/** All commands there are; what a command does is loaded when it is run. */
export const createProgram = (io: Io): Command => {
  const program = sharing(new SharingCommand('taskport'))
    .description('What may run, where, and on what: elements, and what is composed of them.')
    .version(manifest.version, '--version', 'print the version')
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.out(text), writeErr: (text) => io.err(text) })
    .showHelpAfterError('(--help says more)')
    .addHelpText('after', MORE);
  defineLocations(program, io);
  defineKinds(program, io);
  defineComposing(program, io);
  defineTalking(program, io);
  defineHistory(program, io);
  defineRegistry(program, io);
  defineRunner(program, io);
  defineConfiguring(program, io);
  defineDoctor(program, io);
  return program;
};
