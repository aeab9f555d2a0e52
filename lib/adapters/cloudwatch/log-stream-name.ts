import { parseId } from '../../element/id.ts';
import { parseMemberId } from '../../element/member-id.ts';
import type { Attempt } from '../../execution/attempt.ts';
import type { StreamName } from '../../execution/log-sink.ts';
import { InputError } from '../../input-error.ts';

/**
 * The name of the log stream for one stream of an attempt. Names of elements may contain `:`, names of log
 * streams may not.
 */
export const streamNameOf = (
  prefix: string | undefined,
  { executorId, taskId, attempt }: Attempt,
  stream: StreamName,
): string => {
  const [executor, task] = [parseId(executorId, 'executorId'), parseMemberId(taskId, 'taskId')];
  return [
    ...(prefix === undefined ? [] : [prefix]),
    executor.location,
    executor.name,
    task.location,
    task.name,
    attempt,
    stream,
  ]
    .join('/')
    .replaceAll(':', '%3A');
};

/** The place of a log stream. */
export interface LogPlace {
  readonly region: string;
  readonly group: string;
  readonly stream: string;
}

/** `cloudwatch://region/group/stream`; group and stream are percent-encoded, since both may contain slashes. */
export const formatLogUri = ({ region, group, stream }: LogPlace): string =>
  `cloudwatch://${region}/${encodeURIComponent(group)}/${encodeURIComponent(stream)}`;

/** Throws `InputError` if the text is no such URI. */
export const parseLogUri = (uri: string): LogPlace => {
  const [, region, group, stream] = /^cloudwatch:\/\/([^/]+)\/([^/]+)\/([^/]+)$/.exec(uri) ?? [];
  if (region === undefined || group === undefined || stream === undefined) {
    throw new InputError(`${uri} is no place in CloudWatch Logs`);
  }
  return { region, group: decodeURIComponent(group), stream: decodeURIComponent(stream) };
};
