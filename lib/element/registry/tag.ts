import type { Shown } from '../../shown.ts';
import type { Version } from '../../version.ts';
import { type ElementId, formatId } from '../id.ts';
import { LATEST, REPOSITORY, TAG } from './repository.ts';
import type { tag } from './tag-schema.ts';

/** A tag as the API shows it. */
export type Tag = Shown<typeof tag>;

/** A tag as it is kept. */
export interface TagRecord {
  readonly attributes: Tag;
  /** Tells this tag from an earlier one of its name. */
  readonly life: string;
  /** The ID of its reference to what it names; part of the key of that edge. */
  readonly reference: string;
}

/** The name of a tag, taken apart: `<repository>:<tag>` of a location. */
export interface TagName {
  readonly location: string;
  readonly repository: string;
  readonly name: string;
}

/** The ID of a tag; no element has it as long as the tag is there. */
export const formatTag = ({ location, repository, name }: TagName): string =>
  formatId({ kind: 'image', location, name: `${repository}:${name}` });

/** The tag that has this ID where no element has it; undefined where none can. */
export const tagNamed = ({ kind, location, name: of }: ElementId): TagName | undefined => {
  const [repository = '', name = ''] = of.split(':', 2);
  const isTag = kind === 'image' && of === `${repository}:${name}` && REPOSITORY.test(repository);
  return isTag && TAG.test(name) ? { location, repository, name } : undefined;
};

/** The tag that is meant by an ID which no element has: `app:1.2` itself, `app:latest` by `app`; undefined where none can be. */
export const tagMeant = (id: ElementId): TagName | undefined =>
  tagNamed(id) ?? (id.name.includes(':') ? undefined : tagNamed({ ...id, name: `${id.name}:${LATEST}` }));

/** Which state of which tag it is. */
export const versionOf = ({ life, attributes: { revision } }: TagRecord): Version => ({ life, revision });
