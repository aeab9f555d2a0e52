import { commandOf, type ImageStep, stepsOf } from '../../client/image-history.ts';
import { type ImageManifest, parseDocument } from '../../client/image-manifest.ts';
import { formatAmount } from '../details.ts';
import { loadedManifest, readContents } from '../pull/image-contents.ts';
import type { Action } from '../session.ts';
import { UsageError } from '../usage-error.ts';

/** The longest part of a command in a table that is not wide. */
const MOST = 80;

/** The chosen image of an index: by platform, else the one for this machine, else the first. Throws `UsageError`. */
const platformOf = (index: ImageManifest, platform: string): string => {
  const found = index.manifests.find(({ platform: { os, architecture, variant } = {} }) =>
    [`${os}/${architecture}`, `${os}/${architecture}/${variant}`].includes(platform),
  );
  if (!found) throw new UsageError(`the index has no image for ${platform}: give another --platform`);
  return found.digest;
};

async function* eachOf(steps: readonly ImageStep[]): AsyncGenerator<ImageStep, void> {
  yield* steps;
}

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
      : await image.manifest(platformOf(own, platform), call);
  const { config, layers } = manifest;
  const said = config && layers.length > 0 ? parseDocument(await image.read(config, call)) : {};
  const isWide = session.output === 'wide';
  const count = await session.list(eachOf(stepsOf(layers, said).toReversed()), (step) => {
    const command = commandOf(step);
    const isCut = !isWide && (command?.length ?? 0) > MOST;
    return {
      layer: isWide ? step.layer?.digest : step.layer?.digest.slice('sha256:'.length).slice(0, 12),
      created: step.createdAt,
      size: formatAmount('size', step.layer?.size ?? 0),
      'created by': isCut ? `${command?.slice(0, MOST - 1)}…` : command,
      ...(isWide ? { comment: step.comment } : {}),
    };
  });
  if (count === 0) session.note('none');
};
