/** A repository: the images of a location whose names are equal before their tags and digests. */
export interface Repository {
  readonly location: string;
  readonly name: string;
}

/**
 * The name of a repository within its location, with a single component (OCI distribution specification). The
 * location is the component before it.
 */
export const REPOSITORY = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*$/;

/** A tag within it. */
export const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
/** The default tag. */
export const LATEST = 'latest';

/** `sha256:` and hexadecimal digits in lower case, by which all content is addressed. */
export const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** The repository of an image element with this ID; undefined if its name is of no repository. */
export const repositoryOf = (id: {
  readonly location: string;
  readonly name: string;
}): Repository | undefined => {
  const name = id.name.replace(/[:@].*$/s, '');
  return REPOSITORY.test(name) ? { location: id.location, name } : undefined;
};
