import { ABSENT } from '../../client/problem-error.ts';
import { pushFrom } from '../actions/image-push.ts';
import { chooseImage } from '../push/image-choice.ts';
import type { ImageStore } from '../push/image-store.ts';
import { recogniseImage } from '../push/packaged-image.ts';
import { withSource } from '../push/pushed-source.ts';
import { openStore } from '../push/whole-image.ts';
import type { Session } from '../session.ts';
import { unlessAbsent } from '../unless-absent.ts';
import { UsageError } from '../usage-error.ts';
import type { DeclaredTag } from './declared.ts';
import { changing, creating, type Plan } from './plan.ts';

/** Calls `act` with the image in a file or a directory. Throws `UsageError` if it has none. */
const withImage = <T>(
  session: Session,
  path: string,
  act: (store: ImageStore, digest: string) => Promise<T>,
): Promise<T> =>
  withSource(session, path, async (source) => {
    const found = await recogniseImage(path, source.isDirectory);
    if (!found || found.as === 'bundle')
      throw new UsageError(
        `${path} is no OCI image: a document of the kind Image takes one layer, and \`image\` names that`,
      );
    const store = await openStore(source, found.as, undefined, session.io.signal);
    return chooseImage(store, {})
      .then(({ digest }) => act(store, digest))
      .finally(() => store.close());
  });

/** The changes of a tag. */
export const planTag = async (session: Session, declared: DeclaredTag): Promise<Plan> => {
  const { taskport, call } = session;
  const { id } = declared;
  const found = await unlessAbsent(taskport.tags.read(id, call), ABSENT);
  if ('image' in declared && declared.image === null) {
    const changes = found ? [{ path: 'image', from: found.id }] : [];
    return changing(changes, () =>
      taskport.tags.delete(id, { ...call, ...(found && { ifMatch: found.etag }) }),
    );
  }
  const repository = id.slice(0, id.lastIndexOf(':'));
  const name = async (): Promise<string> => {
    if ('data' in declared)
      return withImage(session, declared.data, async (_, digest) => `${repository}@${digest}`);
    const image = declared.image as string;
    // It may be declared in the same files, or be a tag.
    const meant = taskport.elements.read(image, { fields: ['attributes'], ...call });
    return (await unlessAbsent(meant, ABSENT))?.id ?? image;
  };
  const named = await name();
  const make = async (): Promise<void> => {
    if ('data' in declared)
      await withImage(session, declared.data, (store) => pushFrom(session, store, { id: named }, {}));
    const condition = found ? { ifMatch: found.etag } : { isNew: true };
    await taskport.tags.set(id, await name(), { ...call, ...condition });
  };
  const change = { path: 'image', from: found?.id, to: named };
  if (!found) return creating(make, { changes: [change] });
  return changing(found.id === named ? [] : [change], make);
};
