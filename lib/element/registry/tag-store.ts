import type { Caller } from '../../principal.ts';
import type { ElementRecord } from '../element.ts';
import type { Page } from '../element-store.ts';
import type { Tag, TagRecord } from './tag.ts';

/** What a tag is made of: what it is already, the image as it is at that moment, and the ID of a reference to that. */
export type DeriveTag = (
  former: TagRecord | undefined,
  image: ElementRecord | undefined,
  reference: string,
) => TagRecord | undefined;

export interface TagPage {
  readonly limit: number;
  /** What the page begins after. */
  readonly after?: string;
}

/**
 * Keeps tags: names of images that can be moved. What a tag names is there, since a delete of it takes the tag along; and no
 * element has the ID of a tag. Every method may throw `unavailable`.
 */
export interface TagStore {
  /** The tag of this ID, `image://<location>/<repository>:<tag>`; read with strong consistency. */
  get(id: string): Promise<TagRecord | undefined>;
  /**
   * Has the tag of an ID name an image. `derive` is given both as they are at one moment, and may refuse, or answer undefined where
   * nothing is to be changed. Throws `revision-mismatch`, and `name-collision` where an element has the ID.
   */
  set(id: string, imageId: string, derive: DeriveTag): Promise<void>;
  /** Takes a tag away that is as it was read. Throws `revision-mismatch`. */
  remove(tag: TagRecord, caller: Caller): Promise<void>;
  /** A page of the tags of a repository, by name, or of all of a location's, by repository and name. Lags writes by moments. */
  list(location: string, repository: string | undefined, page: TagPage): Promise<Page<Tag>>;
  /** A page of the repositories of a location that have tags, by name. Lags writes by moments. */
  repositories(location: string, page: TagPage): Promise<Page<string>>;
}
