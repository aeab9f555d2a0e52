import type { Tag } from '../lib/element/registry/tag.ts';
import { tagPath } from './element-path.ts';
import type { CallOptions, ChangeOptions, Http, Tagged } from './http.ts';
import { Pages } from './pages.ts';

/** Names of images, which can be moved from one image to another; the ID of a tag is `image://<location>/<repository>:<name>`. */
export class Tags {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /** Sets a tag to an image of its location, and moves it from another; with `isNew`, only if the tag does not exist. */
  set(
    tag: string,
    imageId: string,
    { isNew = false, ...options }: ChangeOptions & { readonly isNew?: boolean } = {},
  ): Promise<Tagged<Tag>> {
    const body = { id: imageId };
    return this.#http.tagged({ method: 'PUT', path: tagPath(tag), body, isNew, ...options });
  }

  read(tag: string, options: CallOptions = {}): Promise<Tagged<Tag>> {
    return this.#http.tagged({ method: 'GET', path: tagPath(tag), ...options });
  }

  /** Removes a tag; its image stays. */
  delete(tag: string, options: ChangeOptions = {}): Promise<void> {
    return this.#http.delete({ path: tagPath(tag), ...options });
  }

  /** The tags of a location, or of one repository there, by repository and name. */
  list(
    location: string,
    options: CallOptions & { readonly repository?: string; readonly limit?: number } = {},
  ): Pages<Tag> {
    const { repository, limit, ...rest } = options;
    const path = ['/tags', location, ...(repository === undefined ? [] : [repository])]
      .map((part, at) => (at === 0 ? part : encodeURIComponent(part)))
      .join('/');
    return new Pages((cursor) => this.#http.json({ method: 'GET', path, query: { limit, cursor }, ...rest }));
  }
}
