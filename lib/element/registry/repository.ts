/** A repository: the images of a location that have one name before their tags and digests. */
export interface Repository {
  readonly location: string;
  readonly name: string;
}

/** The name of a repository (OCI distribution specification), of one component: the location is the one before it. */
export const REPOSITORY = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*$/;

/** A tag within it. */
export const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
/** The tag that is meant where none is said. */
export const LATEST = 'latest';

/** `sha256:` and hexadecimal digits in lower case, by which all content is addressed. */
export const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** The repository that an image element of this ID is in; undefined where its name is of none. */
export const repositoryOf = (id: {
  readonly location: string;
  readonly name: string;
}): Repository | undefined => {
  const name = id.name.replace(/[:@].*$/s, '');
  return REPOSITORY.test(name) ? { location: id.location, name } : undefined;
};
