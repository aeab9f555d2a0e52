import { checkId, type ElementId } from '../../lib/element/id.ts';
import type { ApiContext } from './request.ts';

/** The path of an element below `/v1/elements`. */
export const ELEMENT_PATH = '/:kind/:location/:name';

/** The ID in the path. Throws `invalid-request` if it cannot be one. */
export const readElementId = (c: ApiContext): ElementId =>
  checkId(c.req.param('kind') ?? '', c.req.param('location') ?? '', c.req.param('name') ?? '', 'path');
