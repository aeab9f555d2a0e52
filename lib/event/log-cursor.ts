import { decodeCursor, encodeCursor } from '../cursor.ts';
import { defined } from '../defined.ts';
import { invalidRequest } from '../errors.ts';
import { LOCATION_NAME } from '../location/location.ts';
import type { Place } from './event-log.ts';

/** The query to which all cursors of the log are bound. */
const CURSOR = ['events'];
/** A place in the one sequence from before shards: a position. */
const FORMER = /^\d{1,15}$/;
/** `2:<log>:<location>:<a position in each shard, in base 36>`. */
const SHARDED = /^2:([0-9a-f]+):([a-z0-9-]*):([0-9a-z]{1,10}(?:\.[0-9a-z]{1,10})*)$/;

const textOf = ({ log, location = '', positions }: Place): string =>
  log === undefined
    ? String(positions[0])
    : `2:${log}:${location}:${positions.map((position) => position.toString(36)).join('.')}`;

const isPlace = (text: string): boolean => {
  const [, , location] = SHARDED.exec(text) ?? [];
  return FORMER.test(text) || (location !== undefined && (location === '' || LOCATION_NAME.test(location)));
};

const toPlace = (text: string): Place => {
  const [, log, location, positions] = SHARDED.exec(text) ?? [];
  if (log === undefined || positions === undefined) return { positions: [Number(text)] };
  return defined({
    log,
    location: location || undefined,
    positions: positions.split('.').map((position) => Number.parseInt(position, 36)),
  });
};

/** The problem of an invalid place to continue from. */
export const wrongAfter = (message: string): Error =>
  invalidRequest({
    path: '?after',
    message: `${message}: take the \`after\` of a page of this log, \`latest\`, or leave it out for all that is kept`,
  });

/** A place as opaque text. */
export const encodePlace = (place: Place): string => encodeCursor(CURSOR, textOf(place));

/** The place of such a text. Throws `invalid-request` if the text is none. */
export const decodePlace = (text: string): Place =>
  toPlace(decodeCursor(CURSOR, text, isPlace, () => wrongAfter('is no place in a log of events')) as string);
