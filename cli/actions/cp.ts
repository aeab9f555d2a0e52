import { lstat, realpath } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { parseCopiedPlace } from '../copy/copied-place.ts';
import { type CopySource, copyIn } from '../copy/copy-in.ts';
import { copyOut } from '../copy/copy-out.ts';
import { noteNewerWrites } from '../run/newer-writes.ts';
import type { Action, Session } from '../session.ts';
import { UsageError } from '../usage-error.ts';

interface CopyOptions {
  readonly archive?: boolean;
  readonly followLink?: boolean;
}

/** A path of this machine as an archive. Throws `UsageError` if nothing is there. */
const packed = async (
  session: Session,
  path: string,
  { archive: isWhole = false, followLink = false }: CopyOptions,
): Promise<CopySource> => {
  const isFollowed = followLink || /\/\.?$/.test(path);
  const found = await (isFollowed ? realpath(path).then((real) => lstat(real)) : lstat(path)).catch(
    (error: Error) => {
      throw new UsageError(`${path} cannot be read: ${error.message}`);
    },
  );
  const at = isFollowed ? await realpath(path) : resolve(path);
  const { packDirectory } = await import('../push/packed-directory.ts');
  const tell = (line: string): void => session.warn(line);
  const kept = { root: true, asItIs: true };
  if (found.isDirectory() && (/(^|\/)\.$/.test(path) || at === '/'))
    return { archive: packDirectory(at, kept, tell), isWhole };
  const name = basename(at);
  const archive = packDirectory(dirname(at), kept, tell, name);
  return { archive, isWhole, only: { name, as: basename(resolve(path)) } };
};

export const copy: Action<CopyOptions> = async (session, [source = '', target = ''], options) => {
  const [from, onto] = [parseCopiedPlace(source), parseCopiedPlace(target)];
  if (from.kind === 'volume' && onto.kind !== 'volume') {
    const { archive: isWhole = false, followLink: isFollowed = false } = options;
    const path = onto.kind === 'local' ? onto.path : undefined;
    await noteNewerWrites(session, [from.id]);
    await copyOut(session, from.id, from.path, path, { isFollowed, isWhole });
  } else if (onto.kind === 'volume' && from.kind !== 'volume') {
    const given: CopySource =
      from.kind === 'local'
        ? await packed(session, from.path, options)
        : { archive: session.io.input(), isWhole: true };
    await copyIn(session, onto.id, onto.path, given);
  } else
    throw new UsageError(
      from.kind === 'volume'
        ? 'a copy from one volume to another needs two commands: `taskport cp <from> - | taskport cp - <to>`'
        : 'name a volume on one side: <location>/<volume>:/<path>',
    );
};
