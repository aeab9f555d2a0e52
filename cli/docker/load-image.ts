import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import type Dockerode from 'dockerode';
import type { RemoteImage } from '../../client/remote-image.ts';
import { writeDockerArchive } from '../pull/docker-archive.ts';
import { type ImageName, readContents } from '../pull/image-contents.ts';
import { followed } from './follow-progress.ts';

/** Loads an image into an engine that cannot pull it; verifies each blob, and decompresses layers. Answers the ID that the engine computes from the image. */
export const loadImage = async (
  docker: Dockerode,
  image: RemoteImage,
  name: ImageName,
  signal: AbortSignal,
  onProgress: (done: number, size: number) => void,
): Promise<string> => {
  let whole = 0;
  const contents = await readContents(image, {
    signal,
    onProgress: ({ done, size }) => {
      whole = size ?? done;
      onProgress(done, whole);
    },
  });
  const archive = new PassThrough();
  const sink = async (bytes: Uint8Array): Promise<void> => {
    if (!archive.write(bytes)) await once(archive, 'drain', { signal });
  };
  const written = writeDockerArchive(sink, contents, name, signal).then(
    () => void archive.end(),
    (error: Error) => {
      archive.destroy(error);
      throw error;
    },
  );
  const loaded = docker
    .loadImage(archive as never, { quiet: true })
    .then((stream) => followed(docker, stream));
  // The engine refuses an archive that breaks off, too; the cause of that matters more.
  await Promise.all([written, loaded]);
  onProgress(whole, whole);
  const { Id } = await docker.getImage(`${name.repository}:${name.tag}`).inspect();
  return Id;
};
