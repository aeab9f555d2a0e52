import { defined } from '../defined.ts';
import type { Change, RunnerNotice } from './change.ts';
import { defineEvent } from './entry.ts';

/** What became of a lease by a change, where that is what is asked for. */
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
  meaning: 'A runner has the tasks of the location; it took them over where it says from which engine.',
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
  meaning: 'The runner of the location has ended its tasks and given them back.',
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
    'An administrator has given up the engine that had the tasks of the location. They may run there still.',
  detail: 'runnerFenced',
  of: (change) => {
    const notice = noticeOf(change, 'fenced');
    return notice ? [{ ...detailOf(change, notice, 'fenced'), engine: notice.from ?? '' }] : [];
  },
});
