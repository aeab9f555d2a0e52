import { TaskportError } from '../errors.ts';
import { listed } from '../kind/listed.ts';
import type { Location } from '../location/location.ts';
import { states } from './element.ts';
import type { ElementQuery } from './element-store.ts';
import { ELEMENT_NAME } from './id.ts';
import { MAX_INDEXED_VALUE_BYTES } from './metadata.ts';

type Terms = Pick<ElementQuery, 'equality' | 'namePrefix'>;

const PREFIX = 'name^=';

/**
 * Parses the terms of a filter: at most one equality (`ro.os=linux` of an indexed key, `parent=<id>`,
 * `state=ready`) and at most one `name^=<prefix>`. Throws `invalid-filterspec` with the list of indexed keys.
 */
export const parseFilter = (terms: readonly string[], location: Location): Terms => {
  const indexed = location.indexed ?? [];
  const refuse = (filter: string, detail: string): TaskportError =>
    new TaskportError('invalid-filterspec', detail, { filter, indexed });
  const parsed: { -readonly [K in keyof Terms]: Terms[K] } = {};
  for (const term of terms) {
    if (term.startsWith(PREFIX)) {
      if (parsed.namePrefix !== undefined)
        throw refuse(term, 'a filter takes one `name^=`: leave the others out');
      const prefix = term.slice(PREFIX.length);
      if (!ELEMENT_NAME.test(prefix))
        throw refuse(
          term,
          'no element can have a name that begins so: use letters, digits and `._:@+-`, the first a letter or digit',
        );
      parsed.namePrefix = prefix;
      continue;
    }
    if (parsed.equality !== undefined)
      throw refuse(term, 'a filter takes one `<key>=<value>`: leave the others out');
    const at = term.indexOf('=');
    if (at < 1) throw refuse(term, 'this is no term of a filter: write `<key>=<value>` or `name^=<prefix>`');
    parsed.equality = equality(term.slice(0, at), term.slice(at + 1), location, (detail) =>
      refuse(term, detail),
    );
  }
  return parsed;
};

const equality = (
  key: string,
  value: string,
  location: Location,
  refuse: (detail: string) => TaskportError,
): NonNullable<ElementQuery['equality']> => {
  if (value.includes('\0') || !value.isWellFormed())
    throw refuse('the value is not text: use well-formed Unicode without NUL');
  if (key === 'parent') {
    if (value.length === 0 || Buffer.byteLength(value) > MAX_INDEXED_VALUE_BYTES)
      throw refuse('the value is no ID: write `<kind>://<location>/<name>`');
    return { type: 'parent', id: value };
  }
  if (key === 'state') {
    const state = states.find((known) => known === value);
    if (!state) throw refuse(`the value is no state: use ${listed(states, 'or')}`);
    return { type: 'state', state };
  }
  if (!location.indexed?.includes(key))
    throw refuse(
      `${location.name} does not index ${key}: use ${listed(['parent', 'state', ...(location.indexed ?? [])], 'or')}, or create a location that has it in \`indexed\``,
    );
  if (Buffer.byteLength(value) > MAX_INDEXED_VALUE_BYTES) {
    throw refuse(
      `the value has more than ${MAX_INDEXED_VALUE_BYTES} bytes, which no indexed value has: shorten it`,
    );
  }
  return { type: 'indexed', key, value };
};
