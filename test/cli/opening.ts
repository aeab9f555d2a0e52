/** The image that a push would send. */
import { statSync } from 'node:fs';
import { type Choice, chooseImage } from '../../cli/push/image-choice.ts';
import { recogniseImage } from '../../cli/push/packaged-image.ts';
import { openImage, openStore } from '../../cli/push/whole-image.ts';

/** Recognises, selects and opens an image, and answers the digests of its manifest and its layers. Throws `UsageError`. */
export const openAt = async (path: string, choice: Choice = {}) => {
  const found = statSync(path);
  const isDirectory = found.isDirectory();
  const recognised = await recogniseImage(path, isDirectory);
  if (!recognised || recognised.as === 'bundle') return undefined;
  const { signal } = new AbortController();
  const source = { path, called: path, isDirectory, size: found.size };
  const store = await openStore(source, recognised.as, choice.tag, signal);
  try {
    const { tag: _, ...rest } = choice;
    const { digest } = await chooseImage(store, recognised.as === 'saved' ? rest : choice);
    const image = await openImage(store, digest);
    const layers = image.manifests.flatMap((each) => each.layers.map((layer) => layer.digest));
    return { as: recognised.as, digest, layers, manifest: image.manifest };
  } finally {
    await store.close();
  }
};
