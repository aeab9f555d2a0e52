import type { Page } from '../../page.ts';
import type { Caller } from '../../principal.ts';
import type { ElementRecord } from '../element.ts';
import type { Tag, TagRecord } from './tag.ts';

/**
 * Makes a tag from its present state, the image as it is at that moment, and the ID of the reference to the
 * image.
 */
export type DeriveTag = (
  former: TagRecord | undefined,
  image: ElementRecord | undefined,
  reference: string,
) => TagRecord | undefined;

export interface TagPage {
  readonly limit: number;
  /** The place after which the page begins. */
  readonly after?: string;
}

/**
 * Keeps tags: names of images that users can move. The image of a tag always exists, since its delete removes
 * the tag. No element has the ID of a tag. Every method may throw `unavailable`.
 */
export interface TagStore {
  /** The tag of this ID, `image://<location>/<repository>:<tag>`; read with strong consistency. */
  get(id: string): Promise<TagRecord | undefined>;
  /**
   * Makes the tag of an ID name an image. `derive` gets both as they are at one moment. It may refuse, or answer
   * undefined if nothing is to change. Throws `revision-mismatch`, and `name-collision` if an element has the
   * ID.
   */
  set(id: string, imageId: string, derive: DeriveTag): Promise<void>;
  /** Removes a tag that is still as it was read. Throws `revision-mismatch`. */
  remove(tag: TagRecord, caller: Caller): Promise<void>;
  /**
   * A page of the tags of a repository, by name; or of all tags of a location, by repository and name. Lags
   * writes by moments.
   */
  list(location: string, repository: string | undefined, page: TagPage): Promise<Page<Tag>>;
  /** A page of the repositories of a location that have tags, by name. Lags writes by moments. */
  repositories(location: string, page: TagPage): Promise<Page<string>>;
}
