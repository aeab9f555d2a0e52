import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { ProblemError } from '../client/problem-error.ts';
import { type EcsContainer, ecsExec, inShell } from '../lib/composition/session/engine-sessions.ts';
import { signalName, signalNumber } from '../lib/element/signal-name.ts';
import { isObject } from '../lib/is-object.ts';
import { ExitWith } from './exit-with.ts';
import type { Io } from './io.ts';

/** The programs that open a session with ECS Exec, and their sources. */
const PROGRAMS = {
  aws: 'the AWS CLI (https://aws.amazon.com/cli/)',
  'session-manager-plugin':
    'its Session Manager plugin (https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html)',
} as const;

/** Names of ECS that no program reads as an option. */
const NAME = /^[A-Za-z0-9][\w-]*$/;
const NAMES = ['region', 'cluster', 'task', 'container'] as const;

/** The ECS task of a refused session; undefined for any other error. This builds the command itself, because the service sends only names. */
const containerOf = (error: unknown): EcsContainer | undefined => {
  const ecs = error instanceof ProblemError ? error.problem.ecs : undefined;
  const isOne = isObject(ecs) && NAMES.every((name) => typeof ecs[name] === 'string' && NAME.test(ecs[name]));
  return isOne ? (ecs as unknown as EcsContainer) : undefined;
};

const isThere = async (program: string, path: string): Promise<boolean> => {
  const places = path
    .split(delimiter)
    .flatMap((directory) => [join(directory, program), join(directory, `${program}.exe`)]);
  const found = await Promise.all(
    places.map((place) =>
      access(place, constants.X_OK).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.includes(true);
};

/**
 * Runs the AWS CLI for a session that the service refused because AWS opens it. Throws `ExitWith` with the CLI's code, or 128 and the
 * number of the signal that killed it; throws the refusal if it is another one or a program is missing.
 */
export const execOnEcs = async (
  { env, onSignal }: Io,
  refusal: unknown,
  args: readonly string[],
): Promise<void> => {
  const container = containerOf(refusal);
  if (!container) throw refusal;
  const [program, ...words] = ecsExec(container, args);
  const { PATH = '' } = env;
  const missing: string[] = [];
  for (const [name, words] of Object.entries(PROGRAMS)) if (!(await isThere(name, PATH))) missing.push(words);
  if (missing.length > 0)
    throw new Error(
      `AWS itself opens sessions with tasks on Fargate, by programs that are not on the PATH: install ${missing.join(' and ')}. Or run this where they are installed: ${inShell([program, ...words])}`,
    );
  const child = spawn(program, words, { stdio: 'inherit', env });
  // A terminal sends ctrl-c to both processes; the session handles it.
  const stop = onSignal((signal) => void (signal === 'SIGINT' || child.kill(signal)));
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    if (code !== 0) throw new ExitWith(code ?? 128 + signalNumber(signalName(signal ?? 'SIGKILL')));
  } finally {
    stop();
  }
};
