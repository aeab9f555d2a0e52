import { TaskportError } from './errors.ts';

/**
 * One state of a record. A record that is created again has the same name, and its revisions begin again, so the
 * life belongs to the version.
 */
export interface Version {
  /** Tells the record from earlier and later ones of its name. */
  readonly life: string;
  readonly revision: number;
}

/**
 * A state to which a change may be made. For an executor it may include the version of its composition; `null`
 * if it has none.
 */
export interface Expected extends Version {
  readonly composition?: Version | null;
}

type Maybe = Version | null | undefined;

/** Whether both are one version, or none. */
const isSame = (one: Maybe, other: Maybe): boolean =>
  one?.life === other?.life && one?.revision === other?.revision;

/** Whether a record, and its composition if it has one, is in one of the states. */
export const isExpected = (expected: readonly Expected[], present: Version, composition?: Maybe): boolean =>
  expected.some(
    (each) =>
      isSame(each, present) && (each.composition === undefined || isSame(each.composition, composition)),
  );

/** The problem of a record that is in none of the states to which a change may be made. */
export const revisionMismatch = (name: string, { revision }: Version): TaskportError =>
  new TaskportError(
    'revision-mismatch',
    `${name} was changed, or deleted and created anew, and is at revision ${revision} now: read it again, and send its new ETag`,
    { revision },
  );
