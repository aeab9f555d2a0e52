import { type CfnResource, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import {
  type Attribute,
  AttributeType,
  Billing,
  type GlobalSecondaryIndexPropsV2,
  type ITableV2,
  ProjectionType,
  StreamViewType,
  TableEncryptionV2,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { logTableSchema, type TableSchema, tableSchema } from '../../lib/adapters/dynamodb/table-schema.ts';
import { defined } from '../../lib/defined.ts';
import { RECOVERY, type Settings } from './settings.ts';

/** A table of `table-schema.ts`, with its stream for events if it has one, and with backups. */
export function createTable(
  scope: Construct,
  id: 'Table' | 'LogTable',
  key: IKey,
  { removalPolicy }: Settings,
): TableV2 {
  const schema = id === 'Table' ? tableSchema : logTableSchema;
  // The library accepts our own key only for a known region, because there may be replicas; we have none.
  const isAnywhere = Token.isUnresolved(Stack.of(scope).region);
  const table = new TableV2(scope, id, {
    partitionKey: text(schema.partitionKey),
    sortKey: text(schema.sortKey),
    timeToLiveAttribute: schema.timeToLive,
    ...defined({ globalSecondaryIndexes: schema.indexes.length > 0 ? schema.indexes.map(index) : undefined }),
    billing: Billing.onDemand(),
    // Events derive from the difference of the two images.
    ...(schema.streams ? { dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES } : {}),
    encryption: isAnywhere ? TableEncryptionV2.awsManagedKey() : TableEncryptionV2.customerManagedKey(key),
    pointInTimeRecoverySpecification: {
      pointInTimeRecoveryEnabled: true,
      recoveryPeriodInDays: RECOVERY.toDays(),
    },
    deletionProtection: removalPolicy !== RemovalPolicy.DESTROY,
    removalPolicy,
  });
  if (isAnywhere) {
    const written = table.node.defaultChild as CfnResource;
    written.addPropertyOverride('Replicas.0.SSESpecification.KMSMasterKeyId', key.keyArn);
  }
  return table;
}

/** The table that functions use: the restored one if one is configured. It has the same key. */
export function tableInUse(
  scope: Construct,
  own: TableV2,
  encryptionKey: IKey,
  { restoredTable }: Settings,
): ITableV2 {
  // Under exactOptionalPropertyTypes the library's class differs from its interface by one optional property.
  if (!restoredTable) return own as ITableV2;
  const { arn: tableArn, streamArn: tableStreamArn } = restoredTable;
  return TableV2.fromTableAttributes(scope, 'Restored', { tableArn, tableStreamArn, encryptionKey });
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
