import type { RunnerLease } from '../../client/runners.ts';
import type { Session } from '../session.ts';

/** By then a runner that lives and is not answered has ended its tasks: part of the silence that the service waits for. */
const TERM = 0.4;

/** Why nothing is started in a location by what its lease says; undefined where a runner is there. */
export const absenceOf = ({
  location,
  state,
  runner,
  silentSeconds = 0,
  silenceSeconds,
}: RunnerLease): string | undefined => {
  if (state === 'free') return `no runner runs the tasks of ${location}`;
  if (runner === undefined) return `the runner of ${location} was interrupted`;
  if (silentSeconds > silenceSeconds * TERM)
    return `the runner of ${location}, ${runner}, was not heard for ${silentSeconds} s`;
  return undefined;
};

/** What helps. */
export const startsOne = (location: string): string =>
  `on a machine with Docker or Podman, \`taskport runner --executor-location ${location}\` starts one`;

/** Why nothing would be started in a location now; undefined where a runner is there. Throws `ProblemError` where there is no such location. */
export const runnerAbsence = async (
  { taskport, call }: Pick<Session, 'taskport' | 'call'>,
  location: string,
): Promise<string | undefined> => absenceOf(await taskport.runners.read(location, call));
