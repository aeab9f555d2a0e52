import { defined } from '../../lib/defined.ts';
import { assertTerminal, converse, endAs } from '../converse.ts';
import { execOnEcs } from '../exec-on-ecs.ts';
import type { Located } from '../run/each-run.ts';
import type { Action } from '../session.ts';
import { talkTo, taskAndCommand } from '../talk-to.ts';
import { UsageError } from '../usage-error.ts';

interface ExecOptions extends Located {
  readonly interactive?: boolean;
  readonly tty?: boolean;
  readonly detach?: boolean;
  readonly env?: string;
  readonly user?: string;
  readonly workdir?: string;
}

/** Refuses options of `docker exec` that this command lacks, with what to use instead. Throws `UsageError`. */
const assertKnown = (options: ExecOptions): void => {
  const { detach, env, user, workdir } = options;
  const instead = {
    '--detach':
      detach && 'the command ends when its client ends: to keep it running, start it as a task of its own',
    '--env': env !== undefined && `\`-- env ${env} <command>\` sets it`,
    '--user':
      user !== undefined &&
      'the command runs as the user of the task: `-- su <user> -c <command>` if that is root',
    '--workdir': workdir !== undefined && `\`-- sh -c 'cd ${workdir} && <command>'\` runs there`,
  };
  for (const [option, words] of Object.entries(instead))
    if (words) throw new UsageError(`exec has no ${option}: ${words}`);
};

/** Runs a command in the container of a running task. */
export const exec: Action<ExecOptions> = async (session, [executor = '', ...words], options) => {
  const { interactive = false, tty = false } = options;
  const { io } = session;
  assertKnown(options);
  assertTerminal(io, options);
  const terminal = tty ? io.terminal : undefined;
  let command: readonly string[] = [];
  const talk = await talkTo(session, executor, options, (tasks) => {
    const { task, args } = taskAndCommand(words, tasks);
    command = args;
    const option = [task ?? args[0]].find((word) => word?.startsWith('-'));
    if (option !== undefined)
      throw new UsageError(`options stand before the executor: taskport exec ${option} ${executor} -- …`);
    if (args.length === 0)
      throw new UsageError(
        `the command is missing: type for example taskport exec -it ${[executor, ...words].join(' ')} -- sh`,
      );
    return { task, request: { kind: 'exec', args, terminal: tty, ...defined({ size: terminal?.size() }) } };
  }).catch((error) => execOnEcs(io, error, command));
  if (!talk) return;
  const end = await converse(io, talk, { isGiven: interactive, terminal });
  endAs(session, end, 'the command keeps running, and no client can attach to it again');
};
