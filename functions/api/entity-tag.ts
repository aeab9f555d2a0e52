import { invalidRequest } from '../../lib/errors.ts';
import type { Expected, Version } from '../../lib/version.ts';
import type { ApiContext } from './request.ts';

const format = ({ life, revision }: Version): string => `${life}.${revision}`;

/**
 * The entity tag of a version (RFC 9110, section 8.8.3), with the version of the composition if the answer shows
 * that; `null` if the executor has none. Tags of earlier versions begin with a number, and a life is never a number.
 */
export const entityTag = (version: Version, composition?: Version | null): string => {
  const along = composition === undefined ? '' : `/${composition ? format(composition) : 0}`;
  return `"${format(version)}${along}"`;
};

const parseVersion = (text: string): Version | undefined => {
  const [, life, revision] = /^(.+)\.([1-9]\d{0,14})$/.exec(text) ?? [];
  return life === undefined ? undefined : { life, revision: Number(revision) };
};

/** The version of a tag; undefined if no answer can have had the tag. */
const parseTag = (tag: string): Expected | undefined => {
  const [of = '', along, ...more] = tag.slice(1, -1).split('/');
  const version = parseVersion(of);
  if (!version || more.length > 0) return undefined;
  if (along === undefined) return version;
  const composition = along === '0' ? null : parseVersion(along);
  return composition === undefined ? undefined : { ...version, composition };
};

/** The characters that may separate the tags of a list (RFC 9110, sections 5.6.1 and 8.8.3). */
const BETWEEN = /[ \t,]*/y;
const TAG = /(W\/)?("[\x21\x23-\x7e]*")[ \t]*(?=,|$)/y;

interface Tag {
  readonly isWeak: boolean;
  readonly tag: string;
}

/** The tags of a header; undefined if it is no list of them. */
const parseTags = (header: string): readonly Tag[] | undefined => {
  const tags: Tag[] = [];
  const endOf = (expression: RegExp, from: number): number => {
    expression.lastIndex = from;
    const [, weak, tag] = expression.exec(header) ?? [];
    if (tag !== undefined) tags.push({ isWeak: weak !== undefined, tag });
    return expression.lastIndex;
  };
  let at = endOf(BETWEEN, 0);
  while (at < header.length) {
    const end = endOf(TAG, at);
    if (end === 0) return undefined;
    at = endOf(BETWEEN, end);
  }
  return tags.length === 0 ? undefined : tags;
};

/**
 * The states that `If-Match` permits for a change; undefined if it permits any. It compares strongly: a weak tag
 * matches none, and neither does one that no answer has had.
 */
export const readIfMatch = (c: ApiContext): readonly Expected[] | undefined => {
  const header = c.req.header('if-match')?.trim();
  if (header === undefined || header === '*') return undefined;
  const tags = parseTags(header);
  if (!tags) {
    const message = 'must be `*`, or entity tags as they were answered, in quotes and separated by commas';
    throw invalidRequest({ path: 'If-Match', message });
  }
  return tags.flatMap(({ isWeak, tag }) => (isWeak ? [] : (parseTag(tag) ?? [])));
};

/** Whether `If-None-Match` names the tag. */
export const matchesNone = (c: ApiContext, tag: string): boolean => {
  const header = c.req.header('if-none-match')?.trim() ?? '';
  return header === '*' || parseTags(header)?.some((each) => each.tag === tag) === true;
};
