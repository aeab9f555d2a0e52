import { constants, type FileHandle, open, readdir, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { LaunchError } from '../../lib/execution/engine.ts';
import { MAX_SECRET, type SecretOf } from '../../lib/execution/secret-provider.ts';

const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The file of a reference. Two references never share a file, so that a permission for one does not cover another. */
const fileOf = async (directory: string, reference: string): Promise<string> => {
  const parts = reference.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..')) {
    throw new LaunchError(
      `${reference} names no file of this runner's directory of secrets: a name there does not begin with \`/\`, and has no part that is empty, \`.\` or \`..\``,
    );
  }
  const missing = new LaunchError(
    `${reference} is not among the secrets of this runner: the owner of the machine puts it into the file ${reference} of the directory of \`--secrets\``,
  );
  let at = directory;
  for (const part of parts) {
    // A file system may ignore case in names.
    const names = await readdir(at).catch((): string[] => []);
    if (!names.includes(part)) throw missing;
    at = join(at, part);
  }
  const found = await realpath(at).catch(() => undefined);
  if (found?.startsWith(`${directory}${sep}`)) return found;
  throw new LaunchError(`${reference} is a link that leads out of the directory of \`--secrets\``);
};

const valueIn = async (file: FileHandle, reference: string): Promise<string> => {
  const stats = await file.stat();
  if (!stats.isFile()) throw new LaunchError(`${reference} is no file in the directory of \`--secrets\``);
  if (stats.size > MAX_SECRET)
    throw new LaunchError(`${reference} has more than ${MAX_SECRET} bytes, which is too much for a secret`);
  const bytes = await file.readFile();
  try {
    return text.decode(bytes);
  } catch {
    throw new LaunchError(`${reference} is not text in UTF-8, as the value of a secret has to be`);
  }
};

/**
 * Secrets in files of a directory, each named like its reference. The value is the whole file, including its last line break. Links may
 * lead to other files of the directory, as in a volume of Kubernetes.
 */
export const secretDirectory = async (path: string): Promise<SecretOf> => {
  const directory = await realpath(path);
  await readdir(directory);
  return async (reference) => {
    const found = await fileOf(directory, reference);
    // Opening neither waits for a pipe, nor follows a path that has become a link.
    const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;
    const file = await open(found, flags).catch((error: NodeJS.ErrnoException) => {
      throw new LaunchError(`${reference} cannot be read by this runner: ${error.code}`);
    });
    try {
      return await valueIn(file, reference);
    } finally {
      await file.close();
    }
  };
};
