import { TaskportError } from '../../errors.ts';
import { isObject } from '../../is-object.ts';
import type { PathEntry } from './path-entry.ts';

/** Files at an archive's root by which whole images are recognised. */
const SIGNS = ['manifest.json', 'index.json', 'oci-layout'] as const;

type Sign = (typeof SIGNS)[number];

type TypeAt = (path: string) => PathEntry['type'];

/**
 * Whether a manifest lists the parts of an image as `docker save` names them (moby, `image/spec`), and the
 * archive has them.
 */
const isSaved = (value: unknown, typeAt: TypeAt): boolean => {
  if (!isObject(value)) return false;
  const { Config: config, Layers: layers } = value;
  if (typeof config !== 'string' || !Array.isArray(layers) || layers.length === 0) return false;
  return [config, ...layers].every((path) => typeof path === 'string' && typeAt(path) !== undefined);
};

const refuse = (written: string): TaskportError =>
  new TaskportError(
    'unsupported-data-format',
    `the archive is a whole image, as ${written}, and no layer: push the image by \`taskport image push LOCATION/NAME:TAG FILE\`, if nothing else is in the file`,
  );

/** Detects an archive of a whole image while its entries are read. */
export class ImageArchive {
  readonly #signs = new Map<Sign, unknown>();

  /** Takes the data of the entry at this path, if the file shows that the archive is an image. */
  taker(path: string): ((data: Buffer) => void) | undefined {
    const sign = SIGNS.find((each) => each === path);
    if (!sign) return undefined;
    return (data) => {
      try {
        this.#signs.set(sign, JSON.parse(data.toString()));
      } catch {
        this.#signs.delete(sign);
      }
    };
  }

  /**
   * Throws `unsupported-data-format` for a whole image. All parts of an image have to exist, since an
   * application may well have a `manifest.json` of its own.
   */
  assertNone(typeAt: TypeAt): void {
    const saved = this.#signs.get('manifest.json');
    if (Array.isArray(saved) && saved.length > 0 && saved.every((image) => isSaved(image, typeAt))) {
      throw refuse('`docker save` writes it');
    }
    const [layout, index] = [this.#signs.get('oci-layout'), this.#signs.get('index.json')];
    const isLayout =
      isObject(layout) &&
      typeof layout.imageLayoutVersion === 'string' &&
      isObject(index) &&
      Array.isArray(index.manifests) &&
      typeAt('blobs/sha256') === 'directory';
    if (isLayout) throw refuse('an OCI image layout has it');
  }
}
