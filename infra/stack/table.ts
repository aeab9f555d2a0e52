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
import { tableSchema } from '../../lib/adapters/dynamodb/table-schema.ts';
import { RECOVERY } from './retention.ts';

/** The table of `table-schema.ts`, with the stream that events come from and the means to get data back. */
export function createTable(scope: Construct, key: IKey): TableV2 {
  return new TableV2(scope, 'Table', {
    partitionKey: text(tableSchema.partitionKey),
    sortKey: text(tableSchema.sortKey),
    timeToLiveAttribute: tableSchema.timeToLive,
    globalSecondaryIndexes: tableSchema.indexes.map(index),
    billing: Billing.onDemand(),
    // An event is the difference of the two images.
    dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES,
    encryption: TableEncryptionV2.customerManagedKey(key),
    pointInTimeRecoverySpecification: {
      pointInTimeRecoveryEnabled: true,
      recoveryPeriodInDays: RECOVERY.toDays(),
    },
    deletionProtection: true,
    removalPolicy: RemovalPolicy.RETAIN,
  });
}

function index(schema: (typeof tableSchema.indexes)[number]): GlobalSecondaryIndexPropsV2 {
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
