import { TaskportError } from '../../errors.ts';

const MAX_SHOWN = 4096;
const MAX_TOLD = 200;

/** A name of an archive, with a character for each byte, in a form to show. */
export const shown = (name: string): string => Buffer.from(name.slice(0, MAX_SHOWN), 'latin1').toString();

/** The name in a form for sentences. */
export const told = (name: string): string => {
  const whole = shown(name);
  return JSON.stringify(whole.length > MAX_TOLD ? `${whole.slice(0, MAX_TOLD)}…` : whole);
};

/** A `data-error` [entry] of an entry that cannot or must not be unpacked: its problem and the way out. */
export const refuse = (name: string, reason: string, wayOut: string): TaskportError =>
  new TaskportError('data-error', `the archive's entry ${told(name)} ${reason}: ${wayOut}`, {
    entry: shown(name),
  });

const MAKE_ANEW = 'make the archive anew, by a tar that is up to date';

/** Does the work for an entry; an error of it becomes a refusal of the entry. */
export const ofEntry = async <T>(name: () => string, work: () => T | Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TaskportError) throw error;
    throw refuse(name(), `cannot be unpacked, because ${(error as Error).message}`, MAKE_ANEW);
  }
};
