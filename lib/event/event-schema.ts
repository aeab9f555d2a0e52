import * as z from 'zod/mini';
import { defined } from '../defined.ts';
import { details } from './details.ts';
import type { EventEntry } from './entry.ts';

/** A JSON Schema as far as details of events need it. */
export interface EventSchema {
  readonly $schema?: string;
  readonly type?: string;
  readonly properties?: Readonly<Record<string, EventSchema>>;
  readonly required?: readonly string[];
  readonly items?: EventSchema;
  readonly enum?: readonly string[];
  readonly const?: unknown;
}

/** Consumers must let through what a later version adds, so nothing is closed. */
const opened = ({
  additionalProperties: _,
  ...schema
}: EventSchema & { additionalProperties?: unknown }): EventSchema => ({
  ...schema,
  ...defined({
    properties:
      schema.properties &&
      Object.fromEntries(Object.entries(schema.properties).map(([name, field]) => [name, opened(field)])),
    items: schema.items && opened(schema.items),
  }),
});

/** The JSON Schema (draft 4, which EventBridge's registry takes) of the detail of an event. */
export const eventSchema = ({ detail }: Pick<EventEntry, 'detail'>): EventSchema =>
  opened(z.toJSONSchema(details[detail], { target: 'draft-4', io: 'input' }) as EventSchema);
