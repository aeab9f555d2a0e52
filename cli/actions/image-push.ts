import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { NewElement } from '../../client/elements.ts';
import { parseDocument } from '../../client/image-manifest.ts';
import { parseReference } from '../../client/image-reference.ts';
import type { PushedImage } from '../../client/images.ts';
import { defined } from '../../lib/defined.ts';
import { SCRATCH } from '../../lib/element/id.ts';
import { formatDetails, printable } from '../details.ts';
import { type Choice, chooseImage, findReferrers } from '../push/image-choice.ts';
import { type ImageStore, readDocument } from '../push/image-store.ts';
import { type PackagedImage, recogniseImage } from '../push/packaged-image.ts';
import { type PushedSource, spooled, sumOf, withSource } from '../push/pushed-source.ts';
import { tellConfig } from '../push/told-config.ts';
import { openImage, openStore } from '../push/whole-image.ts';
import type { Action, Session } from '../session.ts';
import { UsageError } from '../usage-error.ts';
import { describeElement } from './elements.ts';
import { GOES_ON, type Pushed, packedOf, pushData, sendBy } from './transfers.ts';

type Options = Pushed & Choice;
type Pushing = (source: PushedSource, element: NewElement, options: Options) => Promise<PushedImage>;

/** Pushes the chosen image of a store, with signatures and the like. */
export const pushFrom = async (
  session: Session,
  store: ImageStore,
  { id, metadata, freeSpace }: Pick<NewElement, 'id' | 'metadata' | 'freeSpace'>,
  choice: Choice,
): Promise<PushedImage> => {
  const { images } = session.taskport;
  const image = await openImage(store, (await chooseImage(store, choice)).digest);
  const said = defined({ metadata, freeSpace });
  const pushed = await sendBy(session, id, GOES_ON, (how) => images.push(id, image, { ...how, ...said }));
  const { location, repository } = parseReference(id);
  const digests = image.manifests.map(({ digest }) => digest);
  for (const { digest } of await findReferrers(store, digests)) {
    const name = `image://${location}/${repository}@${digest}`;
    const referrer = await openImage(store, digest);
    await sendBy(session, name, GOES_ON, (how) => images.push(name, referrer, how));
    session.note(`pushed too, since it refers to the image: ${name}`);
  }
  if (store.leftOut !== undefined) session.note(`not pushed: ${store.leftOut}`);
  const [{ config, layers }] = image.manifests;
  if (config && layers.length > 0) {
    const said = parseDocument(await readDocument(store, config.digest));
    for (const line of tellConfig(pushed.element.spec ?? {}, said)) session.note(printable(line));
  }
  return pushed;
};

/** Pushes an OCI image. It has all of its layers itself, so it has no parent. */
const pushImageOf =
  (session: Session, { as, is }: PackagedImage): Pushing =>
  async (source, element, { parent, checksum, tag, platform }) => {
    const { path, called } = source;
    if (as === 'bundle')
      throw new UsageError(
        `${called} is ${is}, and no root filesystem: that is below it, in ${join(path, 'rootfs')}`,
      );
    for (const [option, value] of Object.entries({ parent, checksum }))
      if (value !== undefined)
        throw new UsageError(`${called} is ${is}, whose manifest names the layers: leave out --${option}`);
    const store = await openStore(source, as, tag, session.io.signal);
    // For the format of `docker save`, the chosen image was opened alone.
    const choice = defined({ tag: as === 'saved' ? undefined : tag, platform });
    return pushFrom(session, store, element, choice).finally(() => store.close());
  };

/** A name in the repository, which depends on the parent and the archive. */
const nameOf = (repository: string, parentId: string, checksum: string): string =>
  `${repository}@${createHash('sha256').update(`${parentId} ${checksum}`).digest('hex').slice(0, 12)}`;

/** Pushes one layer as an element named by its contents, and sets the tag. */
const pushTagged =
  (session: Session): Pushing =>
  async (source, element, options) => {
    const { taskport, io, call } = session;
    const { location, repository, tag } = parseReference(element.id);
    if (source.isDirectory) {
      const packed = await packedOf(session, 'image', source.path);
      return spooled(packed, io.signal, (file) =>
        pushTagged(session)({ ...file, called: source.called }, element, options),
      );
    }
    const checksum = options.checksum ?? (await sumOf({ ...source, from: 0 }, io.signal));
    // A tag as parent means the image that it names now.
    const parentId =
      element.parentId && element.parentId !== SCRATCH
        ? ((await taskport.elements.read(element.parentId, { fields: ['attributes'], ...call })).id as string)
        : SCRATCH;
    const id = `image://${location}/${nameOf(repository, parentId, checksum)}`;
    const made = await pushData(session, { ...element, id, parentId }, source, { ...options, checksum });
    const named = `image://${location}/${repository}:${tag}`;
    await taskport.tags.set(named, id, call);
    return { element: made, tag: named };
  };

/** Pushes one layer as an element with the given name. */
const pushLayer =
  (session: Session): Pushing =>
  async (source, element, options) => ({ element: await pushData(session, element, source, options) });

const pushingOf = async (
  session: Session,
  { path, called, isDirectory }: PushedSource,
  id: string,
  options: Options,
): Promise<Pushing> => {
  const found = await recogniseImage(path, isDirectory);
  if (found) return pushImageOf(session, found);
  if (options.tag !== undefined || options.platform !== undefined)
    throw new UsageError(`${called} is no OCI image: leave out --tag and --platform`);
  return /:[^/]*$/.test(id.slice('image://'.length)) ? pushTagged(session) : pushLayer(session);
};

export const pushImage: Action<Options> = async (session, [text = '', path = ''], options) => {
  const element = await describeElement(session, 'image', text, options);
  await withSource(session, path, async (source) => {
    const push = await pushingOf(session, source, element.id, options);
    const { element: made, tag } = await push(source, element, options);
    session.show({ ...made, ...defined({ tag }) }, formatDetails);
  });
};
