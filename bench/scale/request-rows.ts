import type { AttributeValue } from '@aws-sdk/client-dynamodb';

type Key = Record<string, AttributeValue>;

/** A row that a request names. */
export interface NamedRow {
  readonly TableName: string;
  readonly Key?: Key;
  readonly Item?: Key;
}

/** A request of DynamoDB, as far as it says which partitions it uses. */
export interface Request extends NamedRow {
  readonly IndexName?: string;
  readonly ConsistentRead?: boolean;
  readonly KeyConditionExpression?: string;
  readonly ExpressionAttributeValues?: Key;
  readonly RequestItems?: Readonly<Record<string, { readonly Keys: readonly Key[] }>>;
  readonly TransactItems?: readonly Readonly<Record<string, NamedRow>>[];
}

export const keyOf = ({ Key, Item }: NamedRow): Key => {
  const { pk, sk } = (Key ?? Item) as { pk: AttributeValue; sk: AttributeValue };
  return { pk, sk };
};

export const partitionOf = (row: NamedRow): string => keyOf(row).pk?.S ?? '';

/** The partition that a query reads. */
export const queriedPartition = ({
  KeyConditionExpression = '',
  ExpressionAttributeValues,
}: Request): string => {
  const [, value = ''] = /= (:\w+)/.exec(KeyConditionExpression) ?? [];
  return ExpressionAttributeValues?.[value]?.S ?? '';
};

/** The rows that a request writes, or whose conditions it checks among writes. */
export const rowsWritten = (operation: string, request: Request): readonly NamedRow[] => {
  if (operation === 'TransactWriteItems') return (request.TransactItems ?? []).flatMap(Object.values);
  return /^(Put|Update|Delete)Item$/.test(operation) ? [request] : [];
};

/** The rows that a request reads by their keys. */
export const rowsRead = (operation: string, request: Request): readonly NamedRow[] => {
  if (operation === 'TransactGetItems') return (request.TransactItems ?? []).flatMap(Object.values);
  if (operation === 'BatchGetItem')
    return Object.entries(request.RequestItems ?? {}).flatMap(([TableName, { Keys }]) =>
      Keys.map((Key) => ({ TableName, Key })),
    );
  return operation === 'GetItem' ? [request] : [];
};

/** Units that a transaction takes of a row for one that another request takes. */
export const timesIn = (operation: string): number => (operation.startsWith('Transact') ? 2 : 1);
