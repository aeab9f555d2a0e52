import { each } from '../each.ts';
import { CONVENTIONAL } from '../meant-id.ts';
import type { Action, Session } from '../session.ts';
import { parseTagList, tagIdOf } from '../tag-id.ts';

const shortOf = ({ repository, name }: { readonly repository: string; readonly name: string }): string =>
  `${repository}:${name}`;

export const setTag: Action = async (session, [image = '', text = '']) => {
  const tag = tagIdOf(text);
  const set = await session.taskport.tags.set(tag, session.idOf('image', image), session.call);
  session.show(set, ({ id }) => `${tag} names ${id}`);
};

export const removeTags: Action = (session, texts) =>
  each(session, texts.map(tagIdOf), async (tag) => {
    await session.taskport.tags.delete(tag, session.call);
    session.show({ tag, removed: true }, () => `${tag} is removed`);
  });

export const listTags: Action = async (session, [text = CONVENTIONAL.image]) => {
  const { location, ...of } = parseTagList(text);
  await session.listPages(session.taskport.tags.list(location, { ...of, ...session.call }), (tag) => ({
    tag: shortOf(tag),
    image: tag.id,
    revision: tag.revision,
    modified: tag.modifiedAt,
    by: tag.modifiedBy,
  }));
};

/** The tags of a location's images, by the IDs of the images. */
export const tagsByImage = async (
  { taskport, call }: Session,
  location: string,
): Promise<ReadonlyMap<string, string>> => {
  const found = new Map<string, string>();
  for await (const tag of taskport.tags.list(location, { ...call, limit: 1000 })) {
    const others = found.get(tag.id);
    found.set(tag.id, others === undefined ? shortOf(tag) : `${others}, ${shortOf(tag)}`);
  }
  return found;
};

/** The tags of one image, for people. */
export const tagsOf = async ({ taskport, call }: Session, id: string): Promise<string | undefined> => {
  const names: string[] = [];
  for await (const reference of taskport.elements.references(id, call)) {
    if (reference.kind === 'tag') names.push(reference.id.slice(reference.id.lastIndexOf('/') + 1));
  }
  return names.length === 0 ? undefined : names.join(', ');
};
