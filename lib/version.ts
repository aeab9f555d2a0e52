import { TaskportError } from './errors.ts';

/** One state of a record. Names are used again, and revisions begin anew with each life of a name: both together tell it. */
export interface Version {
  /** Tells the record from earlier and later ones of its name. */
  readonly life: string;
  readonly revision: number;
}

/** A state that a change may be made to. Of an executor it may say how its composition is, too; `null` where it has none. */
export interface Expected extends Version {
  readonly composition?: Version | null;
}

type Maybe = Version | null | undefined;

/** Whether both are one version, or none. */
const isSame = (one: Maybe, other: Maybe): boolean =>
  one?.life === other?.life && one?.revision === other?.revision;

/** Whether a record, and its composition where it has one, is in one of the states. */
export const isExpected = (expected: readonly Expected[], present: Version, composition?: Maybe): boolean =>
  expected.some(
    (each) =>
      isSame(each, present) && (each.composition === undefined || isSame(each.composition, composition)),
  );

/** A record is in none of the states that a change may be made to. */
export const revisionMismatch = (name: string, { revision }: Version): TaskportError =>
  new TaskportError(
    'revision-mismatch',
    `${name} was changed, or deleted and created anew, and is at revision ${revision} now: read it again, and send its new ETag`,
    { revision },
  );
