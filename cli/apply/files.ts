import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { REGISTRY_IMAGE } from '../../lib/composition/plan/registry-image.ts';
import type { Session } from '../session.ts';
import { UsageError } from '../usage-error.ts';
import { type Declared, declare } from './declared.ts';
import { API_VERSION } from './document-schema.ts';
import { MeantNames } from './meant-names.ts';
import { MAX_FILE_BYTES, readDocuments, type YamlDocument } from './yaml-documents.ts';

const DOCUMENTS = /\.(ya?ml|json)$/;

const unreadable =
  (path: string) =>
  (error: Error): never => {
    throw new UsageError(`${path} cannot be read: ${error.message}`);
  };

/** The files of a path: the file itself, or the documents in a directory, sorted by name. */
const filesOf = async (path: string): Promise<string[]> => {
  if (path === '-' || !(await stat(path).catch(unreadable(path))).isDirectory()) return [path];
  const names = (await readdir(path)).filter((name) => DOCUMENTS.test(name)).sort();
  if (names.length === 0) throw new UsageError(`${path} has no file that ends in .yaml, .yml or .json`);
  return names.map((name) => join(path, name));
};

/** The text, up to the allowed size. */
const textOf = async (bytes: AsyncIterable<Uint8Array>, called: string): Promise<string> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of bytes) {
    size += chunk.length;
    if (size > MAX_FILE_BYTES)
      throw new UsageError(
        `${called}: has more than 1 MiB: part it into several files, and name data by its path instead of writing it out`,
      );
    chunks.push(chunk);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw new UsageError(`${called}: is not UTF-8`);
  }
};

/** The declarations in files, directories of files, and standard input (`-`). Throws `UsageError`. */
export const readDeclared = async (session: Session, paths: readonly string[]): Promise<Declared[]> => {
  const { io } = session;
  const found: { readonly document: YamlDocument; readonly directory: string }[] = [];
  for (const path of (await Promise.all(paths.map(filesOf))).flat()) {
    const [called, bytes] = path === '-' ? ['standard input', io.input()] : [path, createReadStream(path)];
    const text = await textOf(bytes, called).catch((error: Error) =>
      error instanceof UsageError ? Promise.reject(error) : unreadable(path)(error),
    );
    const directory = path === '-' ? '.' : dirname(path);
    found.push(...readDocuments(text, called).map((document) => ({ document, directory })));
  }
  const names = new MeantNames(
    session,
    found.map(({ document }) => document),
  );
  const declared: Declared[] = [];
  const wrong: string[] = [];
  for (const { document, directory } of found) {
    try {
      declared.push(await declare(document, directory, names));
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      wrong.push(error.message);
    }
  }
  for (const [id, reference] of names.registryImages) {
    if (names.declares(id)) continue;
    const ofIt = declared.find(({ needs }) => needs.includes(id));
    const metadata = { ro: { [REGISTRY_IMAGE]: reference } };
    const value = { apiVersion: API_VERSION, kind: 'Image', id, metadata };
    declared.push(await declare({ value, at: () => ofIt?.at('members') ?? '' }, '.', names));
  }
  if (wrong.length > 0) throw new UsageError(wrong.join('\n'));
  if (declared.length === 0) throw new UsageError(`${paths.join(', ')}: there is no document`);
  return declared;
};
