import type Dockerode from 'dockerode';
import type { RemoteImage } from '../../client/remote-image.ts';
import { writeDockerArchive } from '../pull/docker-archive.ts';
import { type ImageName, readContents } from '../pull/image-contents.ts';
import { followed } from './follow-progress.ts';
import { upload } from './upload.ts';

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
  await upload(
    (write, either) => writeDockerArchive(write, contents, name, either),
    async (archive, abortSignal) => {
      const said = await docker.loadImage(archive as never, { quiet: true, abortSignal });
      await followed(docker, said);
    },
    signal,
  );
  onProgress(whole, whole);
  const { Id } = await docker.getImage(`${name.repository}:${name.tag}`).inspect();
  return Id;
};
