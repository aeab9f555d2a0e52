import { disassociator } from './association.ts';
import { composer } from './composer.ts';
import type { Compose } from './composing.ts';
import { deleter } from './deleter.ts';
import { leaver } from './leaver.ts';
import { opener } from './opener.ts';
import type { Program, Rules } from './program.ts';
import { referrer } from './referrer.ts';
import { tagger, untagger } from './tagger.ts';

/** Every call may start over once; after that it answers `unavailable`. */
const attempts = 2;

export const create = (rules: Rules, id: string, name: string, target: string, shard = 0): Program =>
  referrer({ id, act: 'create', referrer: name, target, shard, attempts }, rules);
export const associate = (rules: Rules, id: string, storage: string, task: string): Program =>
  referrer({ id, act: 'associate', referrer: storage, target: task, shard: 0, attempts }, rules);
export const disassociate = (rules: Rules, id: string, storage: string, task: string): Program =>
  disassociator({ id, storage, task, attempts }, rules);
export const join = (rules: Rules, id: string, target: string, executor = 'executor'): Program =>
  composer({ id, executor, shared: [target], alone: [], exists: true, attempts }, rules);
export const joinExclusively = (rules: Rules, id: string, target: string, executor = 'executor'): Program =>
  composer({ id, executor, shared: [], alone: [target], exists: true, attempts }, rules);
/** Creates a composition, and the executor if it is missing. */
export const make = (
  rules: Rules,
  id: string,
  members: Partial<Pick<Compose, 'executor' | 'shared' | 'alone'>>,
): Program =>
  composer({ id, executor: 'executor', shared: [], alone: [], exists: false, attempts, ...members }, rules);
export const leave = (rules: Rules, id: string, target: string): Program =>
  leaver({ id, by: 'operation', executor: 'executor', target, attempts }, rules);
export const report = (rules: Rules, id: string, target: string): Program =>
  leaver({ id, by: 'report', executor: 'executor', target, attempts }, rules);
export const open = (rules: Rules, id: string): Program =>
  opener({ id, executor: 'executor', attempts }, rules);
export const remove = (rules: Rules, id: string, target: string): Program =>
  deleter({ id, target, attempts }, rules);
export const tag = (rules: Rules, id: string, name: string, target: string, shard = 0): Program =>
  tagger({ id, name, target, shard, attempts }, rules);
export const untag = (rules: Rules, id: string, name: string): Program =>
  untagger({ id, name, attempts }, rules);
