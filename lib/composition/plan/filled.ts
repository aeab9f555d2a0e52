import { signalName } from '../../element/signal-name.ts';
import { taskSpecDefaults as defaults } from '../../element/task-spec/defaults.ts';
import type { TaskSpec } from '../../element/task-spec.ts';

type Part<K extends keyof TaskSpec> = NonNullable<TaskSpec[K]>;
type Filled<P, D> = Omit<P, keyof D> & { readonly [K in keyof D & keyof P]: Exclude<P[K], undefined> };

const fill = <P extends object, D extends Partial<P>>(part: P | undefined, fallback: D): Filled<P, D> =>
  ({ ...fallback, ...part }) as unknown as Filled<P, D>;

export const filledProcess = ({ process }: TaskSpec) => {
  const { user, ...rest } = fill(process, defaults.process);
  return { ...rest, user: fill(user, defaults.process.user) };
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

/** Undefined where nothing is checked. */
export const filledHealthCheck = ({ healthCheck }: TaskSpec) => {
  const { command, ...all } = fill(healthCheck, defaults.healthCheck);
  if (command === undefined) return undefined;
  const timeoutSeconds = healthCheck?.timeoutSeconds ?? Math.min(all.timeoutSeconds, all.intervalSeconds);
  return { ...all, command, timeoutSeconds };
};
