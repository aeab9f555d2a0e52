import type { ContainerInspectInfo } from 'dockerode';
import { SIGNALLED } from '../../lib/composition/exit-status.ts';
import { signalOfNumber } from '../../lib/element/signal-name.ts';
import type { Exit } from '../../lib/execution/attempt.ts';

type State = Pick<ContainerInspectInfo['State'], 'ExitCode' | 'OOMKilled'>;

/**
 * How a container ended. An engine tells no signal from a program that itself ends with 128 and the signal's number; both are told as the
 * signal. `OOMKilled` also says that a process below the task's own was ended: only where that own one was killed is it the task's end.
 */
export const exitOf = ({ ExitCode, OOMKilled }: State): Exit => {
  const exitSignal = signalOfNumber(ExitCode - SIGNALLED);
  if (exitSignal === undefined) return { exitCode: ExitCode };
  return OOMKilled && exitSignal === 'KILL' ? { exitSignal, outOfMemory: true } : { exitSignal };
};

/**
 * When a container ended; undefined where that is not known. The engine notes a start when it has heard of it, and an end as it happened: what ends at once has ended before
 * it began, by that. Nothing does.
 */
export const endedAt = ({
  StartedAt,
  FinishedAt,
}: Pick<ContainerInspectInfo['State'], 'StartedAt' | 'FinishedAt'>): string | undefined => {
  const finished = Date.parse(FinishedAt);
  if (!(finished > 0)) return undefined;
  const started = Date.parse(StartedAt);
  return new Date(started > finished ? started : finished).toISOString();
};
