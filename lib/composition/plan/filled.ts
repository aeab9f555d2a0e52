import { signalName } from '../../element/signal-name.ts';
import { taskSpecDefaults as defaults } from '../../element/task-spec/defaults.ts';
import type { TaskSpec } from '../../element/task-spec.ts';

type Part<K extends keyof TaskSpec> = NonNullable<TaskSpec[K]>;
type Filled<P, D> = Omit<P, keyof D> & { readonly [K in keyof D & keyof P]: Exclude<P[K], undefined> };

const fill = <P extends object, D extends Partial<P>>(part: P | undefined, fallback: D): Filled<P, D> =>
  ({ ...fallback, ...part }) as unknown as Filled<P, D>;

/**
 * A process with its defaults. If only a registry has the image, the engine decides user and directory that the
 * task does not state.
 */
export const filledProcess = ({ process }: TaskSpec, isOfRegistry = false) => {
  const { user, cwd, ...rest } = fill(process, defaults.process);
  const { uid, gid, ...umask } = fill(user, defaults.process.user);
  return {
    ...rest,
    cwd: isOfRegistry ? process?.cwd : cwd,
    user: {
      ...umask,
      uid: isOfRegistry || umask.username !== undefined ? process?.user?.uid : uid,
      gid: isOfRegistry || (umask.groupname ?? umask.username) !== undefined ? process?.user?.gid : gid,
    },
  };
};

export const filledRestart = ({ restart }: TaskSpec): Filled<Part<'restart'>, typeof defaults.restart> => {
  const all = fill(restart, defaults.restart);
  return {
    ...all,
    maxDelaySeconds: restart?.maxDelaySeconds ?? Math.max(all.maxDelaySeconds, all.delaySeconds),
  };
};

export const filledDeadlines = ({ deadlines }: TaskSpec) => fill(deadlines, defaults.deadlines);

export const filledInteraction = ({ interaction }: TaskSpec) => fill(interaction, defaults.interaction);

export const filledLogging = ({ logging }: TaskSpec) => fill(logging, defaults.logging);

/** The signal that stops it, without `SIG`. */
export const filledStop = ({ stop }: TaskSpec): { readonly signal: string } => ({
  signal: signalName(stop?.signal ?? defaults.stop.signal),
});

/** Undefined if there is no health check. */
export const filledHealthCheck = ({ healthCheck }: TaskSpec) => {
  const { command, ...all } = fill(healthCheck, defaults.healthCheck);
  if (command === undefined || command.length === 0) return undefined;
  const timeoutSeconds = healthCheck?.timeoutSeconds ?? Math.min(all.timeoutSeconds, all.intervalSeconds);
  return { ...all, command, timeoutSeconds };
};
