import type { Shown } from '../../shown.ts';
import type { Version } from '../../version.ts';
import { type ElementId, formatId } from '../id.ts';
import { LATEST, REPOSITORY, TAG } from './repository.ts';
import type { tag } from './tag-schema.ts';

/** A tag as the API shows it. */
export type Tag = Shown<typeof tag>;

/** A tag as it is stored. */
export interface TagRecord {
  readonly attributes: Tag;
  /** Tells this tag from earlier ones of its name. */
  readonly life: string;
  /** The ID of its reference to the image; part of the key of that edge. */
  readonly reference: string;
}

/** The parts of a tag's name: `<repository>:<tag>` in a location. */
export interface TagName {
  readonly location: string;
  readonly repository: string;
  readonly name: string;
}

/** The ID of a tag; no element has it while the tag exists. */
export const formatTag = ({ location, repository, name }: TagName): string =>
  formatId({ kind: 'image', location, name: `${repository}:${name}` });

/** The tag with this ID; undefined if it is no valid ID of a tag. */
export const tagNamed = ({ kind, location, name: of }: ElementId): TagName | undefined => {
  const [repository = '', name = ''] = of.split(':', 2);
  const isTag = kind === 'image' && of === `${repository}:${name}` && REPOSITORY.test(repository);
  return isTag && TAG.test(name) ? { location, repository, name } : undefined;
};

/**
 * The tag that an ID means if no element has it: `app:1.2` itself, `app:latest` for `app`; undefined if there
 * can be none.
 */
export const tagMeant = (id: ElementId): TagName | undefined =>
  tagNamed(id) ?? (id.name.includes(':') ? undefined : tagNamed({ ...id, name: `${id.name}:${LATEST}` }));

/** Identifies one state of one tag. */
export const versionOf = ({ life, attributes: { revision } }: TagRecord): Version => ({ life, revision });
