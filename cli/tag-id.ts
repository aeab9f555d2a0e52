import { meantId } from './meant-id.ts';
import { UsageError } from './usage-error.ts';

/** The ID of a tag in a text; the name is `latest` by default. Throws `UsageError`. */
export const tagIdOf = (text: string): string => {
  const id = meantId('image', text);
  const [, name = ''] = /\/([^/]*)$/.exec(id) ?? [];
  const whole = name.includes(':') ? id : `${id}:latest`;
  if (!/^[^:@]+:[^:@]+$/.test(whole.slice(id.length - name.length)))
    throw new UsageError(`${text} is no tag: write <location>/<repository>:<tag>`);
  return whole;
};

/** The location whose tags are listed, or the repository there. Throws `UsageError`. */
export const parseTagList = (text: string): { location: string; repository?: string } => {
  const [location = '', repository, ...more] = text.replace(/^image:\/\//, '').split('/');
  if (location === '' || repository === '' || repository?.includes(':') || more.length > 0)
    throw new UsageError(`${text} has no tags to list: write <location>, or <location>/<repository>`);
  return repository === undefined ? { location } : { location, repository };
};
