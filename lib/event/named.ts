import { homeOf } from '../element/member-id.ts';
import type { TaskportEvent } from './catalogue.ts';

/** What an event is of, and the other that it names: the executor that something was composed on, the child, or the tag. */
const idsOf = ({ detail }: TaskportEvent): string[] => [
  detail.id,
  ...('composition' in detail ? [detail.composition.executorId] : []),
  ...('child' in detail ? [detail.child.id] : []),
  ...('tag' in detail ? [detail.tag.id] : []),
];

/**
 * Whose revision an event tells: the executor's where it is of a composition, the child's where a parent got one, the tag's of a tag. What has the same
 * is in order.
 */
export const ordererOf = (event: TaskportEvent): string => idsOf(event).at(-1) as string;

/** The location of an ID; a location is its own. */
const locationOf = (id: string): string => (id.includes('://') ? homeOf(id).location : id);

/** The locations that an event names, each once. */
export const locationsOf = (event: TaskportEvent): string[] => [...new Set(idsOf(event).map(locationOf))];
