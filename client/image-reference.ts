import { DIGEST, LATEST, REPOSITORY, TAG } from '../lib/element/registry/repository.ts';
import { InputError } from '../lib/input-error.ts';

/** A reference to an image: `image://<location>/<repository>`, with a tag or the digest of its manifest. */
export interface ImageReference {
  readonly location: string;
  readonly repository: string;
  /** `latest` if the reference has neither a tag nor a digest. */
  readonly tag?: string;
  readonly digest?: string;
}

const ID = /^image:\/\/([^/]+)\/([^/:@]+)(?::([^@]*))?(?:@(.*))?$/;

/** Parses `image://<location>/<repository>[:<tag>][@<digest>]`. Throws `InputError` for an invalid reference. */
export const parseReference = (id: string): ImageReference => {
  const [, location, repository = '', tag, digest] = ID.exec(id) ?? [];
  if (location === undefined)
    throw new InputError(`${id} names no image: write <location>/<name>, with :<tag> or @<digest> behind it`);
  if (!REPOSITORY.test(repository))
    throw new InputError(
      `no image can be called ${repository}: a name has lower-case letters and digits, and between them single dots, one or two underscores, or hyphens`,
    );
  if (tag !== undefined && !TAG.test(tag))
    throw new InputError(
      `no tag can be ${JSON.stringify(tag)}: a tag has up to 128 letters, digits, underscores, dots and hyphens, and does not begin with a dot or a hyphen`,
    );
  if (digest !== undefined && !DIGEST.test(digest))
    throw new InputError(`${digest} is no digest: write sha256: and 64 hexadecimal digits in lower case`);
  if (digest !== undefined)
    return tag === undefined ? { location, repository, digest } : { location, repository, tag, digest };
  return { location, repository, tag: tag ?? LATEST };
};

/** The repository of an element: `<location>/<name>`, without tag and digest. */
export const repositoryOf = (id: string): string => id.replace(/^image:\/\//, '').replace(/[:@].*$/, '');
