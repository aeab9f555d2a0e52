import { TaskportError } from '../../lib/errors.ts';
import { countCall, type Quota } from '../../lib/quota.ts';
import type { ApiContext } from './request.ts';

/** Refuses calls beyond the quota of a principal: `too-many-requests`, with the time of the next call. */
export const limitCalls = async (quota: Quota, c: ApiContext): Promise<void> => {
  const seconds = await countCall(quota, c.get('caller').principal);
  if (seconds === undefined) return;
  c.header('retry-after', String(seconds));
  const limit = quota.requestsPerMinute;
  throw new TaskportError(
    'too-many-requests',
    `you made the ${limit} calls that a principal may make in a minute: wait as long as \`Retry-After\` says, and try again`,
    { limit },
  );
};
