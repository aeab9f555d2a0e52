import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ArchiveBeginning, type Member } from './archive-beginning.ts';
import { plainName } from './image-files.ts';
import { savedImages } from './saved-image.ts';

/** The formats in which other tools keep images. */
export interface PackagedImage {
  /** The format in words: `an OCI image layout`. */
  readonly is: string;
  readonly as: 'layout' | 'saved' | 'transport' | 'bundle';
}

/** The number of entries to look at. */
const MAX_MEMBERS = 1_000;
/** No tool writes a longer document. */
const MAX_DOCUMENT = 2 ** 20;

const HEX = '[0-9a-f]{64}';
/** Names in archives of images that a root filesystem does not have. */
const NAMES = new RegExp(
  `^(blobs(/sha(256|512)(/[0-9a-f]{64,128})?)?|oci-layout|index\\.json|manifest\\.json|repositories|version|signature-\\d+|config\\.json|${HEX}(/(VERSION|json|layer\\.tar))?|(sha256:)?[0-9a-f]{12,64}(\\.json|\\.tar(\\.gz|\\.zst)?)?|${HEX}\\.manifest\\.json|[\\w.-]+\\.tar(\\.gz|\\.zst)?)$`,
);
const OCI_BLOB = new RegExp(`^blobs/sha256/${HEX}$`);
const DOCKER_LAYER = new RegExp(
  `^(${HEX}/(VERSION|json|layer\\.tar)|${HEX}\\.(json|tar(\\.gz)?)|sha256:${HEX})$`,
);
const DOCUMENTS = ['manifest.json', 'oci-layout', 'version'];

type Documents = ReadonlyMap<string, string>;

const parse = (text: string | undefined): unknown => {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
};

const isLayout = (documents: Documents): boolean => {
  const found = parse(documents.get('oci-layout')) as { imageLayoutVersion?: unknown } | null | undefined;
  return typeof found?.imageLayoutVersion === 'string';
};

const isTransport = (documents: Documents): boolean =>
  documents.get('version')?.startsWith('Directory Transport Version:') === true;

const LAYOUT: PackagedImage = { is: 'an OCI image layout', as: 'layout' };
const SAVED: PackagedImage = { is: 'what `docker save` writes', as: 'saved' };
const TRANSPORT: PackagedImage = { is: 'an image as `skopeo copy … dir:` writes it', as: 'transport' };
const BUNDLE: PackagedImage = { is: 'a bundle of the OCI runtime', as: 'bundle' };

/** The format of the image in an archive, by the names of its entries and its documents. */
const judge = (names: readonly string[], documents: Documents, isCut: boolean): PackagedImage | undefined => {
  // A newer Docker writes both formats; an archive with a manifest keeps it.
  if (isLayout(documents)) return LAYOUT;
  if (savedImages(documents.get('manifest.json') ?? '')) return SAVED;
  if (isTransport(documents)) return TRANSPORT;
  if (!isCut) return undefined;
  // Documents come last; the entries before them have distinctive names.
  if (names.some((name) => OCI_BLOB.test(name))) return LAYOUT;
  return names.some((name) => DOCKER_LAYER.test(name)) ? SAVED : undefined;
};

const readDocument = (archive: ArchiveBeginning, { at, size }: Member): Promise<string> =>
  archive.read(at, size).then((bytes) => bytes.toString('utf8'));

const recogniseArchive = async (path: string): Promise<PackagedImage | undefined> => {
  const archive = await ArchiveBeginning.open(path);
  try {
    const names: string[] = [];
    const documents = new Map<string, string>();
    for await (const member of archive.members(MAX_MEMBERS)) {
      const name = plainName(member.name);
      if (name === '' || name === '.') continue;
      if (!NAMES.test(name)) return undefined;
      names.push(name);
      if (DOCUMENTS.includes(name) && member.type === 'file' && member.size <= MAX_DOCUMENT) {
        documents.set(name, await readDocument(archive, member));
      }
    }
    return judge(names, documents, archive.isCut);
  } catch {
    // An archive that cannot be read is no image; the service reports what is wrong with it.
    return undefined;
  } finally {
    await archive.close();
  }
};

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

const recogniseDirectory = async (path: string): Promise<PackagedImage | undefined> => {
  if (await isThere(join(path, 'oci-layout'))) return LAYOUT;
  const documents = new Map<string, string>();
  for (const name of [...DOCUMENTS, 'config.json']) {
    const found = await stat(join(path, name)).catch(() => undefined);
    if (found?.isFile() && found.size <= MAX_DOCUMENT) {
      documents.set(name, await readFile(join(path, name), 'utf8'));
    }
  }
  if (isTransport(documents) && documents.has('manifest.json')) return TRANSPORT;
  const [saved] = savedImages(documents.get('manifest.json') ?? '') ?? [];
  if (saved && (await isThere(join(path, saved.Config)))) return SAVED;
  const bundle = parse(documents.get('config.json')) as { ociVersion?: unknown } | null | undefined;
  return typeof bundle?.ociVersion === 'string' && (await isThere(join(path, 'rootfs'))) ? BUNDLE : undefined;
};

/**
 * The format of a file or directory that is an image of another tool rather than a root filesystem. Of a file it reads only headers and
 * documents; of a compressed one, only the beginning.
 */
export const recogniseImage = (path: string, isDirectory: boolean): Promise<PackagedImage | undefined> =>
  isDirectory ? recogniseDirectory(path) : recogniseArchive(path);
