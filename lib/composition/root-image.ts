import type { ElementRecord } from '../element/element.ts';
import type { ElementStore } from '../element/element-store.ts';
import { parseId } from '../element/id.ts';
import type { ImageSpec } from '../element/image-spec.ts';
import { rules } from '../kind/index.ts';
import { type Member, ROOT, type RootImage } from './composition.ts';

const isImage = (id: string): boolean => rules[parseId(id, 'id').kind].hasSpec === true;

/**
 * The image whose configuration tasks use on storage at `/`: the storage itself, or the image that it descends
 * from, of which only the ID is known here. Undefined if no image has a configuration, and for storage mounted
 * elsewhere.
 */
export const rootImageOf = (
  { attributes, ancestors, spec }: ElementRecord,
  path: string,
): RootImage | undefined => {
  if (path !== ROOT) return undefined;
  if (isImage(attributes.id)) return spec && { id: attributes.id, spec: spec as ImageSpec };
  const id = ancestors.find(isImage);
  return id === undefined ? undefined : { id };
};

/** The image of the storage at `/`. */
export const imageAtRoot = (members: readonly Pick<Member, 'mount' | 'image'>[]): RootImage | undefined =>
  members.find(({ mount }) => mount?.path === ROOT)?.image;

/**
 * The members with the configuration of their root's image. It is read at the bind of the root if only the ID is
 * known, and is fixed from then on, since no image's specification ever changes.
 */
export const withRootImage = async (
  elements: Pick<ElementStore, 'getAll'>,
  members: readonly Member[],
): Promise<readonly Member[]> => {
  const root = members.find(({ bound, mount }) => bound && mount?.path === ROOT);
  if (!root?.image || root.image.spec) return members;
  const { id } = root.image;
  const [image] = await elements.getAll([id]);
  const spec = (image?.spec ?? {}) as ImageSpec;
  return members.map((member) => (member === root ? { ...root, image: { id, spec } } : member));
};
