import { homeOf } from '../element/member-id.ts';
import type { TaskportEvent } from './catalogue.ts';

/** The IDs in an event: its subject, and the executor, the child or the tag that it names. */
const idsOf = ({ detail }: TaskportEvent): string[] => [
  detail.id,
  ...('composition' in detail ? [detail.composition.executorId] : []),
  ...('child' in detail ? [detail.child.id] : []),
  ...('tag' in detail ? [detail.tag.id] : []),
];

/**
 * The record whose revision an event contains: the executor's for an event of a composition, the child's when a
 * parent gets one, the tag's for an event of a tag. Events with the same record are in order.
 */
export const ordererOf = (event: TaskportEvent): string => idsOf(event).at(-1) as string;

/** The location of an ID; a location is its own. */
const locationOf = (id: string): string => (id.includes('://') ? homeOf(id).location : id);

/** The locations that an event names, each once. */
export const locationsOf = (event: TaskportEvent): string[] => [...new Set(idsOf(event).map(locationOf))];
