import type { RunnerLease } from '../../client/runners.ts';
import { formatDetails } from '../details.ts';
import type { Action } from '../session.ts';

/** The holder of a location's lease, for people. */
const stateOf = ({ state, runner }: RunnerLease): string =>
  state === 'held' && runner === undefined ? 'interrupted' : state;

export const listRunners: Action = (session) =>
  session.listPages(session.taskport.runners.list(session.call), (lease) => ({
    location: lease.location,
    state: stateOf(lease),
    runner: lease.runner,
    since: lease.claimedAt,
    heard: lease.silentSeconds === undefined ? undefined : `${lease.silentSeconds} s ago`,
    engine: lease.engine,
  }));

export const fenceRunner: Action = async (session, [location = '']) =>
  session.show(await session.taskport.runners.fence(location, session.call), formatDetails);
