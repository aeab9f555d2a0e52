import type { ContainerInspectInfo } from 'dockerode';
import { signalOfNumber } from '../../lib/element/signal-name.ts';
import type { Exit } from '../../lib/execution/attempt.ts';

type State = Pick<ContainerInspectInfo['State'], 'ExitCode' | 'OOMKilled'>;

/** What a signal that ends a process is added to (POSIX shells). */
const SIGNALLED = 128;
const KILL = 9;

/**
 * How a container ended. An engine tells no signal from a program that itself ends with 128 and the signal's number; both are told as the
 * signal. `OOMKilled` also says that a process below the task's own was ended: only where that own one was killed is it the task's end.
 */
export const exitOf = ({ ExitCode, OOMKilled }: State): Exit => {
  const exitSignal = signalOfNumber(ExitCode - SIGNALLED);
  if (exitSignal === undefined) return { exitCode: ExitCode };
  return OOMKilled && ExitCode === SIGNALLED + KILL ? { exitSignal, outOfMemory: true } : { exitSignal };
};
