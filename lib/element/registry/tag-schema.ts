import * as z from 'zod/mini';
import { described } from '../../facts.ts';
import { history, revision } from '../../history.ts';
import { attributes } from '../element-schema.ts';
import { imageId } from '../id-schema.ts';

/** A tag as the API shows it. */
export const tag = z.object({
  tag: described(imageId, 'Its own ID, `image://<location>/<repository>:<name>`.'),
  id: described(imageId, 'The image that it names.'),
  location: attributes.shape.location,
  repository: described(z.string(), 'The repository: the part before the `:`.'),
  name: described(z.string(), 'The tag: the part after the `:`.'),
  revision: described(revision, '1, 2, 3 …; every move changes it by one.'),
  ...history,
});

/** The image that a tag will name. */
export const tagRequest = z.strictObject({
  id: described(
    imageId,
    'The image to name, of the same location. If this is a tag, the image that it names.',
  ),
});
