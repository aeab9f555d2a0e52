import * as z from 'zod/mini';
import { details } from './details.ts';
import type { EventEntry } from './entry.ts';

/**
 * The JSON Schema (draft 4, which EventBridge's registry takes) of the detail of an event. Consumers must let through what a later version
 * adds, so nothing is closed.
 */
export const eventSchema = ({ detail }: Pick<EventEntry, 'detail'>) =>
  z.toJSONSchema(details[detail], {
    target: 'draft-4',
    io: 'input',
    override: ({ jsonSchema }) => {
      delete jsonSchema.additionalProperties;
    },
  });
