import { parseReference } from '../../client/image-reference.ts';
import { writeDockerArchive } from '../pull/docker-archive.ts';
import { type Sink, writeOciArchive } from '../pull/image-archive.ts';
import { type ImageContents, type ImageName, readContents } from '../pull/image-contents.ts';
import { writeLayout } from '../pull/layout-directory.ts';
import type { Action, Session } from '../session.ts';
import { UsageError } from '../usage-error.ts';
import { assertFile, GOES_ON, pullElement, transfer, UNVERIFIED } from './transfers.ts';

type Format = 'oci' | 'docker-archive';

/** The name of the image in the archive: the requested one, unless it was requested by a digest. */
const nameOf = (id: string): ImageName | undefined => {
  try {
    const { location, repository, tag, digest } = parseReference(id);
    return digest === undefined && tag !== undefined
      ? { repository: `${location}/${repository}`, tag }
      : undefined;
  } catch {
    // Some names of elements are invalid as names of images.
    return undefined;
  }
};

const isArchive = (path: string, format: Format): boolean =>
  path === '-' || path.endsWith('.tar') || format === 'docker-archive';

const write = async (
  session: Session,
  path: string,
  format: Format,
  contents: ImageContents,
  name: ImageName | undefined,
): Promise<void> => {
  const { signal } = session.io;
  const sink: Sink = (bytes) => session.io.write(bytes);
  const onto = path === '-' ? sink : path;
  if (format === 'docker-archive') await writeDockerArchive(onto, contents, name, signal);
  else if (isArchive(path, format)) await writeOciArchive(onto, contents, name, signal);
  else await writeLayout(path, contents, name, signal);
};

export const pullImage: Action<{ readonly format?: string }> = async (session, args, options) => {
  const [text = '', path = ''] = args;
  const { format = 'oci' } = options;
  if (format === 'layer') return pullElement('image')(session, args, {});
  if (format !== 'oci' && format !== 'docker-archive')
    throw new UsageError(`${format} is no format: oci, docker-archive, or layer`);
  const id = session.idOf('image', text);
  if (path !== '-' && isArchive(path, format)) await assertFile(path);
  const image = await session.taskport.images.open(id, session.call);
  const isFile = path !== '-';
  const interrupted = isFile ? GOES_ON : UNVERIFIED;
  await transfer(session, id, interrupted, async (how) => {
    const contents = await readContents(image, how);
    await write(session, path, format, contents, nameOf(id));
  });
  if (!isFile) return;
  session.show(
    { id: image.id, path, digest: image.digest },
    ({ digest }) => `${path}: ${image.id}, ${digest}`,
  );
};
