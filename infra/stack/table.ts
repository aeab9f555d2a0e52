import { RemovalPolicy } from 'aws-cdk-lib';
import {
  type Attribute,
  AttributeType,
  Billing,
  type GlobalSecondaryIndexPropsV2,
  ProjectionType,
  StreamViewType,
  TableEncryptionV2,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { logTableSchema, type TableSchema, tableSchema } from '../../lib/adapters/dynamodb/table-schema.ts';
import { RECOVERY, type Settings } from './settings.ts';

/** A table of `table-schema.ts`, with the stream that events come from where it has one, and the means to get data back. */
export function createTable(
  scope: Construct,
  id: 'Table' | 'LogTable',
  key: IKey,
  { removalPolicy }: Settings,
): TableV2 {
  const schema = id === 'Table' ? tableSchema : logTableSchema;
  return new TableV2(scope, id, {
    partitionKey: text(schema.partitionKey),
    sortKey: text(schema.sortKey),
    timeToLiveAttribute: schema.timeToLive,
    ...(schema.indexes.length > 0 ? { globalSecondaryIndexes: schema.indexes.map(index) } : {}),
    billing: Billing.onDemand(),
    // An event is the difference of the two images.
    ...(schema.streams ? { dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES } : {}),
    encryption: TableEncryptionV2.customerManagedKey(key),
    pointInTimeRecoverySpecification: {
      pointInTimeRecoveryEnabled: true,
      recoveryPeriodInDays: RECOVERY.toDays(),
    },
    deletionProtection: removalPolicy !== RemovalPolicy.DESTROY,
    removalPolicy,
  });
}

function index(schema: TableSchema['indexes'][number]): GlobalSecondaryIndexPropsV2 {
  return {
    indexName: schema.name,
    partitionKey: text(schema.partitionKey),
    sortKey: text(schema.sortKey),
    // DynamoDB refuses INCLUDE without attributes.
    ...(schema.include.length === 0
      ? { projectionType: ProjectionType.KEYS_ONLY }
      : { projectionType: ProjectionType.INCLUDE, nonKeyAttributes: [...schema.include] }),
  };
}

function text(name: string): Attribute {
  return { name, type: AttributeType.STRING };
}
