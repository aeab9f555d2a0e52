import { commandOf, stepsOf } from '../../client/image-history.ts';
import { parseDocument } from '../../client/image-manifest.ts';
import { formatAmount } from '../details.ts';
import { type ImageContents, loadedManifest, type Manifest, readContents } from '../pull/image-contents.ts';
import { formatPlatform, isFor } from '../push/image-choice.ts';
import type { Action } from '../session.ts';
import { UsageError } from '../usage-error.ts';

/** The longest part of a command in a table that is not wide. */
const MOST = 80;

/** The image of an index for a platform, `os/architecture` perhaps with a variant. Throws `UsageError`. */
const imageFor = (platform: string, { manifests: [index, ...images] }: ImageContents): Manifest => {
  const entry = index.manifests.find((each) => isFor(platform, formatPlatform(each.platform ?? {})));
  const found = images.find(({ digest }) => digest === entry?.digest);
  if (!found) throw new UsageError(`the index has no image for ${platform}: give another --platform`);
  return found;
};

/** Prints the layers of an image, the latest first, like `docker history`. */
export const showHistory: Action<{ readonly platform?: string }> = async (
  session,
  [text = ''],
  { platform },
) => {
  const { call } = session;
  const image = await session.taskport.images.open(session.idOf('image', text), call);
  const contents = await readContents(image, call);
  const [own] = contents.manifests;
  const manifest =
    platform === undefined || own.manifests.length === 0
      ? (loadedManifest(contents) ?? own)
      : imageFor(platform, contents);
  const { config, layers } = manifest;
  const said = config && layers.length > 0 ? parseDocument(await image.read(config, call)) : {};
  const isWide = session.output === 'wide';
  const count = await session.list(stepsOf(layers, said).toReversed(), (step) => {
    const command = commandOf(step);
    const isCut = !isWide && (command?.length ?? 0) > MOST;
    return {
      layer: isWide ? step.layer?.digest : step.layer?.digest.split(':')[1]?.slice(0, 12),
      created: step.createdAt,
      size: formatAmount('size', step.layer?.size ?? 0),
      'created by': isCut ? `${command?.slice(0, MOST - 1)}…` : command,
      ...(isWide ? { comment: step.comment } : {}),
    };
  });
  if (count === 0) session.note('none');
};
