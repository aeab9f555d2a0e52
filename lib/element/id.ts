import { invalidRequest } from '../errors.ts';
import { type Kind, kinds } from '../kind/index.ts';
import { listed } from '../kind/listed.ts';
import { LOCATION_NAME } from '../location/location.ts';

/** The name of an element within its location. */
export const ELEMENT_NAME = /^[A-Za-z0-9][A-Za-z0-9._:@+-]{0,254}$/;

/** The parent of an image that has none: the empty root. */
export const SCRATCH = 'scratch:';

/** The parts of an ID: `<kind>://<location>/<name>`. */
export interface ElementId {
  readonly kind: Kind;
  readonly location: string;
  readonly name: string;
  /** For an inline task, which is no element: its executor, whose location it has. */
  readonly executor?: string;
}

const ID = /^([a-z]+):\/\/([^/]*)\/(.*)$/s;

const isKind = (text: string): text is Kind => (kinds as readonly string[]).includes(text);

export const formatId = ({ kind, location, name, executor }: ElementId): string =>
  executor === undefined
    ? `${kind}://${location}/${name}`
    : `executor://${location}/${executor}/tasks/${name}`;

/** Checks the three parts of an ID; `invalid-request` names `path` and what is wrong there. */
export const checkId = (kind: string, location: string, name: string, path: string): ElementId => {
  if (!isKind(kind))
    throw invalidRequest({ path, message: `must begin with a kind: ${listed(kinds, 'or')}` });
  if (!LOCATION_NAME.test(location)) {
    throw invalidRequest({
      path,
      message: 'must name a location of 1 to 63 lower-case letters, digits and inner hyphens',
    });
  }
  if (!ELEMENT_NAME.test(name)) {
    throw invalidRequest({
      path,
      message: 'must have a name of 1 to 255 letters, digits and `._:@+-`, the first a letter or digit',
    });
  }
  return { kind, location, name };
};

/** Parses `<kind>://<location>/<name>`. */
export const parseId = (text: string, path: string): ElementId => {
  const [, kind, location, name] = ID.exec(text) ?? [];
  if (kind === undefined || location === undefined || name === undefined) {
    throw invalidRequest({ path, message: 'must be `<kind>://<location>/<name>`' });
  }
  return checkId(kind, location, name, path);
};

/** Whether the text is an ID. */
export const isId = (text: string): boolean => {
  const [, kind = '', location = '', name = ''] = ID.exec(text) ?? [];
  return isKind(kind) && LOCATION_NAME.test(location) && ELEMENT_NAME.test(name);
};
