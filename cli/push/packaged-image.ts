import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ArchiveBeginning, type Member } from './archive-beginning.ts';

/** What other tools keep images in. */
export interface PackagedImage {
  /** What it is, in words: `an OCI archive`. */
  readonly is: string;
  /** Commands that make something of it that `image push` takes, and the path of that. */
  readonly commands: readonly string[];
  readonly pushed: string;
}

/** The number of entries that are looked at. */
const MAX_MEMBERS = 1_000;
/** A document of more bytes is none of theirs. */
const MAX_DOCUMENT = 2 ** 20;

const HEX = '[0-9a-f]{64}';
/** Names that archives of images have in them, and a root filesystem has not. */
const NAMES = new RegExp(
  `^(blobs(/sha(256|512)(/[0-9a-f]{64,128})?)?|oci-layout|index\\.json|manifest\\.json|repositories|version|signature-\\d+|config\\.json|${HEX}(/(VERSION|json|layer\\.tar))?|(sha256:)?[0-9a-f]{12,64}(\\.json|\\.tar(\\.gz|\\.zst)?)?|[\\w.-]+\\.tar(\\.gz|\\.zst)?)$`,
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

interface SavedImage {
  readonly Config: string;
  readonly RepoTags?: readonly string[] | null;
  readonly Layers: readonly string[];
}

/** The images of a manifest.json as `docker save` writes it. */
const savedImages = (documents: Documents): readonly SavedImage[] | undefined => {
  const found = parse(documents.get('manifest.json'));
  const isSaved = (image: Partial<SavedImage> | null) =>
    typeof image?.Config === 'string' && Array.isArray(image.Layers);
  return Array.isArray(found) && found.length > 0 && found.every(isSaved) ? found : undefined;
};

const isLayout = (documents: Documents): boolean => {
  const found = parse(documents.get('oci-layout')) as { imageLayoutVersion?: unknown } | null | undefined;
  return typeof found?.imageLayoutVersion === 'string';
};

const isTransport = (documents: Documents): boolean =>
  documents.get('version')?.startsWith('Directory Transport Version:') === true;

/** For a shell. */
const quoted = (path: string): string =>
  /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;

/** A name for what is made of it, which any tool takes. */
const plainName = (path: string): string =>
  basename(path)
    .replace(/\.(tar|tgz|tar\.gz|tar\.zst)$/, '')
    .replace(/[^\w.-]/g, '-')
    .replace(/^[-.]+/, '') || 'image';

/** How a command makes something of another name first. */
type Prepare = (onto: string) => string;

const unpackedInto = (path: string, onto: string): string =>
  `mkdir ${onto} && tar -xf ${quoted(path)} -C ${onto}`;

const ofLayout = (path: string): PackagedImage => {
  const pushed = `${plainName(path)}-oci`;
  return { is: 'an OCI image layout in an archive', commands: [unpackedInto(path, pushed)], pushed };
};

/** By skopeo, which takes no colon in a path; where something is prepared, that is its source. */
const bySkopeo = (
  is: string,
  transport: string,
  path: string,
  reference = '',
  prepare?: Prepare,
): PackagedImage => {
  const name = plainName(path);
  const isPlain = prepare === undefined && /^[\w./-]+$/.test(path);
  const source = isPlain ? path : `${name}-image`;
  const preparing = isPlain ? [] : [prepare?.(source) ?? `ln -s ${quoted(path)} ${source}`];
  const pushed = `${name}-oci`;
  const copy = `skopeo copy ${transport}:${source}${reference} oci:${pushed}`;
  return { is, commands: [...preparing, copy], pushed };
};

/** Of several images the first is taken, by its name or its place. */
const ofSaved = (path: string, images: readonly SavedImage[], prepare?: Prepare): PackagedImage => {
  const [only, ...others] = images;
  const reference = others.length > 0 ? `:${only?.RepoTags?.[0] ?? '@0'}` : '';
  const is = `what \`docker save\` writes (${others.length > 0 ? `${images.length} images` : 'an image'})`;
  return bySkopeo(is, 'docker-archive', path, reference, prepare);
};

const TRANSPORT = 'an image as `skopeo copy … dir:` writes it';

/** The archives that hold an image, by what their entries are called and by the documents among them. */
const judge = (
  path: string,
  names: readonly string[],
  documents: Documents,
  { isCut, unpacker }: Pick<ArchiveBeginning, 'isCut' | 'unpacker'>,
): PackagedImage | undefined => {
  // Not every skopeo takes what is compressed.
  const unpack: Prepare | undefined = unpacker && ((onto) => `${unpacker} -dc ${quoted(path)} > ${onto}`);
  if (isLayout(documents)) return ofLayout(path);
  const saved = savedImages(documents);
  if (saved) return ofSaved(path, saved, unpack);
  if (isTransport(documents)) return bySkopeo(TRANSPORT, 'dir', path, '', (onto) => unpackedInto(path, onto));
  if (!isCut) return undefined;
  // The documents come last; what comes first has names that nothing else has.
  if (names.some((name) => OCI_BLOB.test(name))) return ofLayout(path);
  return names.some((name) => DOCKER_LAYER.test(name)) ? ofSaved(path, [], unpack) : undefined;
};

const readDocument = (archive: ArchiveBeginning, { at, size }: Member): Promise<string> =>
  archive.read(at, size).then((bytes) => bytes.toString('utf8'));

const recogniseArchive = async (path: string): Promise<PackagedImage | undefined> => {
  const archive = await ArchiveBeginning.open(path);
  try {
    const names: string[] = [];
    const documents = new Map<string, string>();
    for await (const member of archive.members(MAX_MEMBERS)) {
      const name = member.name.replace(/^(\.\/+)+/, '').replace(/\/+$/, '');
      if (name === '' || name === '.') continue;
      if (!NAMES.test(name)) return undefined;
      names.push(name);
      if (DOCUMENTS.includes(name) && member.isFile && member.size <= MAX_DOCUMENT) {
        documents.set(name, await readDocument(archive, member));
      }
    }
    return judge(path, names, documents, archive);
  } catch {
    // What cannot be unpacked is no image of anybody's; the service says what is wrong with it.
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
  const documents = new Map<string, string>();
  for (const name of [...DOCUMENTS, 'config.json']) {
    const found = await stat(join(path, name)).catch(() => undefined);
    if (found?.isFile() && found.size <= MAX_DOCUMENT) {
      documents.set(name, await readFile(join(path, name), 'utf8'));
    }
  }
  if (isTransport(documents) && documents.has('manifest.json')) return bySkopeo(TRANSPORT, 'dir', path);
  const saved = savedImages(documents);
  if (saved && (await isThere(join(path, saved[0]?.Config ?? '')))) {
    return ofSaved(path, saved, (onto) => `(cd ${quoted(path)} && tar -cf - *) > ${onto}`);
  }
  const bundle = parse(documents.get('config.json')) as { ociVersion?: unknown } | null | undefined;
  const rootfs = join(path, 'rootfs');
  if (typeof bundle?.ociVersion !== 'string' || !(await isThere(rootfs))) return undefined;
  return {
    is: 'a bundle of the OCI runtime, with the root filesystem below it',
    commands: [],
    pushed: rootfs,
  };
};

/**
 * What a file or a directory is, where it is an image as another tool keeps it rather than a root filesystem. Of a file no more is
 * read than headers and the documents among its entries; of a compressed one, its beginning.
 */
export const recogniseImage = (path: string, isDirectory: boolean): Promise<PackagedImage | undefined> =>
  isDirectory ? recogniseDirectory(path) : recogniseArchive(path);

/** What has to be done before it can be pushed, for people. */
export const wayOut = (path: string, id: string, { is, commands, pushed }: PackagedImage): string => {
  const push = `taskport image push ${quoted(id.replace(/^image:\/\//, ''))} ${quoted(pushed)}`;
  return `${path} is ${is}, and no root filesystem; instead:\n${[...commands, push].map((line) => `  ${line}`).join('\n')}`;
};
