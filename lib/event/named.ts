import { homeOf } from '../element/member-id.ts';
import type { TaskportEvent } from './catalogue.ts';

/** A record whose revision an event contains. */
interface VersionedRecord {
  readonly id: string;
  readonly createdAt: string;
  readonly revision: number;
  /** Absent for an element, a tag and a location. A composition has the ID of its executor, and a runner that of its location. */
  readonly sort?: 'composition' | 'runner';
}

/**
 * The record whose revision an event contains: the composition for an event of a composition, the child when a
 * parent gets one, the tag for an event of a tag.
 */
export const recordOf = ({ detail }: TaskportEvent): VersionedRecord => {
  if ('composition' in detail) {
    const { executorId: id, ...version } = detail.composition;
    return { sort: 'composition', id, ...version };
  }
  if ('epoch' in detail) return { sort: 'runner', ...detail, revision: detail.epoch };
  return 'child' in detail ? detail.child : 'tag' in detail ? detail.tag : detail;
};

/** The ID of the record whose revision an event contains. Events with the same ID here are in order. */
export const ordererOf = (event: TaskportEvent): string => recordOf(event).id;

/** The location of an ID; a location is its own. */
const locationOf = (id: string): string => (id.includes('://') ? homeOf(id).location : id);

/** The locations that an event names, each once. */
export const locationsOf = (event: TaskportEvent): string[] => [
  ...new Set([event.detail.id, ordererOf(event)].map(locationOf)),
];
