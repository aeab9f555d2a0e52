import * as z from 'zod/mini';
import { described } from '../../facts.ts';
import { history, revision } from '../../history.ts';
import { attributes } from '../element-schema.ts';
import { imageId } from '../id-schema.ts';

/** A tag as the API shows it. */
export const tag = z.object({
  tag: described(imageId, 'The ID of the tag: `image://<location>/<repository>:<name>`.'),
  id: described(imageId, 'The ID of the image that the tag names.'),
  location: attributes.shape.location,
  repository: described(z.string(), 'The name of the repository: the part before the `:`.'),
  name: described(z.string(), 'The name of the tag in its repository: the part after the `:`.'),
  revision: described(revision, 'The revision: 1, 2, 3 …. Every move increases it by one.'),
  ...history,
});

/** The image that a tag will name. */
export const tagRequest = z.strictObject({
  id: described(
    imageId,
    'The ID of an image in the same location. If it is the ID of a tag, the new tag names the same image.',
  ),
});
