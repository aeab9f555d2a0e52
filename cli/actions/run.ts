import { randomUUID } from 'node:crypto';
import type { Composing, Joining } from '../../client/compositions.ts';
import { createAbsent } from '../../client/create-absent.ts';
import { meantImage } from '../../client/meant-image.ts';
import { isOutage } from '../../client/outlasting.ts';
import { endInWords } from '../../lib/composition/end-in-words.ts';
import { signalNumber } from '../../lib/element/signal-name.ts';
import { firstAborted } from '../../lib/first-aborted.ts';
import { assertTerminal, wayBack } from '../converse.ts';
import { REFUSED } from '../exit-code.ts';
import { ExitWith } from '../exit-with.ts';
import { reportFailure } from '../failure.ts';
import { CONVENTIONAL, meantId } from '../meant-id.ts';
import { beginRun, TASK } from '../run/begin-run.ts';
import { executorLocationOf, type Located } from '../run/each-run.ts';
import { endOfRun, nextInWords } from '../run/end-of-run.ts';
import { namingFlags } from '../run/flag-of-path.ts';
import { followRun } from '../run/follow-run.ts';
import { RUN_KEY, shortOf } from '../run/made-by-run.ts';
import { type MountedVolume, parseVolumes } from '../run/mounted-volume.ts';
import { noteNewerWrites } from '../run/newer-writes.ts';
import { interrupted, type PassedSignals, passSignals } from '../run/pass-signals.ts';
import { executorSpecOf, isTalkedTo, type RunFlags, taskSpecOf } from '../run/run-flags.ts';
import { runnerAbsence } from '../run/runner-absence.ts';
import { endWell } from '../run/save-run.ts';
import { talkWithRun } from '../run/talk-with-run.ts';
import { codeOf, NEVER_STARTED, type RunOf, type TaskState } from '../run/task-state.ts';
import { untilOver, untilRefusedToStart } from '../run/wait-for-task.ts';
import type { Action, Session } from '../session.ts';
import { unlessAbsent } from '../unless-absent.ts';
import { UsageError } from '../usage-error.ts';

interface RunOptions extends RunFlags, Located {
  readonly name?: string;
  readonly rm?: boolean;
  readonly volume?: readonly string[];
  readonly log?: string;
}

const assertPossible = (options: RunOptions, io: Session['io']): void => {
  const { rm, detach = false, restart = 'no' } = options;
  if (!detach) assertTerminal(io, options);
  if (isTalkedTo(options) && !detach && restart !== 'no')
    throw new UsageError(
      '--interactive and --tty follow a task to its first end: leave out --restart, or --detach and `taskport attach` later',
    );
  if (rm && detach)
    throw new UsageError(
      '--rm removes the executor after the end, for which somebody has to wait: `taskport run --rm … &` waits beside your shell; or leave out --rm, and type `taskport wait <name>; taskport rm <name>`, or `taskport prune` later',
    );
  if (rm && restart !== 'no') throw new UsageError('--rm and --restart exclude each other');
};

/** Throws if no runner would start the task; with `--detach`, only warns. Answers whether a runner would. */
const assertRunner = async (session: Session, location: string, isAwaited: boolean): Promise<boolean> => {
  const absence = await runnerAbsence(session, location);
  if (absence === undefined) return true;
  if (isAwaited) throw new Error(`${absence}, and \`--detach\` leaves the task to wait`);
  session.warn(absence);
  return false;
};

/** Creates volumes that do not exist, as Docker does. */
const makeVolumes = async ({ taskport, call }: Session, volumes: readonly MountedVolume[]): Promise<void> => {
  await Promise.all(
    volumes.map(async ({ id }) => {
      const found = await unlessAbsent(taskport.elements.read(id, { fields: ['attributes'], ...call }));
      if (!found) await createAbsent(taskport, { id }, call);
    }),
  );
};

/** The request to the service, without the executor's name. */
const composingOf = async (
  session: Session,
  image: string,
  command: readonly string[],
  volumes: readonly MountedVolume[],
  options: RunOptions,
): Promise<Composing> => {
  const { log } = options;
  const surroundings = { env: session.io.env, readText: (path: string) => session.readText(path) };
  const spec = await taskSpecOf(options, command, surroundings);
  const members: Joining[] = [
    ...volumes,
    ...(log === undefined ? [] : [{ id: meantId('log', log) }]),
    { task: { name: TASK, spec } },
  ];
  const executor = { metadata: { ro: { [RUN_KEY]: randomUUID() } }, spec: executorSpecOf(options) };
  // Reports errors of the command line before it creates anything.
  const [imageId] = await Promise.all([
    image.startsWith('image://') ? meantId('image', image) : meantImage(session, image, CONVENTIONAL.image),
    makeVolumes(session, volumes).catch((error: unknown) => {
      throw namingFlags(error, options);
    }),
  ]);
  return { executor, members: [{ id: imageId, mount: { path: '/' } }, ...members] };
};

/** Attaches to the task if requested, or prints its output. Answers the state of the task, or that the user has detached. */
const accompany = async (
  session: Session,
  of: RunOf,
  location: string,
  { options, signal }: { readonly options: RunOptions; readonly signal: AbortSignal },
): Promise<TaskState | undefined | 'detached'> => {
  const talked = isTalkedTo(options)
    ? await talkWithRun(session, of, options, firstAborted(signal, session.call.signal))
    : undefined;
  if (talked === undefined) return followRun(session, of, location, { signal });
  return talked === 'detached' ? talked : ((await untilOver(session, of)) ?? undefined);
};

/** Follows the task to its end, passes signals to it, and answers its exit code; undefined if it runs on. */
const attend = async (
  session: Session,
  of: RunOf,
  location: string,
  options: RunOptions,
  signals: PassedSignals,
): Promise<number | undefined> => {
  try {
    const state = await accompany(session, of, location, { options, signal: signals.given });
    if (state === 'detached') {
      const left = options.rm ? `; \`taskport rm ${shortOf(of.executorId)}\` removes it after its end` : '';
      session.note(`detached: ${wayBack(of.executorId)}${left}`);
      return undefined;
    }
    const said = endOfRun(of.executorId, state, options.timeout);
    if (said !== undefined) session.warn(`taskport: ${said}`);
    const { last } = signals;
    // The user stopped the task before it started.
    if (state?.task.state === 'created' && last !== undefined) return 128 + signalNumber(last);
    return state === undefined ? NEVER_STARTED : codeOf(state);
  } catch (error) {
    const short = shortOf(of.executorId);
    const isGivenUp = signals.given.aborted;
    if (isGivenUp) session.warn(`taskport: ${short} runs on; \`taskport kill ${short}\` ends it`);
    else if (isOutage(error))
      session.warn(`taskport: ${short} may run on: \`taskport wait ${short}\` waits for its end`);
    throw isGivenUp ? interrupted(signals) : error;
  }
};

const runImage = async (
  session: Session,
  image: string,
  command: readonly string[],
  options: RunOptions,
): Promise<number> => {
  const { detach = false, rm = false, volume = [] } = options;
  assertPossible(options, session.io);
  const location = executorLocationOf(session, options);
  const volumes = parseVolumes(volume);
  const [composing, isServed] = await Promise.all([
    composingOf(session, image, command, volumes, options),
    assertRunner(session, location, !detach),
    noteNewerWrites(
      session,
      volumes.filter(({ mount }) => mount.readOnly).map(({ id }) => id),
    ),
  ]);
  const signals = passSignals(session);
  let code: number | undefined;
  let of: RunOf;
  try {
    of = await beginRun(session, location, options, composing, signals);
    if (detach) session.show(of, () => shortOf(of.executorId));
    await signals.passTo(of);
    if (!detach) code = await attend(session, of, location, options, signals);
  } finally {
    signals.end();
  }
  const { executorId } = of;
  if (detach) {
    if (signals.last !== undefined) throw interrupted(signals);
    const failed = isServed ? await untilRefusedToStart(session, of) : undefined;
    if (!failed) return 0;
    session.warn(`taskport: ${nextInWords(failed, Date.now()) ?? endInWords(failed.task)}`);
    return NEVER_STARTED;
  }
  if (code === undefined) return 0;
  const isWritten = volumes.some(({ mount }) => !mount.readOnly);
  if (rm || isWritten) await endWell(session, executorId, rm);
  return code;
};

/** Exits with the code of the task; with 125 if it never started, like `docker run`. */
export const run: Action<RunOptions> = async (session, [image = '', ...rest], options) => {
  const command = rest[0] === '--' ? rest.slice(1) : rest;
  let code: number;
  try {
    code = await runImage(session, image, command, options);
  } catch (error) {
    const failed = reportFailure(error, session.io, session.isJson);
    code = failed === REFUSED ? NEVER_STARTED : failed;
  }
  if (code !== 0) throw new ExitWith(code);
};
