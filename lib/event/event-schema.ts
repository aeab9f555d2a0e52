import * as z from 'zod/mini';
import { details } from './details.ts';
import type { EventEntry } from './entry.ts';

/**
 * The JSON Schema of an event's detail (draft 4, which EventBridge's registry accepts). It permits further
 * fields everywhere, since later versions may add some.
 */
export const eventSchema = ({ detail }: Pick<EventEntry, 'detail'>) =>
  z.toJSONSchema(details[detail], {
    target: 'draft-4',
    io: 'input',
    override: ({ jsonSchema }) => {
      delete jsonSchema.additionalProperties;
    },
  });
