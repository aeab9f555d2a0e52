import { CfnRegistry, CfnSchema } from 'aws-cdk-lib/aws-eventschemas';
import type { Construct } from 'constructs';
import { entries } from '../../lib/event/catalogue.ts';
import { eventSchema } from '../../lib/event/event-schema.ts';
import { EVENT_SOURCE } from '../../lib/event/source.ts';

/** `taskport@ImageCreated`, the name that EventBridge gives to a discovered schema. */
const nameOf = (detailType: string): string => `${EVENT_SOURCE}@${detailType.replaceAll(' ', '')}`;

/** The schema of an EventBridge event with one of our details. */
const envelopeSchema = (detailType: string, detail: object): object => ({
  $schema: 'http://json-schema.org/draft-04/schema#',
  title: nameOf(detailType),
  type: 'object',
  required: ['source', 'detail-type', 'detail'],
  properties: {
    source: { type: 'string', enum: [EVENT_SOURCE] },
    'detail-type': { type: 'string', enum: [detailType] },
    detail,
  },
});

/** A registry with a schema for each event type, from which consumers can generate types. */
export function createSchemas(scope: Construct, registryName: string): void {
  const registry = new CfnRegistry(scope, 'Schemas', {
    registryName,
    description: 'Events of Taskport',
  });
  for (const [detailType, entry] of entries) {
    const { $schema: _, ...detail } = eventSchema(entry);
    new CfnSchema(scope, `Schema-${detailType.replaceAll(' ', '')}`, {
      registryName: registry.attrRegistryName,
      schemaName: nameOf(detailType),
      type: 'JSONSchemaDraft4',
      description: entry.meaning,
      content: JSON.stringify(envelopeSchema(detailType, detail)),
    });
  }
}
