import type { ContainerInspectInfo } from 'dockerode';
import { SIGNALLED } from '../../lib/composition/exit-status.ts';
import { signalOfNumber } from '../../lib/element/signal-name.ts';
import type { Exit } from '../../lib/execution/attempt.ts';

type State = Pick<ContainerInspectInfo['State'], 'ExitCode' | 'OOMKilled'>;

/**
 * How a container ended. An engine does not distinguish a signal from a program that exits with 128 and the signal's number; this answers
 * the signal for both. `OOMKilled` also reports the end of a child process, after which a program may go on.
 */
export const exitOf = ({ ExitCode, OOMKilled }: State): Exit => {
  const exitSignal = signalOfNumber(ExitCode - SIGNALLED);
  const exit = exitSignal === undefined ? { exitCode: ExitCode } : { exitSignal };
  return OOMKilled ? { ...exit, outOfMemory: true } : exit;
};

/**
 * When a container ended; undefined if that is unknown. The engine records a start when it hears of it, and an end when it happens, so a
 * container that ends at once may have an end before its start; this corrects that.
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
