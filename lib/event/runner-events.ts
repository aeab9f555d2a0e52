import { defined } from '../defined.ts';
import type { Change, RunnerNotice } from './change.ts';
import { defineEvent } from './entry.ts';

/** The last change of a lease, if it is of this sort. */
const noticeOf = ({ before, after }: Change, what: RunnerNotice['what']): RunnerNotice | undefined => {
  const present = after?.row === 'runner' ? after.runner : undefined;
  const former = before?.row === 'runner' ? before.runner : undefined;
  const isSame = former?.createdAt === present?.createdAt && former?.epoch === present?.epoch;
  return present?.what === what && !isSame ? present : undefined;
};

const detailOf = ({ id }: Change, { location, at, actor, createdAt, epoch }: RunnerNotice, verb: string) => ({
  eventId: `${id}.${verb}`,
  schemaVersion: 1 as const,
  id: location,
  at,
  actor,
  createdAt,
  epoch,
});

export const runnerClaimed = defineEvent({
  verb: 'Claimed',
  version: 1,
  subjects: ['runner'],
  meaning: 'A runner took the tasks of the location. If another engine had them before, the event names it.',
  detail: 'runnerClaimed',
  of: (change) => {
    const notice = noticeOf(change, 'claimed');
    if (!notice) return [];
    const { engine = '', runner = '', from } = notice;
    return [{ ...detailOf(change, notice, 'claimed'), engine, runner, ...defined({ tookOverFrom: from }) }];
  },
});

export const runnerLeft = defineEvent({
  verb: 'Left',
  version: 1,
  subjects: ['runner'],
  meaning: 'The runner ended the tasks of the location and gave the location back.',
  detail: 'runnerLeft',
  of: (change) => {
    const notice = noticeOf(change, 'left');
    return notice ? [{ ...detailOf(change, notice, 'left'), engine: notice.from ?? '' }] : [];
  },
});

export const runnerFenced = defineEvent({
  verb: 'Fenced',
  version: 1,
  subjects: ['runner'],
  meaning:
    'An administrator gave up the engine that had the tasks of the location. **The tasks may still run there.**',
  detail: 'runnerFenced',
  of: (change) => {
    const notice = noticeOf(change, 'fenced');
    return notice ? [{ ...detailOf(change, notice, 'fenced'), engine: notice.from ?? '' }] : [];
  },
});
